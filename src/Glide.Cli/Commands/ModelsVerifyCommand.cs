using System.CommandLine;
using System.Text.Json.Nodes;
using Glide.Cli.Options;
using Glide.Cli.Output;
using Glide.ModelStore;

namespace Glide.Cli.Commands;

/// <summary><c>glide models verify</c>: checks the weights that are there.</summary>
internal sealed class ModelsVerifyCommand : Command, IExamples
{
    private readonly Argument<string?> _set = new("SET") { Description = "Name or folder of a set. Default: all that are known.", Arity = ArgumentArity.ZeroOrOne };
    private readonly Option<bool> _json = OptionValues.Flag("--json", "Print one JSON object a file.");
    private readonly Option<bool> _verbose = OptionValues.Flag("--verbose", "Print errors with their stack trace.", "-v");

    /// <summary>Builds the command.</summary>
    public ModelsVerifyCommand(TextWriter output, TextWriter error)
        : base("verify", "Reads all weights that are there and checks hashes, checksums and that each is the right network.")
    {
        Add(_set);
        Add(_json);
        Add(_verbose);
        SetAction(parsed => ModelsRun.Execute(error, parsed.GetValue(_verbose), cancellation => Verify(parsed, output, cancellation)));
    }

    /// <inheritdoc/>
    public IReadOnlyList<string> Examples { get; } = ["glide models verify", "glide models verify openai --json"];

    private void Verify(ParseResult parsed, TextWriter output, CancellationToken cancellation)
    {
        var folders = ModelFolders.FromEnvironment();
        string? name = parsed.GetValue(_set);
        var damaged = new List<VerifiedFile>();
        foreach (var set in name is null ? folders.Known() : [folders.Find(name).Set])
        {
            var files = ModelVerifier.Verify(set, cancellation: cancellation);
            foreach (var file in files)
                output.WriteLine(parsed.GetValue(_json) ? JsonLine.Of(Describe(set, file)) : Line(set, file));
            damaged.AddRange(files.Where(file => file.Condition == FileCondition.Damaged));
            if (name is not null && files.All(file => file.Condition == FileCondition.Missing))
                throw new DownloadException($"nothing of model set '{set.Name}' is there; looked in {set.Folder}; get it with: glide models download {set.Name}");
        }
        if (damaged.Count > 0)
        {
            throw new CheckpointException(
                $"{damaged.Count} of the files are not what they must be; {string.Join(", ", damaged.Select(file => file.Path))}; " +
                "remove them, then get them again with: glide models download, or convert them again");
        }
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
