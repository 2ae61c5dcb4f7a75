using Glide.Checkpoints;
using Glide.Diffusion;
using Glide.Diffusion.Samplers;
using Glide.Tests.Support;
using TorchSharp;
using static TorchSharp.torch;

namespace Glide.Tests.Diffusion;

[Collection(TorchCollection.Name)]
public sealed class DiffusionStepGoldenTests : IDisposable
{
    private readonly Checkpoint _golden = Checkpoint.Open(GoldenFiles.PathOf("diffusion_steps.safetensors"));
    private readonly DisposeScope _scope = NewDisposeScope();

    /// <summary>Every schedule/respacing pair of the file.</summary>
    public static TheoryData<string> Cases
    {
        get
        {
            using var golden = Checkpoint.Open(GoldenFiles.PathOf("diffusion_steps.safetensors"));
            return [.. golden.Tensors.Keys.Select(key => string.Join('/', key.Split('/')[..2])).Distinct()];
        }
    }

    [Theory, MemberData(nameof(Cases))]
    public void Mean_variance_and_x0_equal_the_originals(string name)
    {
        foreach (var row in Rows(name))
        {
            var sampler = new DdpmSampler(row.Tables, X0Transform.Clamp);
            var rawX0 = DiffusionMath.PredictX0(row.X, row.Eps, row.Tables.AlphasCumprod[row.Step]);
            var x0 = X0Transform.Clamp.Apply(rawX0);
            var logVariance = sampler.LogVariance(new Prediction(row.Eps, row.Fraction), row.X, row.Step);
            Check(row, "pred_xstart", x0);
            Check(row, "mean", sampler.Mean(x0, row.X, row.Step));
            Check(row, "unclipped/mean", sampler.Mean(rawX0, row.X, row.Step));
            Check(row, "log_variance", logVariance);
            Check(row, "variance", logVariance.exp());
        }
    }

    [Theory, MemberData(nameof(Cases))]
    public void Guided_means_equal_the_originals(string name)
    {
        foreach (var row in Rows(name))
        {
            var ddpm = new DdpmSampler(row.Tables, X0Transform.Clamp);
            using var silent = new FixedNoise(zeros_like(row.X));
            Check(row, "condition_mean", ddpm.Step(row.Guided, row.X, row.Step, silent));

            var clean = DenoisedPrediction.Predict(
                row.Guided, row.X, row.Tables.Timesteps[row.Step], row.Tables.AlphasCumprod[row.Step],
                    X0Transform.Clamp,
                knownPixelsLast: false);
            Check(row, "condition_score/mean", ddpm.Mean(clean.X0, row.X, row.Step));
        }
    }

    [Theory, MemberData(nameof(Cases))]
    public void Ddpm_steps_equal_the_originals(string name)
    {
        foreach (var row in Rows(name))
        {
            using var noise = new FixedNoise(row.Noise);
            var sampler = new DdpmSampler(row.Tables, X0Transform.Clamp);
            Check(row, "p_sample", sampler.Step(row.Plain, row.X, row.Step, noise));
            Check(row, "p_sample_guided", sampler.Step(row.Guided, row.X, row.Step, noise));
            Assert.Equal(2, noise.Draws + noise.Skips);
        }
    }

    [Theory, MemberData(nameof(Cases))]
    public void Ddim_steps_equal_the_originals(string name)
    {
        foreach (var row in Rows(name))
        {
            using var noise = new FixedNoise(row.Noise);
            Check(row, "ddim_eta0.0", new DdimSampler(row.Tables, X0Transform.Clamp)
                .Step(row.Plain, row.X, row.Step, noise));
            Check(row, "ddim_eta0.5", new DdimSampler(row.Tables, X0Transform.Clamp, 0.5)
                .Step(row.Plain, row.X, row.Step, noise));
            Check(row, "ddim_eta1.0", new DdimSampler(row.Tables, X0Transform.Clamp, 1)
                .Step(row.Plain, row.X, row.Step, noise));
            Check(row, "ddim_guided", new DdimSampler(row.Tables, X0Transform.Clamp)
                .Step(row.Guided, row.X, row.Step, noise));
            Check(row, "ddim_reverse", new DdimInverter(row.Tables, X0Transform.Clamp)
                .Step(row.Plain, row.X, row.Step, noise));
        }
    }

    [Theory, MemberData(nameof(Cases))]
    public void Noising_and_timesteps_equal_the_originals(string name)
    {
        foreach (var row in Rows(name))
        {
            Check(row, "q_sample", DiffusionMath.AddNoise(row.Of("x0"), row.Noise, row.Tables.AlphasCumprod[row.Step]));
            Tensor? asked = null;
            using var noise = new FixedNoise(row.Noise);
            new DdpmSampler(row.Tables, X0Transform.Clamp).Step(
                (x, timestep) =>
                {
                    asked = timestep;
                    return row.Plain(x, timestep);
                },
                row.X,
                row.Step,
                noise);
            long expected = _golden.Read<long>(_golden.Tensors[$"{name}/model_timesteps"])[row.Index];
            Assert.Equal(expected, row.Tables.Timesteps[row.Step]);
            Assert.NotNull(asked);
        }
    }

    public void Dispose()
    {
        _scope.Dispose();
        _golden.Dispose();
    }

    private static void Check(Row row, string key, Tensor actual)
    {
        double distance = TensorAssert.Distance(row.Of(key), actual);
        Assert.True(distance <= Bounds.DiffusionStep, $"{key}, row {row.Index} (step {row.Step}): off by {distance}");
    }

    private IEnumerable<Row> Rows(string name)
    {
        string[] parts = name.Split('/');
        var tables = new DiffusionTables(BetaTable.Parse(parts[0], 1000), TimestepRespacing.Parse(parts[1], 1000));
        long[] steps = _golden.Read<long>(_golden.Tensors[$"{name}/t"]);
        return Enumerable.Range(0, steps.Length)
            .Select(index => new Row(_golden, name, tables, index, (int)steps[index]));
    }

    /// <summary>One row of a case: rows have steps of their own.</summary>
    private sealed class Row(Checkpoint golden, string name, DiffusionTables tables, int index, int step)
    {
        public DiffusionTables Tables => tables;

        public int Index => index;

        public int Step => step;

        public Tensor X => Of("x");

        public Tensor Noise => Of("noise");

        public Tensor Eps => Of("model_output").narrow(1, 0, 3);

        public Tensor Fraction => (Of("model_output").narrow(1, 3, 3) + 1) / 2;

        public Denoiser Plain => (_, _) => new Prediction(Eps, Fraction);

        public Denoiser Guided => (_, _) => new Prediction(Eps, Fraction, Of("cond_grad"));

        public Tensor Of(string key)
        {
            var entry = golden.Tensors[$"{name}/{key}"];
            return tensor(golden.ReadSingles(entry), [.. entry.Shape]).narrow(0, index, 1);
        }
    }
}
