namespace Glide.Datasets.Sprites;

/// <summary>How two things lie to each other, and the words for it.</summary>
/// <param name="Words">Words between the two; each is chosen equally often.</param>
/// <param name="First">The first thing's center from the image's, in parts of its side, to the right and down.</param>
/// <param name="Second">The second thing's, which is in front.</param>
internal sealed record SpriteRelation(IReadOnlyList<string> Words, (double X, double Y) First,
    (double X, double Y) Second)
{
    private const double D = SpriteScenes.HalfDistance;

    private static readonly SpriteRelation s_beside =
        new(["and", "next to", "beside"], (-D, 0), (D, 0)) { Mirrored = 0.25 };

    private static readonly SpriteRelation s_left = new(["to the left of"], (-D, 0), (D, 0));

    private static readonly SpriteRelation s_right = new(["to the right of"], (D, 0), (-D, 0));

    // Low and mostly at the right, where a hand would be.
    private static readonly SpriteRelation s_held = new(["with", "using", "holding"], (-0.1, -0.07), (0.28, 0.25))
    {
        Mirrored = 0.2,
        Lengths = (0.70, 0.78),
        OtherLengths = (SpriteScenes.LeastLength, 0.42),
    };

    /// <summary>Relations, as often as they are chosen.</summary>
    public static IReadOnlyList<SpriteRelation> All { get; } =
    [
        s_beside, s_beside, s_beside, s_beside, s_beside, s_beside,
        s_left, s_left, s_right, s_right,
        new(["above", "on top of"], (0, -D), (0, D)), new(["below", "under"], (0, D), (0, -D)),
        s_held, s_held, s_held, s_held,
    ];

    /// <summary>Sides of the first thing, in parts of the image's side.</summary>
    public (double Least, double Most) Lengths { get; private init; } = (0.44, 0.5);

    /// <summary>Sides of the second.</summary>
    public (double Least, double Most) OtherLengths { get; private init; } = (0.44, 0.5);

    /// <summary>Probability that left and right are exchanged, of which the words say nothing.</summary>
    private double Mirrored { get; init; }

    /// <summary>Chooses the centers.</summary>
    public ((double X, double Y) First, (double X, double Y) Second) Places(CounterRandom random) =>
        random.Chance(Mirrored) ? ((-First.X, First.Y), (-Second.X, Second.Y)) : (First, Second);
}
