using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Glide.Cli.Options;
using Glide.Cli.Output;
using Glide.ModelSets;
using Glide.Pipelines;

namespace Glide.Cli.Commands;

/// <summary><c>glide models info</c>: what a checkpoint file is.</summary>
internal sealed class ModelsInfoCommand : Command, IExamples
{
    private readonly Argument<string> _file =
        new("FILE") { Description = "A checkpoint: torch.save or safetensors, compressed or not." };
    private readonly Option<string?> _key = ModelOptions.WeightsKey();
    private readonly Option<bool> _tensors = OptionValues.Flag("--tensors", "List the tensors with type and shape.");
    private readonly Option<bool> _json = OptionValues.Flag("--json", "Print one JSON object.");
    private readonly Option<bool> _verbose =
        OptionValues.Flag("--verbose", "Print errors with their stack trace.", "-v");

    public ModelsInfoCommand(TextWriter output, TextWriter error)
        : base("info", "Describes a checkpoint file: format, network, tensors, sizes, types. Nothing in it is run.")
    {
        Add(_file);
        Add(_key);
        Add(_tensors);
        Add(_json);
        Add(_verbose);
        SetAction(parsed => ModelsRun.Execute(error, parsed.GetValue(_verbose), cancellation =>
        {
            var summary = CheckpointSummary.Read(parsed.GetValue(_file)!, parsed.GetValue(_key), cancellation);
            if (parsed.GetValue(_json))
                output.WriteLine(JsonLine.Of(Describe(summary, parsed.GetValue(_tensors))));
            else
                Print(summary, parsed.GetValue(_tensors), output);
        }));
    }

    public IReadOnlyList<string> Examples { get; } =
    [
        "glide models info base.pt",
        "glide models info base.pt --tensors --json",
        "glide models info training.ckpt --weights-key state_dict",
    ];

    private static void Print(CheckpointSummary summary, bool withTensors, TextWriter output)
    {
        output.WriteLine($"file        {summary.Path}");
        output.WriteLine($"format      {summary.Format}");
        if (summary.Lora is { } lora)
        {
            string network = lora.Network is { } trained ? OneLine(trained) : "a network that it does not name";
            output.WriteLine($"network     LoRA of {network}");
            output.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"layers      {lora.Layers.Count:N0}, rank {Range(lora.Ranks)}, alpha {Range(lora.Alphas)}"));
        }
        else
        {
            output.WriteLine($"network     {summary.Identity ?? "not recognized"}");
        }
        if (summary.Choice is { } choice)
            output.WriteLine($"weights     {choice}");
        if (summary.Prefix.Length > 0)
            output.WriteLine($"prefix      {Messages.OneLine(summary.Prefix)}");
        output.WriteLine($"size        {ByteSize.Text(summary.Bytes)}");
        output.WriteLine($"sha-256     {summary.Sha256}");
        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"parameters  {summary.Parameters:N0} in {Counted.Of(summary.Tensors.Count, "tensor")}"));
        output.WriteLine(
            $"types       {string.Join(", ", summary.Types
                .Select(type => $"{type.Key} ({Counted.Of(type.Value, "tensor")})"))}");
        foreach (var (name, text) in summary.Metadata)
            output.WriteLine($"metadata    {OneLine(name)}: {OneLine(text)}");
        if (!withTensors)
            return;
        output.WriteLine();
        var table = new TextTable("TENSOR", "TYPE", "SHAPE");
        foreach (var tensor in summary.Tensors)
            table.Add(OneLine(tensor.Name), tensor.Type, $"[{string.Join(", ", tensor.Shape)}]");
        table.Write(output);
    }

    // Smallest and largest of numbers in order.
    private static string Range<T>(IReadOnlyList<T> numbers)
        where T : IFormattable => numbers.Count == 1
            ? string.Create(CultureInfo.InvariantCulture, $"{numbers[0]}")
            : string.Create(CultureInfo.InvariantCulture, $"{numbers[0]} to {numbers[^1]}");

    // Texts of a file that anybody may have made: no line breaks, no codes that a terminal obeys.
    private static string OneLine(string text) =>
        string.Concat(text.Take(200).Select(c => char.IsControl(c) ? '?' : c)) + (text.Length > 200 ? "..." : "");

    private static JsonObject Describe(CheckpointSummary summary, bool withTensors)
    {
        var json = new JsonObject
        {
            ["file"] = summary.Path,
            ["format"] = summary.Format,
            ["network"] = summary.Identity,
            ["lora"] = summary.Lora is not { } lora ? null : new JsonObject
            {
                ["network"] = lora.Network,
                ["ranks"] = new JsonArray([.. lora.Ranks.Select(rank => (JsonNode?)rank)]),
                ["alphas"] = new JsonArray([.. lora.Alphas.Select(alpha => (JsonNode?)alpha)]),
                ["layers"] = new JsonArray([.. lora.Layers.Select(layer => (JsonNode?)layer)]),
            },
            ["weights_key"] = summary.Choice?.Taken,
            ["left_aside"] = new JsonArray([.. (summary.Choice?.LeftAside ?? []).Select(key => (JsonNode?)key)]),
            ["prefix"] = summary.Prefix,
            ["bytes"] = summary.Bytes,
            ["sha256"] = summary.Sha256,
            ["parameters"] = summary.Parameters,
            ["tensor_count"] = summary.Tensors.Count,
            ["types"] = new JsonObject(summary.Types.Select(type =>
                KeyValuePair.Create(type.Key, (JsonNode?)type.Value))),
            ["metadata"] = new JsonObject(summary.Metadata.Select(text =>
                KeyValuePair.Create(text.Key, (JsonNode?)text.Value))),
        };
        if (withTensors)
        {
            json["tensors"] = new JsonArray([.. summary.Tensors.Select(tensor => new JsonObject
            {
                ["name"] = tensor.Name,
                ["type"] = tensor.Type,
                ["shape"] = new JsonArray([.. tensor.Shape.Select(size => (JsonNode?)size)]),
                ["bytes"] = tensor.Bytes,
            })]);
        }
        return json;
    }
}

