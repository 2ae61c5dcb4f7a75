using System.CommandLine;
using System.CommandLine.Parsing;
using Glide.ModelSets;
using Glide.Pipelines;
using Glide.Pipelines.Settings;

namespace Glide.Cli.Options;

/// <summary>Which model set runs, where and in which number type.</summary>
internal sealed class ModelOptions
{
    private const int LeastThreads = 1, MostThreads = 1024;

    private readonly Option<string?> _model = OptionValues.Text("--model", ["-m"], "NAME|FOLDER",
        "Model set. Default: openai if its weights are installed, otherwise mini.",
        value => value.Trim().Length > 0 ? null : "a name or a folder");
    private readonly Option<string[]> _weights = new DescribedOption<string[]>("--weights")
    {
        Description = "Takes one network from a file and the others from the set: base, upsample, base-inpaint, "
            + "upsample-inpaint or clip. May be given several times.",
        HelpName = "NETWORK=FILE",
        Arity = ArgumentArity.OneOrMore,
        AllowMultipleArgumentsPerToken = false,
    };
    private readonly Option<string?> _key = WeightsKey();
    private readonly Option<string[]> _loras = LoraOption.Create("[NETWORK=]FILE[:WEIGHT]",
        "Adds a LoRA file to the network that it was trained on, or to NETWORK, multiplied by WEIGHT from -10 to 10. "
            + "May be given several times. Default: WEIGHT 1.");
    private readonly Option<string?> _device;
    private readonly Option<string?> _dtype = OptionValues.OneOf("--dtype", [], "TYPE",
        "auto, fp32, fp16 or bf16. Default: auto, the fastest that keeps the image.", "auto", "fp32", "fp16", "bf16");
    private readonly Option<long?> _threads = OptionValues.Whole("--threads", [], "N",
        "Threads on the CPU. Default: one per physical core.", (LeastThreads, MostThreads));
    private readonly Option<long?> _batchSize = OptionValues.Whole("--batch-size", [], "N",
        "Images per forward pass. Default: as memory allows.", (1, 4096));

    /// <summary>Makes the options.</summary>
    /// <param name="further">A device that only this command knows, and what it is; <c>null</c> for none.</param>
    public ModelOptions((string Name, string Meaning)? further = null)
    {
        string allowed = further is { } one ? $"auto, cpu, cuda, cuda:N or {one.Name}" : "auto, cpu, cuda or cuda:N";
        string meaning = further is { } other ? $" {other.Name}: {other.Meaning}." : "";
        _device = OptionValues.Text("--device", [], "NAME",
            $"{allowed}. Default: auto, a GPU if there is one.{meaning}",
            value => DeviceOptions.IsDevice(value) || value == further?.Name ? null : allowed);
        _weights.Validators.Add(result =>
        {
            foreach (var token in result.Tokens.Where(token => token.Value.IndexOf('=', StringComparison.Ordinal) is < 1
                || token.Value.EndsWith('=')))
            {
                result.AddError($"bad value for --weights; found '{token.Value}'; allowed is NETWORK=FILE, such as "
                    + "base=base.pt");
            }
        });
    }

    /// <summary>The option that names one of several sets of weights in a file.</summary>
    public static Option<string?> WeightsKey() => OptionValues.Text("--weights-key", [], "KEY",
        "Which weights to take from a file that holds several, such as state_dict or ema. Default: the averaged ones "
            + "(EMA).", value => value.Length > 0 ? null : "a key");

    public void AddTo(Command command)
    {
        command.Add(SettingGroup.Machine, _model, _weights, _key, _loras, _batchSize, _device, _dtype, _threads);
        command.Validators.Add(result =>
        {
            if (result.IsGiven(_key) && !result.IsGiven(_weights))
                result.AddError("--weights-key belongs to --weights; add --weights NETWORK=FILE or leave it out");
        });
    }

    /// <summary>The options of a command that makes one image after another.</summary>
    public void AddServedTo(Command command)
    {
        AddTo(command);
        command.Options.Remove(_batchSize);
    }

    /// <summary>The options of a command that loads weights in a way of its own.</summary>
    public void AddMachineTo(Command command) => command.Add(SettingGroup.Machine, _model, _device, _dtype, _threads);

    /// <summary>The set that the user wants.</summary>
    public WantedModels Model(ParseResult parsed) =>
        new(parsed.GetValue(_model), parsed.GetValue(_weights) ?? [], parsed.GetValue(_key))
        {
            Loras = parsed.GetValue(_loras) ?? [],
        };

    /// <summary>The device as the user wrote it; <c>null</c> where none is named. For validators.</summary>
    public string? WrittenDevice(SymbolResult result) => result.WrittenFor(_device);

    /// <summary>Device, number type, threads.</summary>
    public DeviceOptions Device(ParseResult parsed) => new()
    {
        Device = parsed.GetValue(_device) ?? "auto",
        Dtype = parsed.GetValue(_dtype) ?? "auto",
        Threads = (int?)parsed.GetValue(_threads),
    };

    /// <summary>
    /// Device, number type, threads: the user's, and where nothing is said those that an image was made with.
    /// </summary>
    /// <exception cref="UsageException">The file asks for threads that <c>--threads</c> does not allow.</exception>
    public DeviceOptions Device(ParseResult parsed, string file, string device, string dtype, int threads)
    {
        if (threads is < LeastThreads or > MostThreads)
        {
            throw new UsageException(
                $"'{file}' has settings that are not allowed; bad value for threads; found {threads}; allowed is a "
                    + $"whole number from {LeastThreads} to {MostThreads}");
        }
        var wanted = Device(parsed);
        return wanted with
        {
            // Another machine may have no GPU.
            Device = wanted.Device == "auto" && device == "cpu" ? "cpu" : wanted.Device,
            Dtype = wanted.Dtype == "auto" ? dtype : wanted.Dtype,
            Threads = wanted.Threads ?? threads,
        };
    }

    /// <summary>A job of so many images, as the user wants it run.</summary>
    public ImageJob Job(ParseResult parsed, ModelSet models, int images, ViewSettings? views = null) =>
        new(models, Device(parsed), images, BatchSize(parsed), views ?? ViewSettings.None);

    /// <summary>Images per forward pass; <c>null</c> to choose.</summary>
    public int? BatchSize(ParseResult parsed) => (int?)parsed.GetValue(_batchSize);
}

/// <summary>The models that the user wants.</summary>
/// <param name="Name">Name or folder of the set; <c>null</c> for the default.</param>
/// <param name="Weights">Networks that come from files of their own, as NETWORK=FILE.</param>
/// <param name="Key">Key of the weights in those files; <c>null</c> to choose.</param>
internal sealed record WantedModels(string? Name, IReadOnlyList<string> Weights, string? Key)
{
    /// <summary>LoRA files, as <see cref="LoraOption"/> reads them.</summary>
    public IReadOnlyList<string> Loras { get; init; } = [];

    /// <summary>Finds them.</summary>
    /// <exception cref="UsageException">There is no such set or network.</exception>
    /// <exception cref="CheckpointException">A file is missing or refused.</exception>
    public ModelChoice Find()
    {
        var found = ModelFolders.FromEnvironment().Find(Name);
        var set = Weights.Count == 0 ? found.Set : found.Set.With(
            Weights.Select(each => each.Split('=', 2)).Select(each => (each[0], each[1])), Key);
        return found with { Set = set with { Loras = LoraOption.Read(Loras, set) } };
    }
}
