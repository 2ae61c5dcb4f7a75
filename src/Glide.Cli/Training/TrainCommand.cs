using System.CommandLine;
using System.CommandLine.Parsing;
using System.Diagnostics;
using Glide.Cli.Batches;
using Glide.Cli.Commands;
using Glide.Cli.Options;
using Glide.Cli.Output;
using Glide.ModelSets;
using Glide.Pipelines;
using Glide.Pipelines.Settings;
using Glide.Training;

namespace Glide.Cli.Training;

/// <summary><c>glide train</c>: trains one network on images with captions.</summary>
internal sealed class TrainCommand : Command, IExamples
{
    // What a run that goes on may change: none of it decides what a step computes.
    private static readonly HashSet<string> s_changeable =
        ["steps", "save-every", "keep", "sample-every", "log-every"];

    private readonly Argument<string?> _network = new("NETWORK")
    {
        Description = $"{string.Join(", ", TrainingPlan.Networks)}.",
        Arity = ArgumentArity.ZeroOrOne,
    };
    private readonly Option<string[]> _data = Repeated("--data", "DATA[:WEIGHT]",
        "Images with captions: a folder, a .csv, .tar shards; see 'glide data --help'. May be given several times.");
    private readonly Option<string?> _output = OptionValues.Text("--output", ["-o"], "RUN",
        "Folder of the run: settings, log, checkpoints, samples.", path => OptionValues.OutputFault(path, "a folder"));
    private readonly Option<bool> _resume =
        OptionValues.Flag("--resume", "Go on with the run from its last checkpoint.");
    private readonly Option<string?> _from = OptionValues.Text("--from", [], "SET|FILE",
        "Begin with these weights. Default: random ones.", text => text.Trim().Length > 0 ? null : "a set or a file");
    private readonly Option<string?> _config = OptionValues.Text("--config", [], "FILE",
        "Settings as in the train.json of a run; options take precedence.");
    private readonly Option<double?> _minutes = OptionValues.Number("--minutes", [], "M",
        "End, with everything saved, before so many minutes are over.", (0.05, 1e6));
    private readonly Option<string[]> _prompts = Repeated("--prompt", "TEXT",
        "Prompts of the sheets of samples, up to 8. Default: captions of the data.");
    private readonly IReadOnlyList<(Setting<TrainingSettings> Setting, Option Option)> _settings =
        [.. TrainingTable.All.Select(setting => (setting, OptionOf(setting)))];
    private readonly ModelOptions _model = new((WorkerDevice.All, "the batches of a step are divided among the GPUs"));
    private readonly Option<string?> _cache = OptionValues.Text("--cache", [], "FOLDER",
        "Where decoded images are kept. Default: the user's cache folder.");
    private readonly Option<bool> _quiet = OptionValues.Flag("--quiet", "Print no progress and no notices.", "-q");
    private readonly Option<bool> _verbose =
        OptionValues.Flag("--verbose", "Print errors with their stack trace.", "-v");

    public TrainCommand(TextWriter output, TextWriter error)
        : base("train")
    {
        Add(_network);
        this.Add(SettingGroup.Command, _data, _output, _resume, _from, _config, _minutes, _prompts, _cache);
        this.Add(SettingGroup.Training, _settings.Select(row => row.Option));
        _model.AddMachineTo(this);
        this.Add(SettingGroup.Output, _quiet, _verbose);
        Validators.Add(Check);
        SetAction(parsed => ModelsRun.Execute(error, parsed.GetValue(_verbose),
            stop => Train(parsed, output, error, stop), finishesOnInterrupt: true));
    }

    public IReadOnlyList<string> Examples { get; } =
    [
        "glide train base --data photos -m openai --from openai -o run",
        "glide train base --data shapes.tar -m mini --minutes 30 -o run",
        "glide train base-inpaint --data photos --from openai -m openai -o run",
        "glide train -o run --resume",
    ];

    private void Check(CommandResult result)
    {
        if (!result.IsGiven(_output))
            result.AddError("-o is missing; give the folder of the run, such as -o run");
        if (Written(result) is { } network && !TrainingPlan.Networks.Contains(network))
        {
            result.AddError($"there is no network '{network}' to train; allowed is one of "
                + $"{string.Join(", ", TrainingPlan.Networks)}");
        }
        bool resumes = result.IsGiven(_resume);
        if (!resumes && Written(result) is null && !result.IsGiven(_config))
            result.AddError($"NETWORK is missing; give one of {string.Join(", ", TrainingPlan.Networks)}");
        if (!resumes && !result.IsGiven(_data) && !result.IsGiven(_config))
            result.AddError("--data is missing; give a folder of images with captions");
        if (!resumes)
            return;
        foreach (var option in new Option[] { _data, _from, _config, _prompts }
            .Concat(_settings.Where(row => !s_changeable.Contains(row.Setting.Name)).Select(row => row.Option)))
        {
            if (result.IsGiven(option))
            {
                result.AddError($"--resume and {option.Name} contradict each other; the run keeps what it was begun "
                    + "with; leave one out");
            }
        }
    }