/// <summary><c>glide models verify</c>: checks the weights that are there.</summary>
internal sealed class ModelsVerifyCommand : Command, IExamples
{
    private readonly Argument<string?> _set =
        new("SET")
        {
            Description = "Name or folder of a set. Default: all that are known.",
            Arity = ArgumentArity.ZeroOrOne
        };
    private readonly Option<bool> _accept = OptionValues.Flag("--accept",
        "Record files of SET that fit and have changed as they are now.");
    private readonly Option<bool> _json = OptionValues.Flag("--json", "Print one JSON object a file.");
    private readonly Option<bool> _verbose =
        OptionValues.Flag("--verbose", "Print errors with their stack trace.", "-v");

    public ModelsVerifyCommand(TextWriter output, TextWriter error)
        : base("verify",
            "Reads all installed weights and checks that each fits its network as sampling needs it, checksums and "
                + "hashes.")
    {
        Add(_set);
        Add(_accept);
        Add(_json);
        Validators.Add(result =>
        {
            if (result.IsGiven(_accept) && result.GetResult(_set) is null or { Tokens.Count: 0 })
                result.AddError("--accept needs SET; name the set whose files have changed");
        });
        Add(_verbose);
        SetAction(parsed => ModelsRun.Execute(error, parsed.GetValue(_verbose), cancellation =>
            Verify(parsed, output, cancellation)));
    }

    public IReadOnlyList<string> Examples { get; } =
        ["glide models verify", "glide models verify openai --json", "glide models verify my-set --accept"];

    private void Verify(ParseResult parsed, TextWriter output, CancellationToken cancellation)
    {
        var folders = ModelFolders.FromEnvironment();
        string? name = parsed.GetValue(_set);
        var faulty = new List<VerifiedFile>();
        foreach (var set in name is null ? folders.Known() : [folders.Find(name).Set])
        {
            var files = new ModelVerifier(set, (network, checkpoint) => NetworkCheck.Fit(set, network, checkpoint),
                parsed.GetValue(_accept)).Verify(cancellation: cancellation);
            foreach (var file in files)
                output.WriteLine(parsed.GetValue(_json) ? JsonLine.Of(Describe(set, file)) : Line(set, file));
            faulty.AddRange(files.Where(file => file.Condition is FileCondition.Damaged or FileCondition.Changed));
            if (name is not null && files.All(file => file.Condition == FileCondition.Missing))
            {
                throw new DownloadException(
                    $"nothing of model set '{set.Name}' is there; looked in {set.Folder}; get it with: glide models "
                        + $"download {set.Name}");
            }
        }
        if (faulty.Count > 0)
            throw new CheckpointException(Faults(faulty, name));
    }

    private static string Faults(List<VerifiedFile> files, string? set)
    {
        var texts = new List<string>();
        foreach (var same in files.GroupBy(file => file.Condition).OrderByDescending(group => group.Key))
        {
            string paths = string.Join(", ", same.Select(file => file.Path));
            int count = same.Count();
            string verb = Counted.Noun(count, "has changed since it was", "have changed since they were");
            texts.Add(same.Key == FileCondition.Damaged
                ? $"{count} of the files {Counted.Noun(count, "is not what it", "are not what they")} must be; "
                    + $"{paths}; remove them, then get them again with: glide models download, or convert them again"
                : $"{count} of the files {verb} recorded; {paths}; if that is meant, accept "
                    + $"{Counted.Noun(count, "it", "them")} with: glide models verify --accept {set ?? "SET"}");
        }
        return string.Join("; ", texts);
    }

    private static string Line(ModelSet set, VerifiedFile file)
    {
        string condition = file.Condition.ToString().ToLowerInvariant();
        return $"{condition,-8} {set.Name} {file.Network}: {file.Path ?? file.File}: {file.Detail}";
    }

    private static JsonObject Describe(ModelSet set, VerifiedFile file) => new()
    {
        ["set"] = set.Name,
        ["network"] = file.Network,
        ["file"] = file.File,
        ["path"] = file.Path,
        ["condition"] = file.Condition.ToString().ToLowerInvariant(),
        ["detail"] = file.Detail,
        ["bytes"] = file.Bytes,
        ["sha256"] = file.Sha256,
    };
}
