using Glide.Checkpoints;
using Glide.Models;
using Glide.ModelSets;
using Glide.Pipelines;
using static TorchSharp.torch;

namespace Glide.Diagnostics;

/// <summary>Measures sampling steps of whole stages as images take them, with weights from a formula.</summary>
internal sealed class Benchmark : IDisposable
{
    private readonly BenchmarkOptions _options;
    private readonly SyntheticModels _models;
    private readonly Recipe _recipe;
    private readonly Dictionary<string, Ceiling> _ceilings = [];

    /// <summary>Makes ready; measures nothing yet.</summary>
    public Benchmark(BenchmarkOptions options)
    {
        _options = options;
        _recipe = Recipe.For(options.Models, "sample");
        _models = new SyntheticModels(options.Models);
    }

    public static IReadOnlyList<string> Stages { get; } = ["base", "upsample"];

    /// <summary>The kinds of guidance of the base by name.</summary>
    public static IReadOnlyList<string> Guidances { get; } = ["none", "cfg", "clip", "both"];

    /// <summary>What glide is measured beside.</summary>
    public static IReadOnlyList<string> Rivals { get; } = [BenchmarkResult.Original, BenchmarkResult.Libtorch];

    /// <summary>The number types that a device computes in, the widest first.</summary>
    /// <exception cref="UsageException">The device is not there.</exception>
    public static IReadOnlyList<string> DtypesOf(DeviceOptions runtime) =>
        TorchRuntime.Start(runtime with { Dtype = "auto" }).IsCuda ? ["fp32", "fp16", "bf16"]
        : Precision.CpuComputesBFloat16 ? ["fp32", "bf16"]
        : ["fp32"];

    /// <summary>Writes a model set with weights from the formula, to be drawn with as with a converted one.</summary>
    /// <param name="models">Gives sizes and recipe.</param>
    /// <param name="folder">Is made if it is not there.</param>
    /// <param name="dtype">fp32, fp16 or bf16.</param>
    /// <exception cref="ResourceException">There is no room for it.</exception>
    public static void WriteModels(ModelSet models, string folder, string dtype) =>
        SyntheticModels.Write(models, folder, dtype switch
        {
            "fp32" => ElementType.Float32,
            "fp16" => ElementType.Float16,
            "bf16" => ElementType.BFloat16,
            _ => throw new UsageException(
                $"weights cannot be written as '{dtype}'; allowed are fp32, fp16 and bf16; choose with --dtype"),
        });

    /// <summary>Measures one stage with one number type.</summary>
    /// <exception cref="UsageException">The device is not there or does not compute in that type, or the set has no
    /// CLIP to guide.</exception>
    /// <exception cref="ResourceException">Memory or the temporary folder does not suffice.</exception>
    /// <exception cref="OperationCanceledException">The run was stopped.</exception>
    public BenchmarkResult Measure(string stage, string dtype)
    {
        using var noGradient = no_grad();
        var runtime = StartEngine(dtype);
        using var measurement = Begin(runtime, stage);
        measurement.Run(_options.Rounds);
        return measurement.Result(stage, CeilingOf(runtime));
    }

    /// <summary>Measures a stage beside other operations on the same weights, a round each in turns.</summary>
    /// <param name="stage">One of <see cref="Stages"/>.</param>
    /// <param name="dtype">fp32, bf16, or on a GPU fp16.</param>
    /// <param name="rival">One of <see cref="Rivals"/>; on a GPU <see cref="BenchmarkResult.Libtorch"/>.</param>
    /// <returns>First <see cref="BenchmarkResult.Glide"/>, then the rival.</returns>
    /// <exception cref="UsageException">
    /// The device does not run the rival, is not there or does not compute in that type, or the guidance is CLIP's.
    /// </exception>
    /// <exception cref="ResourceException">Memory or the temporary folder does not suffice.</exception>
    /// <exception cref="OperationCanceledException">The run was stopped.</exception>
    public IReadOnlyList<BenchmarkResult> MeasureBeside(string stage, string dtype, string rival)
    {
        using var noGradient = no_grad();
        var runtime = StartEngine(dtype);
        if (runtime.IsCuda && rival == BenchmarkResult.Original)
        {
            throw new UsageException(
                $"--beside original runs on a CPU, and the device is {runtime.DeviceName}; choose --beside libtorch " +
                "or --device cpu, or measure beside PyTorch with scripts/bench --device cuda");
        }
        if (RecipeOf(stage).ClipScale is not null)
        {
            throw new UsageException(
                $"--beside {rival} measures the U-Nets, and CLIP would run the same on both sides; " +
                "--guidance can be none or cfg there");
        }
        using var ours = Begin(runtime, stage);
        using var other = Begin(runtime, stage, rival);
        for (int round = 0; round < _options.Rounds; round++)
        {
            ours.Run(rounds: 1);
            other.Run(rounds: 1);
        }
        var ceiling = CeilingOf(runtime);
        BenchmarkResult[] results = [ours.Result(stage, ceiling), other.Result(stage, ceiling)];
        double milliseconds = results[1].MillisecondsPerStep;
        return
        [
            .. results.Select(result => result with
            {
                Speedup = milliseconds / result.MillisecondsPerStep,
                PeakBytes = null,
            }),
        ];
    }

    public void Dispose() => _models.Dispose();

    private StageRecipe Guided(StageRecipe stage) => _options.Guidance is not { } kind
        ? stage
        : stage with
        {
            GuidanceScale = kind is "cfg" or "both" ? stage.GuidanceScale : 1,
            ClipScale = kind is "clip" or "both" ? StageRecipe.DefaultClipScale : null,
        };

    private TorchRuntime StartEngine(string dtype) =>
        TorchRuntime.Start(_options.Device with { Dtype = dtype }, _options.Models);

    private StageMeasurement Begin(
        TorchRuntime runtime, string stage, string implementation = BenchmarkResult.Glide)
    {
        var recipe = RecipeOf(stage);
        return new StageMeasurement(_options, runtime, _models.With(recipe.Network), recipe, implementation);
    }

    private StageRecipe RecipeOf(string stage) => stage == "base"
        ? Guided(_recipe.Base)
        : _recipe.Stages[_recipe.IndexOf(stage)];

    // After the steps: the memory that it frees would be there for them to take, and missing in what they took.
    private Ceiling CeilingOf(TorchRuntime runtime)
    {
        if (!_ceilings.TryGetValue(runtime.Precision.Name, out var ceiling))
            _ceilings[runtime.Precision.Name] = ceiling = Ceiling.Measure(runtime);
        return ceiling;
    }
}
