using System.Globalization;

namespace Glide.Datasets.Sprites;

/// <summary>A way of drawing things, how often it is chosen, and how captions name it.</summary>
/// <param name="Name">As in the list of sprites.</param>
/// <param name="Weight">How often, relative to the others; 0 for never.</param>
/// <param name="Forms">What a caption becomes; each is chosen equally often.</param>
internal sealed record SpriteStyle(string Name, double Weight, IReadOnlyList<string> Forms)
{
    /// <summary>What a caption means that names no style.</summary>
    public const string Unnamed = "3d";

    /// <summary>Signs, which show things that the other styles lack.</summary>
    public const string Icon = "icon";

    private static readonly SpriteStyle[] s_known =
    [
        new(Unnamed, 6, ["{0}", "{0}", "{0}", "{0}, 3d", "a 3d render of {0}", "{0} in 3d"]),
        new("flat", 1, ["{0}, flat", "a flat drawing of {0}", "{0} in flat style"]),
        new("noto", 1, ["{0}, cartoon", "a cartoon of {0}", "{0} in cartoon style"]),
        new(Icon, 1.2, ["{0}, icon", "an icon of {0}"]),
        // Looks so much like 3d that it would only blur the words.
        new("color", 0, ["{0}, vector art", "a vector drawing of {0}"]),
    ];

    /// <summary>The style of a name, which need not be known.</summary>
    public static SpriteStyle Of(string name) => Array.Find(s_known, style => style.Name == name)
        ?? new SpriteStyle(name, 1, ["{0}, " + Escape(name), "{0} in " + Escape(name) + " style"]);

    /// <summary>A caption that names the style in one of its forms.</summary>
    public static string Fill(string form, string caption) =>
        string.Format(CultureInfo.InvariantCulture, form, caption);

    private static string Escape(string name) => name.Replace("{", "{{", StringComparison.Ordinal)
        .Replace("}", "}}", StringComparison.Ordinal);
}
