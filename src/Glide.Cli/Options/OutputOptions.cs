using System.CommandLine;
using Glide.Batches;
using Glide.Pipelines.Settings;

namespace Glide.Cli.Options;

/// <summary>Where images go and how much is said about them; the same for every command that makes some.</summary>
internal sealed class OutputOptions(
    string pathDescription = OutputOptions.FileOrFolder,
        string overwriteDescription = "Replace existing files that --output and other options name.",
    string jsonDescription = "Print one JSON object per image instead of its path.")
{
    private const string FileOrFolder =
        "A .png, .jpg or .webp for one image, otherwise a folder, made if missing. Default: the current folder, names "
            + "like a-red-circle-7.png.";

    private readonly Option<string?> _path = OptionValues.Text("--output", ["-o"], "PATH", pathDescription,
        path => OptionValues.OutputFault(path, "a file or a folder") ?? OutputNames.Fault(path));
    private readonly Option<bool> _overwrite = OptionValues.Flag("--overwrite", overwriteDescription);
    private readonly Option<bool> _json = OptionValues.Flag("--json", jsonDescription);
    private readonly Option<bool> _quiet = OptionValues.Flag("--quiet", "Print no progress and no notices.", "-q");
    private readonly Option<bool> _verbose =
        OptionValues.Flag("--verbose", "Print errors with their stack trace.", "-v");

    public Option<string?> Path => _path;

    public void AddTo(Command command) =>
        command.Add(SettingGroup.Output, _path, _overwrite, _json, _quiet, _verbose);

    public OutputSettings Read(ParseResult parsed) => new(
        parsed.GetValue(_path), parsed.GetValue(_overwrite), parsed.GetValue(_json), parsed.GetValue(_quiet),
            parsed.GetValue(_verbose));
}

/// <summary>Values of <see cref="OutputOptions"/>.</summary>
/// <param name="Path">File or folder; <c>null</c> for the current folder.</param>
/// <param name="Overwrite">Whether an existing file of that name is replaced.</param>
/// <param name="Json">Whether stdout gets JSON.</param>
/// <param name="Quiet">Whether stderr gets only warnings and errors.</param>
/// <param name="Verbose">Whether stderr gets details.</param>
internal sealed record OutputSettings(string? Path, bool Overwrite, bool Json, bool Quiet, bool Verbose);
