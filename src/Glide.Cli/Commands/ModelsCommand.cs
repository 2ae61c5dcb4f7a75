using System.CommandLine;
using System.Text.Json.Nodes;
using Glide.Cli.Options;
using Glide.Cli.Output;
using Glide.Cli.Training;
using Glide.ModelSets;

namespace Glide.Cli.Commands;

/// <summary>
/// <c>glide models</c>: which model sets there are; its children download, check, describe and convert them.
/// </summary>
internal sealed class ModelsCommand : Command, IExamples
{
    public ModelsCommand(TextWriter output, TextWriter error)
        : base("models")
    {
        var networks = OptionValues.Flag("--networks", "List the networks of each set too.");
        var json = OptionValues.Flag("--json", "Print one JSON object per set.");
        var verbose = OptionValues.Flag("--verbose", "Print errors with their stack trace.", "-v");
        Add(networks);
        Add(json);
        Add(verbose);
        SetAction(parsed => ModelsRun.Execute(error, parsed.GetValue(verbose), _ =>
        {
            var sets = ModelFolders.FromEnvironment().Known().Select(ModelOverview.Of).ToList();
            if (parsed.GetValue(json))
                sets.ForEach(set => output.WriteLine(JsonLine.Of(Describe(set))));
            else
                Print(sets, parsed.GetValue(networks), output);
        }));
        Add(new ModelsDownloadCommand(output, error));
        Add(new ModelsVerifyCommand(output, error));
        Add(new ModelsInfoCommand(output, error));
        Add(new ModelsConvertCommand(output, error));
        Add(new ModelsPackCommand(output, error));
    }

    public IReadOnlyList<string> Examples { get; } =
    [
        "glide models",
        "glide models download openai --only base,upsample",
        "glide models verify",
        "glide models convert base.pt base.safetensors --dtype fp16",
    ];

    private static void Print(List<ModelOverview> sets, bool withNetworks, TextWriter output)
    {
        var table = new TextTable("SET", "NETWORKS", "SIZE", "LICENCE", "FOLDER");
        foreach (var set in sets)
        {
            string size = set.PresentCount == 0 ? "-" : ByteSize.Text(set.PresentBytes);
            table.Add(set.Set.Name, $"{set.PresentCount} of {set.Files.Count} there", size, set.Set.Licence,
                set.Folder);
            if (!withNetworks)
                continue;
            foreach (var file in set.Files)
            {
                table.Add($"  {file.Network}", file.Path is null ? "missing" : "there", file.Bytes is { } bytes
                    ? ByteSize.Text(bytes) : "-", "", file.File);
            }
        }
        table.Write(output);
    }

    private static JsonObject Describe(ModelOverview set) => new()
    {
        ["name"] = set.Set.Name,
        ["title"] = set.Set.Title,
        ["licence"] = set.Set.Licence,
        ["source"] = set.Set.Source?.ToString(),
        ["folder"] = set.Folder,
        ["bytes"] = set.PresentBytes,
        ["networks"] = new JsonArray([.. set.Files.Select(file => new JsonObject
        {
            ["name"] = file.Network,
            ["file"] = file.File,
            ["path"] = file.Path,
            ["bytes"] = file.Bytes,
            ["url"] = file.Url?.ToString(),
        })]),
    };
}

/// <summary>What every command about models does around its work: signals, errors, exit code.</summary>
internal static class ModelsRun
{
    /// <summary>Runs the work; errors and signals become the exit code.</summary>
    /// <param name="error">Where errors go.</param>
    /// <param name="verbose">Whether they have their stack trace.</param>
    /// <param name="work">The work.</param>
    /// <param name="finishesOnInterrupt">Whether the first Ctrl-C lets it come to an end of its own.</param>
    public static int Execute(
        TextWriter error, bool verbose, Action<CancellationToken> work, bool finishesOnInterrupt = false)
    {
        // Nothing needs to be removed on the way out: what is unfinished is kept to go on with, or has no name yet.
        using var signals = new Signals(error, () => { }) { FinishesWorkOnInterrupt = finishesOnInterrupt };
        try
        {
            work(signals.Token);
            return signals.ExitCodeOfSignal ?? ExitCode.Done;
        }
        catch (OperationCanceledException) when (signals.ExitCodeOfSignal is not null)
        {
            return signals.ExitCodeOfSignal.Value;
        }
        catch (Exception exception)
        {
            return new ErrorReporter(error, verbose).Report(exception);
        }
    }
}
