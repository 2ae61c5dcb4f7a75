using System.CommandLine;
using Glide.Cli.Output;
using Glide.Pipelines.Settings;
using Glide.Sheets;

namespace Glide.Cli.Options;

/// <summary>What a run shows beside its images: a contact sheet, how they formed, a preview in the terminal.</summary>
/// <param name="hasFilm">Whether <c>--gif</c> is among them, which follows few images.</param>
internal sealed class ViewOptions(bool hasFilm = true)
{
    private readonly Option<string?> _grid = OptionValues.Text("--grid", [], "FILE",
        "Also write a contact sheet, a .png with prompt and seed below each image.",
        path => IsNamed(path, ".png") ? null : "a name that ends in .png");
    private readonly Option<string?> _film = OptionValues.Text("--gif", [], "FILE",
        $"Show how the images form, step by step: a .gif, or a .png with a strip. At most {StepAnimation.MostImages} "
            + $"images.",
        path => IsNamed(path, ".gif") || IsNamed(path, ".png") ? null : "a name that ends in .gif or .png");
    private readonly Option<string?> _preview = OptionValues.OneOf(PreviewArgument.Name, [], "[KIND]",
        "Show the image in the terminal while it forms: auto, kitty, iterm2, sixel or blocks. Default: auto, by the "
            + "terminal's capabilities.", PreviewArgument.Kinds);

    /// <summary><c>--gif</c>, for what contradicts it.</summary>
    public Option<string?> Film => _film;

    public Option<string?> Preview => _preview;

    public void AddTo(Command command)
    {
        command.Add(SettingGroup.Output, hasFilm ? [_grid, _film, _preview] : [_grid, _preview]);
        command.Validators.Add(result =>
        {
            string? grid = result.GetResult(_grid)?.Tokens is [var first] ? first.Value : null;
            string? film = result.GetResult(_film)?.Tokens is [var second] ? second.Value : null;
            if (grid is not null && film is not null && Path.GetFullPath(grid) == Path.GetFullPath(film))
                result.AddError($"--grid and --gif name the same file; '{grid}'; give them different names");
        });
    }

    public ViewSettings Read(ParseResult parsed) =>
        new(parsed.GetValue(_grid), hasFilm ? parsed.GetValue(_film) : null, parsed.GetValue(_preview));

    private static bool IsNamed(string path, string extension) =>
        path.EndsWith(extension, StringComparison.OrdinalIgnoreCase)
            && Path.GetFileName(path).Length > extension.Length;
}

/// <summary>Values of <see cref="ViewOptions"/>.</summary>
/// <param name="Grid">Name of the contact sheet; <c>null</c> for none.</param>
/// <param name="Film">Name of the film of the steps; <c>null</c> for none.</param>
/// <param name="Preview">A protocol by name, or <c>auto</c>; <c>null</c> for no preview.</param>
internal sealed record ViewSettings(string? Grid, string? Film, string? Preview)
{
    public static ViewSettings None { get; } = new(null, null, null);
}

/// <summary><c>--sheet</c>: small images go onto one numbered sheet.</summary>
internal sealed class SheetOption
{
    private readonly Option<string?> _sheet = OptionValues.Text("--sheet", [], "FILE",
        "With --no-upsample: write the small images as one numbered sheet, a .png, from which 'glide finish' enlarges "
            + "some later.",
        path => path.EndsWith(".png", StringComparison.OrdinalIgnoreCase) ? null : "a name that ends in .png");

    public Option<string?> File => _sheet;

    /// <summary>Adds the option to a command.</summary>
    /// <param name="command">The command.</param>
    /// <param name="noUpsample">What it needs.</param>
    /// <param name="output">What it takes the place of.</param>
    public void AddTo(Command command, Option noUpsample, Option output)
    {
        command.Add(SettingGroup.Output, _sheet);
        command.Validators.Add(result =>
        {
            if (result.GetResult(_sheet) is null or { Implicit: true })
                return;
            if (result.GetResult(noUpsample) is null or { Implicit: true })
                result.AddError("--sheet shows small images; add --no-upsample, or leave --sheet out");
            if (result.GetResult(output) is { Implicit: false })
            {
                result.AddError(
                    "--sheet and --output contradict each other; a sheet is one file and takes the place of the "
                        + "images; leave one out");
            }
        });
    }

    /// <summary>The file; <c>null</c> where images are written one by one.</summary>
    public string? Read(ParseResult parsed) => parsed.GetValue(_sheet);
}