    private void Train(ParseResult parsed, TextWriter output, TextWriter error, CancellationToken stop)
    {
        string folder = parsed.GetValue(_output)!;
        bool quiet = parsed.GetValue(_quiet);
        void Notice(string text)
        {
            if (!quiet)
                error.WriteLine(Messages.Plain(text));
        }
        var begun = parsed.GetValue(_resume)
            ? TrainingRun.Open(folder, ", or leave --resume out to begin one")
            : null;
        var plan = begun?.Plan ?? NewPlan(parsed);
        var models = ModelFolders.FromEnvironment().Find(plan.Model);
        if (models.Notice is { } notice && begun is null && !plan.HasSizes)
            Notice(notice);
        plan = TrainingSession.Complete(plan with { Settings = Changed(parsed, plan.Settings) }, models.Set);
        var device = _model.Device(parsed);
        using var devices = new TrainingDevices(device with
        {
            Dtype = begun is null ? DtypeOf(device) : plan.Dtype,
            Threads = device.Threads ?? begun?.Plan.Threads,
        });
        plan = devices.Divide(plan, isBegun: begun is not null, Notice);
        devices.Open(plan, models.Set, text => Messages.Warn(error, text));
        var session = devices.First;
        using var data = new RunData(plan, session.ImageSize, parsed.GetValue(_cache), Notice);
        var run = begun?.With(plan) ?? TrainingRun.Begin(folder, plan);
        using var sheet = plan.Settings.SampleEvery > 0 ? data.NewSheet(session) : null;
        using var progress = new TrainingProgressLine(error, quiet);
        using var loop = new TrainLoop(run, devices.Objectives, data.From)
        {
            Samples = sheet is null ? null : sheet.Draw,
            Saving = plan.Settings.LoraRank is null ? null : () => session.WriteLora(run.LoraPath),
            Progress = progress.Report,
            Deadline = parsed.GetValue(_minutes) is { } minutes
                ? Process.GetCurrentProcess().StartTime.ToUniversalTime() + TimeSpan.FromMinutes(minutes)
                : null,
        };
        if (begun is not null)
            Notice($"going on after step {loop.Step}");
        var end = loop.Run(stop);
        progress.Dispose();
        Notice(end switch
        {
            TrainingEnd.Finished => $"finished after {Counted.Of(loop.Step, "step")}",
            TrainingEnd.OutOfTime => $"the time is over after {Counted.Of(loop.Step, "step")}; go on with: "
                + $"glide train -o {folder} --resume",
            _ => $"saved after {Counted.Of(loop.Step, "step")}; go on with: glide train -o {folder} --resume",
        });
        output.WriteLine(plan.Settings.LoraRank is null ? run.CheckpointPath(loop.Step) : run.LoraPath);
    }

    private string? Written(CommandResult result) =>
        result.GetResult(_network) is { Tokens: [var token, ..] } ? token.Value : null;

    private TrainingPlan NewPlan(ParseResult parsed)
    {
        string? network = parsed.GetValue(_network);
        var plan = parsed.GetValue(_config) is { } config
            ? TrainingPlan.Read(config, network) is var read && network is not null
                ? read with { Network = network } : TrainingPlan.Read(config)
            : new TrainingPlan(network!);
        string[] data = parsed.GetValue(_data) ?? [], prompts = parsed.GetValue(_prompts) ?? [];
        plan = plan with
        {
            Data = data.Length > 0 ? data : plan.Data,
            From = parsed.GetValue(_from) ?? plan.From,
            Prompts = prompts.Length > 0 ? prompts : plan.Prompts,
            Model = _model.Model(parsed).Name ?? plan.Model,
        };
        return plan.Data.Count > 0
            ? plan
            : throw new UsageException(
                "--data is missing; give a folder of images with captions, or \"data\" in --config");
    }

    private TrainingSettings Changed(ParseResult parsed, TrainingSettings settings)
    {
        foreach (var (setting, option) in _settings)
        {
            string? text = option is Option<bool> flag
                ? parsed.GetValue(flag) ? FlagKind.On : null
                : parsed.GetValue((Option<string?>)option);
            if (text is not null)
                settings = setting.Set(settings, text, option.Name);
        }
        return settings;
    }

    // Sampling prefers fp16 on a GPU, where training loses small gradients.
    private static string DtypeOf(DeviceOptions device) => device.Dtype != "auto"
        ? device.Dtype
        : device.Device == "cpu" || DeviceOptions.CountGpus() == 0 ? "fp32" : "bf16";

    private static Option OptionOf(Setting<TrainingSettings> setting)
    {
        string help = Setting.Describe(setting.Help, setting.Default);
        return setting.Kind is FlagKind
            ? OptionValues.Flag($"--{setting.Name}", help)
            : OptionValues.Of(setting.Kind, $"--{setting.Name}", [], setting.Placeholder, help);
    }

    private static DescribedOption<string[]> Repeated(string name, string placeholder, string help) => new(name)
    {
        Description = help,
        HelpName = placeholder,
        Arity = ArgumentArity.OneOrMore,
        AllowMultipleArgumentsPerToken = false,
    };
}
