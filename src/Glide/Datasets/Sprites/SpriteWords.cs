using System.Text.RegularExpressions;

namespace Glide.Datasets.Sprites;

/// <summary>English words about sprites.</summary>
internal static partial class SpriteWords
{
    private static readonly Dictionary<string, string> s_plurals = new(StringComparer.Ordinal)
    {
        ["child"] = "children",
        ["person"] = "people",
        ["merperson"] = "merpeople",
        ["mouse"] = "mice",
        ["foot"] = "feet",
        ["tooth"] = "teeth",
        ["goose"] = "geese",
        ["ox"] = "oxen",
        ["elf"] = "elves",
        ["wolf"] = "wolves",
        ["leaf"] = "leaves",
        ["knife"] = "knives",
        ["scarf"] = "scarves",
        ["sheep"] = "sheep",
        ["deer"] = "deer",
        ["moose"] = "moose",
        ["fish"] = "fish",
        ["blowfish"] = "blowfish",
        ["shrimp"] = "shrimp",
        ["squid"] = "squid",
        ["bison"] = "bison",
        ["potato"] = "potatoes",
        ["tomato"] = "tomatoes",
        ["volcano"] = "volcanoes",
        ["tornado"] = "tornadoes",
        ["mosquito"] = "mosquitoes",
        ["mango"] = "mangoes",
        ["superhero"] = "superheroes",
        ["hero"] = "heroes",
    };

    /// <summary>The name with its article.</summary>
    public static string WithArticle(Sprite sprite) =>
        sprite.Article.Length == 0 ? sprite.Name : $"{sprite.Article} {sprite.Name}";

    /// <summary>A caption without the article that it begins with, if any.</summary>
    public static string WithoutArticle(string caption) => Article().Replace(caption, "");

    /// <summary>A caption of the same thing, but small; <c>null</c> for the only one of its kind.</summary>
    public static string? Small(string caption) => caption.StartsWith("the ", StringComparison.Ordinal)
        ? null
        : caption.StartsWith("a ", StringComparison.Ordinal) || caption.StartsWith("an ", StringComparison.Ordinal)
            ? "a small " + WithoutArticle(caption)
            : "small " + caption;

    /// <summary>The name of several; <c>null</c> for what is not counted, or has no plain plural.</summary>
    public static string? Plural(Sprite sprite)
    {
        if (sprite.Article is not ("a" or "an") || !Countable().IsMatch(sprite.Name))
            return null;
        // "man running" and "couple kissing" have their noun elsewhere; "wedding ring" does not.
        string[] words = sprite.Name.Split(' ');
        if (words.Length > 1 && (words[0] is "man" or "woman" or "person" || words[^1] is "up" or "down"
            || (words[^1].EndsWith("ing", StringComparison.Ordinal) && words[^1] is not ("ring" or "building"))))
        {
            return null;
        }
        words[^1] = PluralOf(words[^1]);
        return string.Join(' ', words);
    }

    /// <summary>
    /// Whether the thing is as true a one with left and right exchanged: no sign or text, and nothing whose captions
    /// name a side.
    /// </summary>
    public static bool MayFlip(Sprite sprite) => sprite.Group is not ("symbols" or "flags")
        && !Sided().IsMatch(sprite.Name) && !sprite.Captions.Any(caption => Sided().IsMatch(caption));

    private static string PluralOf(string noun)
    {
        if (s_plurals.TryGetValue(noun, out string? irregular))
            return irregular;
        if (noun.EndsWith("man", StringComparison.Ordinal) && noun is not "human")
            return noun[..^3] + "men";
        if (ConsonantAndY().IsMatch(noun))
            return noun[..^1] + "ies";
        return Sibilant().IsMatch(noun) ? noun + "es" : noun + "s";
    }

    [GeneratedRegex("^(a|an|the) ")]
    private static partial Regex Article();

    [GeneratedRegex("^[a-z]+( [a-z]+)?(?<!s)$")]
    private static partial Regex Countable();

    [GeneratedRegex("[^aeiou]y$")]
    private static partial Regex ConsonantAndY();

    [GeneratedRegex("(ch|sh|x|z)$")]
    private static partial Regex Sibilant();

    [GeneratedRegex(@"\b(left|right|north|south|east|west|arrow|cursor|clock|stopwatch|watch|calendar|text|letter|"
        + @"word|writing|number|digit|sign|symbol|logo|button|keyboard|calculator|book|page|newspaper|map|globe|score|"
        + @"note|music|musical|chart|dollar|euro|pound|yen|percent|question|hundred|flag|badge|ticket|receipt|"
        + @"thermometer|jersey|dice|playing card|joker card|gauge|ruler)(s|wards?)?\b")]
    private static partial Regex Sided();
}
