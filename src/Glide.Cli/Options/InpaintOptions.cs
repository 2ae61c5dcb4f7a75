using System.CommandLine.Parsing;
using System.CommandLine;
using Glide.Editing;
using Glide.Images;

namespace Glide.Cli.Options;

/// <summary>What of an image is painted: a mask, rectangles, its transparency or a new border, and edits that follow.</summary>
internal sealed class PaintedPartOptions
{
    // Far more than anybody types, and a bound that the parser wants.
    private const int MostValues = 10_000;

    private readonly Option<string?> _mask = OptionValues.Text("--mask", [], "FILE",
        "White, or transparent where the file has transparency, is painted. Default: the image's own transparency.",
        path => path.Length > 0 ? null : "a file");
    private readonly Option<PixelRectangle[]?> _rectangles = new("--rect")
    {
        Description = "Paint a rectangle of pixels; may be given several times.",
        HelpName = "X,Y,W,H",
        Arity = new ArgumentArity(1, MostValues),
        CustomParser = ParseRectangles,
    };
    private readonly Option<bool> _invert = OptionValues.Flag("--invert-mask", "Keep what the masks paint and paint what they keep.");
    private readonly Option<string?> _extend = OptionValues.Text("--extend", [], "SIDES",
        "Grow the canvas, such as left=64,right=64, and paint the new border.",
        text => Borders.TryParse(text) is null ? "left=N, top=N, right=N, bottom=N with commas between, each once and N from 1" : null);
    private readonly Option<string?> _window = OptionValues.Text("--window", [], "X,Y,S",
        "The square of S pixels that the model sees. Default: around what is painted.",
        text => EditWindow.TryParse(text) is null ? "X,Y,S in whole pixels, S from 1" : null);
    private readonly Option<string?> _mode = OptionValues.OneOf("--mode", [], "MODE",
        "finetuned: the networks trained for it. implicit: the plain ones; follows the prompt better, blends worse. Default: finetuned.", "finetuned", "implicit");
    private readonly Option<string[]?> _then = new("--then")
    {
        Description = "Edit the result again: a mask (or X,Y,W,H) and a prompt; may be given several times, behind the prompts.",
        HelpName = "MASK PROMPT",
        Arity = new ArgumentArity(2, MostValues),
        AllowMultipleArgumentsPerToken = true,
    };

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        command.Add(_mask);
        command.Add(_rectangles);
        command.Add(_invert);
        command.Add(_extend);
        command.Add(_window);
        command.Add(_then);
        command.Add(_mode);
        (Option First, Option Second)[] contradictions = [(_mask, _rectangles), (_mask, _extend), (_rectangles, _extend), (_invert, _extend)];
        command.Validators.Add(result =>
        {
            foreach (var (first, second) in contradictions)
            {
                if (result.GetResult(first) is { Implicit: false } && result.GetResult(second) is { Implicit: false })
                    result.AddError($"{first.Name} and {second.Name} contradict each other; leave one out");
            }
            if (result.GetResult(_then) is { Implicit: false, Tokens.Count: var count } && count % 2 == 1)
                result.AddError("--then takes a mask and a prompt; found one without the other; prompts of the first edit stand before it");
        });
    }

    /// <summary>The recipe of the networks that paint: trained with masks, or plain ones.</summary>
    public string Task(ParseResult parsed) => parsed.GetValue(_mode) == "implicit" ? "sample" : "inpaint";

    /// <summary>The window that the user chose.</summary>
    public EditWindow? Window(ParseResult parsed) => parsed.GetValue(_window) is { } text ? EditWindow.TryParse(text) : null;

    /// <summary>The canvas and the edits.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="image">The image.</param>
    /// <param name="warn">Hears of a mask that replaces everything.</param>
    /// <exception cref="UsageException">A mask cannot be read, does not fit or keeps everything.</exception>
    public (RgbImage Canvas, IReadOnlyList<PaintStep> Steps) Read(ParseResult parsed, InitImage image, Action<string> warn)
    {
        bool inverts = parsed.GetValue(_invert);
        var (canvas, first) = FirstMask(parsed, image);
        var steps = new List<PaintStep> { new(Turn(first, inverts)) };
        foreach (string[] pair in (parsed.GetValue(_then) ?? []).Chunk(2))
        {
            var mask = PixelRectangle.TryParse(pair[0]) is { } rectangle
                ? MaskRules.FromRectangles([rectangle], canvas.Width, canvas.Height)
                : MaskRules.FromFile(pair[0], canvas.Width, canvas.Height);
            steps.Add(new PaintStep(Turn(mask, inverts), pair[1]));
        }
        foreach (var step in steps)
            MaskRules.Check(step.Mask, warn);
        return (canvas, steps);
    }

    private (RgbImage Canvas, KnownMask Mask) FirstMask(ParseResult parsed, InitImage source)
    {
        var image = source.Image;
        if (parsed.GetValue(_extend) is { } sides)
            return Borders.TryParse(sides)!.Grow(image);
        if (parsed.GetValue(_mask) is { } path)
            return (image, MaskRules.FromFile(path, image.Width, image.Height));
        return (image, parsed.GetValue(_rectangles) is { Length: > 0 } rectangles
            ? MaskRules.FromRectangles(rectangles, image.Width, image.Height)
            : MaskRules.FromTransparency(source));
    }

    private static KnownMask Turn(KnownMask mask, bool inverts) => inverts ? mask.Inverted() : mask;

    private static PixelRectangle[]? ParseRectangles(ArgumentResult result)
    {
        var rectangles = new List<PixelRectangle>();
        foreach (var token in result.Tokens)
        {
            if (PixelRectangle.TryParse(token.Value) is { } rectangle)
                rectangles.Add(rectangle);
            else
                result.AddError($"bad value for --rect; found '{token.Value}'; allowed is X,Y,W,H in whole pixels from 0, W and H from 1");
        }
        return [.. rectangles];
    }
}

/// <summary><c>--image</c> of the commands that start from an image.</summary>
internal sealed class SourceOption(string description)
{
    private readonly Option<string?> _image = OptionValues.Text("--image", ["-i"], "FILE", description, path => path.Length > 0 ? null : "a file");

    /// <summary>Adds the option to a command.</summary>
    public void AddTo(Command command)
    {
        command.Add(_image);
        command.Validators.Add(result =>
        {
            if (result.GetResult(_image) is null or { Implicit: true })
                result.AddError($"--image is missing; see 'glide {command.Name} --help'");
        });
    }

    /// <summary>Reads the image.</summary>
    /// <exception cref="UsageException">It cannot be read.</exception>
    public InitImage Load(ParseResult parsed) => InitImage.Load(parsed.GetValue(_image)!);
}
