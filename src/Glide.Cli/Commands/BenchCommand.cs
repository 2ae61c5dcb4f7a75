using System.CommandLine;
using Glide.Cli.Options;
using Glide.Cli.Output;
using Glide.Diagnostics;
using Glide.ModelSets;
using Glide.Pipelines;

namespace Glide.Cli.Commands;

/// <summary><c>glide bench</c>: how fast this machine draws.</summary>
internal sealed class BenchCommand : Command, IExamples
{
    private const int DefaultRounds = 3;
    private const string Published = "openai";

    private readonly Option<string?> _stage = OptionValues.OneOf("--stage", [], "STAGE",
        "base or upsample. Default: both.", [.. Benchmark.Stages]);
    private readonly Option<string?> _guidance = OptionValues.OneOf("--guidance", [], "KIND",
        "Guidance of the base: none, cfg, clip or both. Default: from the recipe, cfg.", [.. Benchmark.Guidances]);
    private readonly Option<long?> _rounds = OptionValues.Whole("--rounds", ["-r"], "N",
        "Timed rounds; the median counts. 1 to 49. Default: 3.", (1, 49));
    private readonly Option<string?> _beside = OptionValues.OneOf("--beside", [], "NAME",
        "Measure another implementation too, alternating, on the same libtorch and weights: original, its operations "
            + "in its order, on a CPU only, or libtorch, its operations in glide's networks. Default: glide alone.",
        [.. Benchmark.Rivals]);
    private readonly Option<bool> _profile =
        OptionValues.Flag("--profile", "Break the time of a step down by kind of operation.");
    private readonly Option<bool> _json = OptionValues.Flag("--json", "Print one JSON object per measurement.");
    private readonly Option<bool> _verbose =
        OptionValues.Flag("--verbose", "Print errors with their stack trace.", "-v");
    private readonly Option<string?> _model = OptionValues.Text("--model", ["-m"], "NAME|FOLDER",
        "Model set whose network sizes are measured; no weights are needed. Default: openai.");
    private readonly Option<string?> _dtype = OptionValues.OneOf("--dtype", [], "TYPE",
        "auto, fp32, fp16 or bf16. Default: all that the device supports.", "auto", "fp32", "fp16", "bf16");
    private readonly Option<string?> _device = OptionValues.Text("--device", [], "NAME",
        "auto, cpu, cuda or cuda:N. Default: auto, a GPU if there is one.",
        value => DeviceOptions.IsDevice(value) ? null : "auto, cpu, cuda or cuda:N");
    private readonly Option<long?> _threads = OptionValues.Whole("--threads", [], "N",
        "Threads on the CPU. Default: one per physical core.", (1, 1024));
    private readonly Option<long?> _batchSize = OptionValues.Whole("--batch-size", [], "N",
        "Images per step; with guidance the network sees twice as many. Default: 1.", (1, 4096));
    private readonly Option<string?> _write = OptionValues.Text("--write", [], "FOLDER",
        "Measure nothing; make a model set with such weights, for 'glide sample --model FOLDER'. Takes --dtype, "
            + "default bf16.",
        path => path.Length > 0 ? null : "a folder");

    public BenchCommand(TextWriter output, TextWriter error)
        : base("bench",
            "Weights come from a formula and are kept in the temporary folder meanwhile, 1.6 GB per full-size "
                + "network.")
    {
        Option[] options =
        [
            _stage, _guidance, _dtype, _rounds, _beside, _profile, _json, _model, _batchSize, _device, _threads, _write,
            _verbose,
        ];
        foreach (var option in options)
            Add(option);
        Validators.Add(result =>
        {
            if (result.WrittenFor(_stage) == "upsample" && result.WrittenFor(_guidance) is not null)
                result.AddError("--guidance is the base's and --stage upsample measures the other one; leave one out");
        });
        SetAction(parsed => Run(parsed, output, error));
    }

    public IReadOnlyList<string> Examples { get; } =
    [
        "glide bench",
        "glide bench --stage base --dtype bf16 --profile",
        "glide bench --stage base --dtype fp32 --guidance clip",
        "glide bench --beside original",
        "glide bench --stage base --beside libtorch",
        "glide bench --model mini --rounds 10 --json",
        "glide bench --write formula --dtype bf16",
    ];

    private int Run(ParseResult parsed, TextWriter output, TextWriter error)
    {
        Benchmark? benchmark = null;
        using var signals = new Signals(error, () => benchmark?.Dispose());
        try
        {
            if (parsed.GetValue(_write) is { } folder)
            {
                Benchmark.WriteModels(Models(parsed), folder, parsed.GetValue(_dtype) ?? "bf16");
                output.WriteLine(folder);
                return ExitCode.Done;
            }
            benchmark = new Benchmark(Read(parsed, signals.Token));
            var results = Measure(parsed, benchmark, error, result =>
            {
                if (parsed.GetValue(_json))
                    output.WriteLine(BenchmarkReport.Json(result));
            });
            if (!parsed.GetValue(_json))
                BenchmarkReport.Print(results, output);
            return ExitCode.Done;
        }
        catch (OperationCanceledException) when (signals.ExitCodeOfSignal is not null)
        {
            return signals.ExitCodeOfSignal.Value;
        }
        catch (Exception exception)
        {
            return new ErrorReporter(error, parsed.GetValue(_verbose)).Report(exception);
        }
        finally
        {
            benchmark?.Dispose();
        }
    }

    private ModelSet Models(ParseResult parsed) => ModelFolders.FromEnvironment()
        .Find(parsed.GetValue(_model) ?? Published).Set;

    private BenchmarkOptions Read(ParseResult parsed, CancellationToken cancellation) => new()
    {
        Models = Models(parsed),
        Device = EngineOf(parsed),
        Rounds = (int)(parsed.GetValue(_rounds) ?? DefaultRounds),
        Guidance = parsed.GetValue(_guidance),
        BatchSize = (int)(parsed.GetValue(_batchSize) ?? 1),
        Profile = parsed.GetValue(_profile),
        Cancellation = cancellation,
    };

    private DeviceOptions EngineOf(ParseResult parsed) => new()
    {
        Device = parsed.GetValue(_device) ?? "auto",
        Threads = (int?)parsed.GetValue(_threads),
    };

    private List<BenchmarkResult> Measure(ParseResult parsed,
        Benchmark benchmark, TextWriter error, Action<BenchmarkResult> measured)
    {
        var results = new List<BenchmarkResult>();
        string? rival = parsed.GetValue(_beside);
        string beside = rival is null ? "" : $" beside {BenchmarkReport.NameOf(rival)}";
        IReadOnlyList<string> stages = parsed.GetValue(_stage) is { } stage ? [stage] : Benchmark.Stages;
        IReadOnlyList<string> dtypes = parsed.GetValue(_dtype) is { } dtype
            ? [dtype]
            : Benchmark.DtypesOf(EngineOf(parsed));
        foreach (string name in stages)
        {
            foreach (string type in dtypes)
            {
                error.WriteLine($"measuring {name} in {type}{beside}");
                IReadOnlyList<BenchmarkResult> rows = rival is null
                    ? [benchmark.Measure(name, type)]
                    : benchmark.MeasureBeside(name, type, rival);
                results.AddRange(rows);
                foreach (var row in rows)
                    measured(row);
            }
        }
        return results;
    }
}
