namespace Glide.Datasets.Sprites;

/// <summary>A sprite's place in a scene.</summary>
/// <param name="Sprite">Which.</param>
/// <param name="X">Its center from the left, in parts of the image's side.</param>
/// <param name="Y">Its center from the top.</param>
/// <param name="Length">Its side.</param>
/// <param name="IsFlipped">Whether it has left and right exchanged.</param>
internal readonly record struct PlacedSprite(int Sprite, double X, double Y, double Length, bool IsFlipped);

/// <summary>What an image shall show.</summary>
/// <param name="Caption">In words.</param>
/// <param name="Ground">Red, green and blue behind everything, 0 to 255.</param>
/// <param name="Objects">From the back to the front.</param>
internal sealed record Scene(string Caption, IReadOnlyList<float> Ground, IReadOnlyList<PlacedSprite> Objects);

/// <summary>Composes scenes at random: one thing, two in some relation, or several of the same.</summary>
/// <remarks>
/// Sprites are flipped alone, never the whole scene, so that left stays left; those with text or a side in their words
/// (<see cref="SpriteWords.MayFlip"/>) are not flipped at all.
/// </remarks>
internal sealed class SpriteScenes
{
    /// <summary>Shares of scenes with one thing and with two; the rest has several of the same.</summary>
    public const double OneThing = 0.66, TwoThings = 0.26;

    /// <summary>Share of the scenes with a ground that the caption names; the others are white.</summary>
    public const double NamedGround = 0.28;

    /// <summary>Share of single things that are small.</summary>
    public const double SmallThing = 0.05;

    /// <summary>Half of the distance of two things, in parts of the image's side.</summary>
    public const double HalfDistance = 0.24;

    /// <summary>Sides of the smallest and the largest sprite.</summary>
    public const double LeastLength = 0.34, MostLength = 0.98;

    private const double Jitter = 0.01, SmallJitter = 0.02, GroundDeviation = 5;
    private const double OwnCaption = 0.65, OwnCaptionInPair = 0.25, NoArticle = 0.1, Flipped = 0.4;
    private const double IconBesides3d = 0.15, IconUnnamed = 0.6;

    private static readonly (string Name, float[] Color)[] s_grounds =
    [
        ("white", [255, 255, 255]), ("black", [22, 22, 26]), ("gray", [152, 152, 154]), ("red", [218, 58, 56]),
        ("orange", [246, 152, 52]), ("yellow", [250, 220, 84]), ("green", [86, 176, 92]), ("pink", [250, 176, 206]),
        ("light green", [180, 228, 164]), ("blue", [58, 108, 220]), ("light blue", [164, 212, 246]),
        ("purple", [138, 84, 198]), ("brown", [138, 94, 60]), ("beige", [240, 228, 202]),
    ];

    private static readonly (string Number, (double X, double Y)[] Places)[] s_groups =
    [
        ("two", [(-1, 0), (1, 0)]),
        ("three", [(0, -0.95), (-1, 0.9), (1, 0.9)]),
        ("four", [(-1, -1), (1, -1), (-1, 1), (1, 1)]),
    ];

    private readonly IReadOnlyList<Sprite> _sprites;
    private readonly Weighted<StyleSprites> _styles;
    private readonly StyleSprites? _icons;
    private readonly HashSet<string> _namesIn3d;

    /// <param name="sprites">All sprites.</param>
    /// <param name="usable">Those that are drawn, at least one.</param>
    public SpriteScenes(IReadOnlyList<Sprite> sprites, IEnumerable<int> usable)
    {
        _sprites = sprites;
        StyleSprites[] styles = [.. usable.GroupBy(sprite => sprites[sprite].Style)
            .Select(style => new StyleSprites(SpriteStyle.Of(style.Key),
                new Weighted<int>([.. style], sprite => WeightOf(sprites[sprite]))))];
        bool isAnyChosen = styles.Any(style => style.Style.Weight > 0);
        _styles = new Weighted<StyleSprites>(styles, style => isAnyChosen ? style.Style.Weight : 1);
        _icons = Array.Find(styles, style => style.Style.Name == SpriteStyle.Icon);
        _namesIn3d = [.. sprites.Where(sprite => sprite.Style == SpriteStyle.Unnamed).Select(sprite => sprite.Name)];
    }

    /// <summary>The scene of a number.</summary>
    /// <param name="seed">The seed of the run.</param>
    /// <param name="number">The number of the sample in the run.</param>
    /// <param name="flip">Whether sprites may be flipped.</param>
    public Scene Compose(long seed, long number, bool flip)
    {
        var random = new CounterRandom(seed, RandomUse.Scene, number);
        var style = _styles.Pick(random);
        int sprite = style.Sprites.Pick(random);
        double kind = random.Unit();
        var (caption, objects) = kind < OneThing ? One(random, sprite)
            : kind < OneThing + TwoThings ? Two(random, sprite, Partner(random, style))
            : Several(random, sprite);
        caption = Styled(random, caption, sprite, style.Style);
        var (ground, words) = Ground(random);
        caption += words;
        if (random.Chance(NoArticle))
            caption = SpriteWords.WithoutArticle(caption);
        return new Scene(caption, ground,
            [.. objects.Select(placed => placed with { IsFlipped = placed.IsFlipped && flip })]);
    }

