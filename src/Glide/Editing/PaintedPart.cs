using Glide.Images;
using Glide.Pipelines.Settings;

namespace Glide.Editing;

/// <summary>What of an image is painted: a mask, rectangles, transparency or a new border, and later edits.</summary>
internal sealed record PaintedPart
{
    /// <summary>Its settings: options of <c>glide inpaint</c> and fields of a batch's rows.</summary>
    public static IReadOnlyList<Setting<PaintedPart>> Settings { get; } =
    [
        new("mask", new TextKind(IsFile), part => part.Mask, (part, text) => part with { Mask = text })
        {
            Placeholder = "FILE", Default = "the image's own transparency", Group = SettingGroup.Image,
            Help = "White is painted; of a file with transparency the transparent part, or strokes on an empty layer.",
        },
        new("rect", new TextKind(IsRectangle),
            part => part.Rectangles is [.., var last] ? $"{last.X},{last.Y},{last.Width},{last.Height}" : null,
            (part, text) => part with { Rectangles = [.. part.Rectangles, PixelRectangle.TryParse(text)!] })
        {
            Placeholder = "X,Y,W,H", Help = "Paint a rectangle of pixels; may be given several times.",
            Group = SettingGroup.Image, IsRepeatable = true,
        },
        new("invert-mask", new FlagKind(), part => FlagKind.Text(part.Inverts),
            (part, text) => part with { Inverts = FlagKind.Read(text) == true })
        {
            Help = "Swap what the masks paint and keep.", Group = SettingGroup.Image,
        },
        new("extend", new TextKind(IsBorders), part => part.Extend, (part, text) => part with { Extend = text })
        {
            Placeholder = "SIDES", Group = SettingGroup.Image,
            Help = "Grow the canvas, such as left=64,right=64, and paint the new border.",
        },
        new("window", new TextKind(IsWindow), part => part.Window?.ToString(),
            (part, text) => part with { Window = EditWindow.TryParse(text) })
        {
            Placeholder = "X,Y,S", Help = "The square of S pixels that the model sees.",
            Default = "around what is painted", Group = SettingGroup.Image,
        },
        new("mode", new OneOfKind(["finetuned", "implicit"]), part => part.IsImplicit ? "implicit" : "finetuned",
            (part, text) => part with { IsImplicit = text == "implicit" })
        {
            Placeholder = "MODE", Default = "finetuned", Group = SettingGroup.Image,
            Help = "finetuned: the inpainting networks. implicit: the others; follows the prompt better, blends worse.",
        },
    ];

    /// <summary>A file; <c>null</c> for none.</summary>
    public string? Mask { get; init; }

    public IReadOnlyList<PixelRectangle> Rectangles { get; init; } = [];

    /// <summary>Whether masks say what is kept.</summary>
    public bool Inverts { get; init; }

    /// <summary>By how much the canvas grows; <c>null</c> for not at all.</summary>
    public string? Extend { get; init; }

    /// <summary>The window that the user chose; <c>null</c> for none.</summary>
    public EditWindow? Window { get; init; }

    /// <summary>Whether plain networks paint.</summary>
    public bool IsImplicit { get; init; }

    /// <summary>Pairs of a mask and a prompt for the edits that follow.</summary>
    public IReadOnlyList<string> Then { get; init; } = [];

    /// <summary>The recipe of the networks that paint: trained with masks, or plain ones.</summary>
    public string Task => IsImplicit ? "sample" : "inpaint";

    /// <summary>Settings that exclude each other.</summary>
    /// <param name="isGiven">Whether a setting is given, by name.</param>
    public static IEnumerable<string> Contradictions(Func<string, bool> isGiven)
    {
        (string First, string Second)[] pairs =
            [("mask", "rect"), ("mask", "extend"), ("rect", "extend"), ("invert-mask", "extend")];
        return pairs.Where(pair => isGiven(pair.First) && isGiven(pair.Second))
            .Select(pair => $"--{pair.First} and --{pair.Second} contradict each other; leave one out");
    }

    /// <summary>The canvas and the edits.</summary>
    /// <param name="image">The image.</param>
    /// <param name="warn">Called with a warning about a mask that paints nearly everything.</param>
    /// <param name="notice">Called with how much is painted, and how a file with transparency is understood.</param>
    /// <exception cref="UsageException">A mask cannot be read, does not fit or keeps everything.</exception>
    public (InitImage Canvas, IReadOnlyList<PaintStep> Steps) Read(InitImage image, Action<string> warn,
        Action<string> notice)
    {
        var (canvas, first) = FirstMask(image, notice);
        var steps = new List<PaintStep> { new(first) };
        foreach (string[] pair in Then.Chunk(2))
        {
            var mask = PixelRectangle.TryParse(pair[0]) is { } rectangle
                ? Turn(MaskRules.FromRectangles([rectangle], canvas.Image.Width, canvas.Image.Height))
                : FromFile(pair[0], canvas.Image, notice);
            steps.Add(new PaintStep(mask, pair[1]));
        }
        foreach (var step in steps)
        {
            bool isWarned = false;
            MaskRules.Check(step.Mask, warning =>
            {
                // A border is meant to be as large as it is, and cannot be inverted.
                if (Extend is not null)
                    return;
                warn(warning);
                isWarned = true;
            });
            if (!isWarned)
                notice($"{MaskRules.ShareOf(step.Mask)} will be painted");
        }
        return (canvas, steps);
    }

    private (InitImage Canvas, KnownMask Mask) FirstMask(InitImage source, Action<string> notice)
    {
        var image = source.Image;
        if (Extend is not null)
        {
            var borders = Borders.TryParse(Extend)!;
            var (canvas, mask) = borders.Grow(image);
            return (new InitImage(canvas, borders.Grow(source.Alpha, image)), mask);
        }
        if (Mask is not null)
            return (source, FromFile(Mask, image, notice));
        if (Rectangles.Count > 0)
            return (source, Turn(MaskRules.FromRectangles(Rectangles, image.Width, image.Height)));
        // What lies under half transparent pixels is painted, so that nothing transparent is left.
        var transparent = MaskRules.FromTransparency(source);
        return Inverts
            ? (source, Turn(transparent))
            : (new InitImage(Transparency.FillHidden(image, source.Alpha), Alpha: null), transparent);
    }

    private KnownMask FromFile(string path, RgbImage image, Action<string> notice)
    {
        var (mask, paintsOpaque) = MaskRules.Read(path, image.Width, image.Height, image);
        if (paintsOpaque is { } opaque)
        {
            notice($"{path}: {(opaque ? "the strokes on its empty layer are" : "its transparent part is")} "
                + $"{(Inverts ? "kept" : "painted")}; {(Inverts ? "without" : "with")} --invert-mask the "
                + $"{(opaque ? "rest" : "opaque part")} is");
        }
        return Turn(mask);
    }

    private KnownMask Turn(KnownMask mask) => Inverts ? mask.Inverted() : mask;

    private static string? IsFile(string path) => path.Length > 0 ? null : "a file";

    private static string? IsRectangle(string text) =>
        PixelRectangle.TryParse(text) is null ? "X,Y,W,H in whole pixels from 0, W and H from 1" : null;

    private static string? IsBorders(string text) => Borders.TryParse(text) is null
        ? "left=N, top=N, right=N, bottom=N with commas between, each once and N from 1" : null;

    private static string? IsWindow(string text) =>
        EditWindow.TryParse(text) is null ? "X,Y,S in whole pixels, S from 1" : null;
}
