using System.CommandLine;
using System.Text.Json.Nodes;
using Glide.Cli.Options;
using Glide.Cli.Output;
using Glide.ModelSets;

namespace Glide.Cli.Commands;

/// <summary><c>glide models download</c>: brings a set's weights to this machine.</summary>
internal sealed class ModelsDownloadCommand : Command, IExamples
{
    private readonly Argument<string> _set =
        new("SET") { Description = "Name of the set, such as openai, or a folder with a model.json." };
    private readonly Option<string?> _only =
        OptionValues.Text("--only", [], "NAMES",
            "Comma-separated names of networks. Default: all of the set.",
        names => Split(names).Length > 0 ? null : "names such as base,upsample");
    private readonly Option<string?> _from = OptionValues.Text("--from", [], "FOLDER|URL",
        "Take the files from a folder or its URL instead of their publisher. Plain http is allowed only here.",
        value => value.Length > 0 ? null : "a folder or a URL");
    private readonly Option<string?> _folder = OptionValues.Text("--folder", [], "FOLDER",
        "Where the files go; name it with --model later. Default: a folder in $GLIDE_MODELS or "
            + "~/.local/share/glide/models.",
        value => value.Length > 0 ? null : "a folder");
    private readonly Option<bool> _offline =
        OptionValues.Flag("--offline", "Use no network; a missing file is an error.");
    private readonly Option<bool> _json = OptionValues.Flag("--json",
        "Print one JSON object per file instead of its path.");
    private readonly Option<bool> _quiet = OptionValues.Flag("--quiet", "Print no progress.", "-q");
    private readonly Option<bool> _verbose =
        OptionValues.Flag("--verbose", "Print errors with their stack trace.", "-v");

    public ModelsDownloadCommand(TextWriter output, TextWriter error)
        : base("download", "Downloads the missing or damaged files of a set. Interrupted downloads resume.")
    {
        Add(_set);
        foreach (var option in new Option[] { _only, _from, _folder, _offline, _json, _quiet, _verbose })
            Add(option);
        SetAction(parsed => ModelsRun.Execute(error, parsed.GetValue(_verbose), cancellation =>
            Download(parsed, output, error, cancellation)));
    }

    public IReadOnlyList<string> Examples { get; } =
    [
        "glide models download openai",
        "glide models download openai --only base,upsample",
        "glide models download openai --from /mnt/share/glide --offline",
    ];

    private void Download(ParseResult parsed, TextWriter output, TextWriter error, CancellationToken cancellation)
    {
        var set = ModelFolders.FromEnvironment().FindForDownload(parsed.GetValue(_set)!, parsed.GetValue(_folder));
        var options = new DownloadOptions
        {
            Only = parsed.GetValue(_only) is { } names ? Split(names) : null,
            From = parsed.GetValue(_from),
            Offline = parsed.GetValue(_offline),
        };
        using var downloader = new ModelDownloader();
        IReadOnlyList<DownloadedFile> files = [];
        new DownloadBars(error, parsed.GetValue(_quiet), ConsoleProgress.CanAnimate).Run(progress =>
            files = downloader.DownloadAsync(set, options, progress, cancellation).GetAwaiter().GetResult());
        foreach (var file in files)
        {
            output.WriteLine(!parsed.GetValue(_json) ? file.Path : JsonLine.Of(new JsonObject
            {
                ["file"] = file.File,
                ["path"] = file.Path,
                ["bytes"] = file.Bytes,
                ["sha256"] = file.Sha256,
                ["was_there"] = file.WasThere,
            }));
        }
    }

    private static string[] Split(string names) =>
        names.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
}