    // People come in so many variants that they would crowd out all else; symbols are plain.
    private static double WeightOf(Sprite sprite) => sprite.Group switch
    {
        "people-body" => 0.25,
        "symbols" or "flags" => 0.4,
        _ => 1,
    };

    private (string Caption, PlacedSprite[] Objects) One(CounterRandom random, int sprite)
    {
        string caption = Words(random, sprite, OwnCaption);
        if (random.Chance(SmallThing) && SpriteWords.Small(caption) is { } small)
            return (small, [Place(random, sprite, (0, 0), random.Between(0.36, 0.46), SmallJitter)]);
        return (caption, [Place(random, sprite, (0, 0), random.Between(0.86, MostLength))]);
    }

    private (string Caption, PlacedSprite[] Objects) Two(CounterRandom random, int sprite, int other)
    {
        var relation = random.Pick(SpriteRelation.All);
        string caption = $"{Words(random, sprite, OwnCaption * OwnCaptionInPair)} {random.Pick(relation.Words)} "
            + Words(random, other, OwnCaption * OwnCaptionInPair);
        var (first, second) = relation.Places(random);
        var (least, most) = relation.Lengths;
        var (otherLeast, otherMost) = relation.OtherLengths;
        return (caption,
            [
                Place(random, sprite, first, random.Between(least, most)),
                Place(random, other, second, random.Between(otherLeast, otherMost)),
            ]);
    }

    private (string Caption, PlacedSprite[] Objects) Several(CounterRandom random, int sprite)
    {
        const double d = HalfDistance;
        var (number, places) = random.Pick(s_groups);
        if (SpriteWords.Plural(_sprites[sprite]) is not { } plural)
            return One(random, sprite);
        bool isFlipped = Flips(random, sprite);
        return ($"{number} {plural}", [.. places.Select(place =>
            Place(random, sprite, (place.X * d, place.Y * d), random.Between(0.42, 0.47))
                with { IsFlipped = isFlipped })]);
    }

    private int Partner(CounterRandom random, StyleSprites style) =>
        (style.Style.Name == SpriteStyle.Unnamed && _icons is not null && random.Chance(IconBesides3d)
            ? _icons : style).Sprites.Pick(random);

    private string Words(CounterRandom random, int sprite, double ownCaption) => random.Chance(ownCaption)
        ? random.Pick(_sprites[sprite].Captions)
        : SpriteWords.WithArticle(_sprites[sprite]);

    private bool Flips(CounterRandom random, int sprite) =>
        random.Chance(Flipped) && SpriteWords.MayFlip(_sprites[sprite]);

    private PlacedSprite Place(CounterRandom random, int sprite, (double X, double Y) fromCenter, double length,
        double jitter = Jitter) => new(sprite, 0.5 + fromCenter.X + random.Normal(jitter),
            0.5 + fromCenter.Y + random.Normal(jitter), length, Flips(random, sprite));

    private string Styled(CounterRandom random, string caption, int sprite, SpriteStyle style) =>
        style.Name == SpriteStyle.Icon && !_namesIn3d.Contains(_sprites[sprite].Name) && random.Chance(IconUnnamed)
            ? caption
            : SpriteStyle.Fill(random.Pick(style.Forms), caption);

    private static (IReadOnlyList<float> Color, string Words) Ground(CounterRandom random)
    {
        if (!random.Chance(NamedGround))
            return (s_grounds[0].Color, "");
        var (name, color) = random.Pick(s_grounds);
        float[] ground = name == "white"
            ? color
            : [.. color.Select(level => (float)Math.Clamp(level + random.Normal(GroundDeviation), 0, 255))];
        return (ground, $" on {(name[0] is 'o' ? "an" : "a")} {name} background");
    }

    private sealed record StyleSprites(SpriteStyle Style, Weighted<int> Sprites);

    /// <summary>Things with probabilities in proportion to weights.</summary>
    private sealed class Weighted<T>
    {
        private readonly T[] _things;
        private readonly double[] _ends;

        public Weighted(IReadOnlyList<T> things, Func<T, double> weightOf)
        {
            _things = [.. things.Where(thing => weightOf(thing) > 0)];
            _ends = new double[_things.Length];
            double sum = 0;
            for (int i = 0; i < _ends.Length; i++)
                _ends[i] = sum += weightOf(_things[i]);
        }

        public T Pick(CounterRandom random)
        {
            int place = Array.BinarySearch(_ends, random.Unit() * _ends[^1]);
            // A number that is an end belongs to the next; rounding must not lead beyond the last.
            return _things[Math.Min(place < 0 ? ~place : place + 1, _things.Length - 1)];
        }
    }
}
