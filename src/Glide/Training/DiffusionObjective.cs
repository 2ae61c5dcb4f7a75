using Glide.Datasets;
using Glide.Diffusion;
using Glide.Models.Text;
using Glide.Models.UNet;
using Glide.Pipelines;
using Glide.Tokenizers;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Glide.Training;

/// <summary>Trains any of the four U-Nets. Nichol et al. 2021 (GLIDE), sections 2.2 and 4.</summary>
internal sealed class DiffusionObjective : IObjective
{
    private readonly UNetModel _network;
    private readonly TrainingSettings _settings;
    private readonly ITokenizer _tokenizer;
    private readonly DiffusionLoss _loss;

    /// <param name="network">With operations that autograd passes; stays the caller's.</param>
    /// <param name="parameters">What is trained: the network's own, or those of adapters on it.</param>
    /// <param name="tokenizer">Reads the captions.</param>
    /// <param name="settings">How it is trained.</param>
    public DiffusionObjective(
        UNetModel network, IReadOnlyList<(string, Parameter)> parameters, ITokenizer tokenizer,
        TrainingSettings settings)
    {
        _network = network;
        _settings = settings;
        _tokenizer = tokenizer;
        Parameters = parameters;
        var config = network.Config;
        Timesteps = new TimestepSampler(settings.Timesteps, config.DiffusionSteps);
        _loss = new DiffusionLoss(
            new NoiseSchedule(BetaTable.Parse(config.NoiseSchedule, config.DiffusionSteps)),
            LossWeight.TryParse(settings.LossWeight)!, network.Device);
    }

    public IReadOnlyList<(string Name, Parameter Parameter)> Parameters { get; }

    public TimestepSampler Timesteps { get; }

    public BatchLoss Loss(TrainingBatch batch, StepRandom random)
    {
        using var scope = NewDisposeScope();
        var x0 = Cropped(batch.Images.to(_network.Device), random);                                 // [N, 3, H, W]
        int count = (int)x0.shape[0];
        var (timesteps, weights) = Timesteps.Draw(count, random);
        var timestep = tensor(timesteps, device: x0.device);
        var noise = random.Noise(x0.shape);
        var x = _loss.AddNoise(x0, noise, timestep);
        var pass = new TrainingPass(_settings.Dropout, random.Uniform)
        {
            Recomputes = _settings.GradientCheckpointing,
        };
        using var text = Encode(batch.Captions, random);
        var output = _network.call(InputOf(x, x0, random) with { Training = pass }, timestep.to(float32), text);
        using var terms = _loss.Of(output, x, x0, noise, timestep);
        var mean = (terms.Total * tensor(weights, device: x0.device)).mean();
        float[] simple = Values(terms.Simple), bound = Values(terms.VariationalBound);
        Timesteps.Observe(timesteps, [.. simple.Zip(bound, (mse, bits) => mse + bits)]);
        return new BatchLoss(mean.MoveToOuterDisposeScope(), count)
        {
            Timesteps = timesteps,
            Simple = simple,
            Bound = bound,
            Pass = pass,
        };
    }

    public void Dispose() => _loss.Dispose();

    // The upsampler sees the whole small image, whatever is erased of the large one.
    private UNetInput InputOf(Tensor x, Tensor x0, StepRandom random)
    {
        var config = _network.Config;
        var input = new UNetInput(x, config.Upsample
            ? LowResAugmentation.Draw(x0, StageInputs.UpsampleFactor, _settings.LowResNoise, random)
            : null);
        if (!config.Inpaint)
            return input;
        var known = ErasedRegions.Draw((int)x0.shape[0], (int)x0.shape[2], (int)x0.shape[3], random).to(x0.device);
        return input with { KnownImage = x0, KnownMask = known };
    }

    private TextConditioning Encode(IReadOnlyList<string> captions, StepRandom random)
    {
        int context = _network.Config.TextContext;
        var sequences = captions.Select(caption =>
            _tokenizer.Tokenize(random.Chance(_settings.DropPrompt) ? "" : caption, context)).ToList();
        long[] shape = [captions.Count, context];
        return _network.EncodeTogether(
            tensor(sequences.SelectMany(sequence => sequence.Ids).ToArray(), shape),
            tensor(sequences.SelectMany(sequence => sequence.Mask).ToArray(), shape));
    }

    // Where a crop begins, a pixel of the small image begins too.
    private Tensor Cropped(Tensor images, StepRandom random)
    {
        long size = images.shape[2];
        if (_settings.Crop is not { } crop || crop >= size)
            return images;
        int places = (int)((size - crop) / StageInputs.UpsampleFactor);
        var rows = Enumerable.Range(0, (int)images.shape[0]).Select(row =>
        {
            int y = random.Whole(0, places), x = random.Whole(0, places);
            return images.narrow(0, row, 1)
                .narrow(2, y * StageInputs.UpsampleFactor, crop).narrow(3, x * StageInputs.UpsampleFactor, crop);
        });
        return cat([.. rows], dim: 0);
    }

    private static float[] Values(Tensor terms)
    {
        using var host = terms.cpu();
        return host.data<float>().ToArray();
    }
}
