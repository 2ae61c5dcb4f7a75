using System.CommandLine;

namespace Glide.Cli.Options;

/// <summary><c>--sheet</c>: small images go onto one numbered sheet.</summary>
internal sealed class SheetOption
{
    private readonly Option<string?> _sheet = OptionValues.Text("--sheet", [], "FILE",
        "With --no-upsample: write the small images as one numbered sheet, a .png, from which 'glide finish' enlarges some later.",
        path => path.EndsWith(".png", StringComparison.OrdinalIgnoreCase) ? null : "a name that ends in .png");

    /// <summary>The option, for what contradicts it.</summary>
    public Option<string?> File => _sheet;

    /// <summary>Adds the option to a command.</summary>
    /// <param name="command">The command.</param>
    /// <param name="noUpsample">What it needs.</param>
    /// <param name="output">What it takes the place of.</param>
    public void AddTo(Command command, Option noUpsample, Option output)
    {
        command.Add(_sheet);
        command.Validators.Add(result =>
        {
            if (result.GetResult(_sheet) is null or { Implicit: true })
                return;
            if (result.GetResult(noUpsample) is null or { Implicit: true })
                result.AddError("--sheet shows small images; add --no-upsample, or leave --sheet out");
            if (result.GetResult(output) is { Implicit: false })
                result.AddError("--sheet and --output contradict each other; a sheet is one file and takes the place of the images; leave one out");
        });
    }

    /// <summary>The file; <c>null</c> where images are written one by one.</summary>
    public string? Read(ParseResult parsed) => parsed.GetValue(_sheet);
}
