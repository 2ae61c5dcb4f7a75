using System.Globalization;

namespace Glide.Shapes;

/// <summary>
/// An image of one or two colored shapes with a caption that is true of it, drawn from signed distances.
/// </summary>
/// <param name="Caption">What it shows.</param>
/// <param name="Pixels">Channels, rows, columns in [−1, 1].</param>
internal sealed record ShapeImage(string Caption, float[] Pixels)
{
    /// <summary>Width and height in pixels, unless another is asked for.</summary>
    public const int Side = 32;

    // Radii as parts of the image's side.
    private static readonly (string Name, double Radius)[] s_sizes =
        [("small", 0.16), ("medium", 0.26), ("large", 0.38)];

    private const double RadiusOfTwo = 0.17;

    private static readonly (string Name, int Red, int Green, int Blue)[] s_colors =
    [
        ("red", 220, 40, 40), ("orange", 245, 140, 30), ("yellow", 240, 215, 50), ("green", 50, 160, 70),
            ("cyan", 60, 200, 210),
        ("blue", 45, 85, 205), ("purple", 130, 60, 175), ("pink", 245, 130, 180), ("brown", 130, 85, 45),
            ("black", 25, 25, 25),
        ("white", 252, 252, 252), ("gray", 130, 130, 130),
    ];

    private static readonly string[] s_shapes =
        ["circle", "square", "triangle", "star", "heart", "ring", "diamond", "cross", "hexagon", "crescent"];

    // Where a small shape's center lies, in parts of the side from the image's center, downwards and to the right.
    private static readonly (string Name, double X, double Y)[] s_places =
    [
        ("in the top left corner", -0.28, -0.28), ("in the top right corner", 0.28, -0.28),
        ("in the bottom left corner", -0.28, 0.28), ("in the bottom right corner", 0.28, 0.28),
        ("in the top", 0, -0.28), ("in the bottom", 0, 0.28), ("on the left", -0.28, 0), ("on the right", 0.28, 0),
            ("in the center", 0, 0),
    ];

    private static readonly (string Name, double X, double Y)[] s_relations =
        [("above", 0, -0.24), ("below", 0, 0.24), ("to the left of", -0.24, 0), ("to the right of", 0.24, 0)];

    /// <summary>The names of the colors.</summary>
    public static IReadOnlyList<string> Colors { get; } = [.. s_colors.Select(color => color.Name)];

    /// <summary>The names of the shapes.</summary>
    public static IReadOnlyList<string> Shapes { get; } = s_shapes;

    /// <summary>Shapes that the built-in networks have not seen, for teaching them one.</summary>
    public static IReadOnlyList<string> FurtherShapes { get; } = ["arrow"];

    /// <summary>
    /// How two shapes can lie to each other: the first one's center, in parts of the side from the image's; the
    /// second's is opposite.
    /// </summary>
    public static IReadOnlyList<(string Name, double X, double Y)> Relations { get; } = s_relations;

    /// <summary>Every caption that can be drawn has these words only.</summary>
    public static string Words { get; } = string.Join(' ',
        [
            .. Colors.SelectMany(color => new[] { color, $"a {color}", $"an {color}" }), .. s_shapes,
                .. s_sizes.Select(size => $"a {size.Name}"),
            .. s_places.Select(place => place.Name), .. s_relations.Select(relation => relation.Name), "and",
        ]);

    /// <summary>Draws an image at random.</summary>
    /// <param name="random">Chooses.</param>
    /// <param name="withTwo">Whether a third of them shall show two shapes.</param>
    /// <param name="side">Width and height in pixels.</param>
    public static ShapeImage Random(Random random, bool withTwo, int side = Side)
    {
        if (withTwo && random.Next(3) == 0)
            return Two(random, side);
        string color = Pick(random, s_colors).Name, shape = Pick(random, s_shapes);
        int size = random.Next(s_sizes.Length);
        var place = size == 0 && random.Next(2) == 0 ? Pick(random, s_places) : ("", 0, 0);
        var canvas = Ground(random, side);
        Paint(canvas, random, color, shape, s_sizes[size].Radius, place.Item2, place.Item3);
        // Captions say much or little, so that every word is learned by itself too.
        string words = random.Next(2) == 0 ? $"{s_sizes[size].Name} {color} {shape}" : $"{color} {shape}";
        return new ShapeImage($"{WithArticle(words)} {place.Item1}".TrimEnd(), canvas);
    }

    /// <summary>Draws one shape of a size at random in the middle.</summary>
    public static ShapeImage One(Random random, string color, string shape)
    {
        double radius = Pick(random, s_sizes).Radius;
        var canvas = Ground(random, Side);
        Paint(canvas, random, color, shape, radius, 0, 0);
        return new ShapeImage(WithArticle($"{color} {shape}"), canvas);
    }

    /// <summary>Draws what a prompt says.</summary>
    public static ShapeImage Of(Random random, ShapePrompt prompt)
    {
        var canvas = Ground(random, Side);
        foreach (var (color, shape, x, y) in prompt.Shapes)
        {
            Paint(canvas, random, color, shape, prompt.Shapes.Count == 1 ? Pick(random, s_sizes).Radius : RadiusOfTwo,
                x, y);
        }
        return new ShapeImage(prompt.Text, canvas);
    }

    private static ShapeImage Two(Random random, int side)
    {
        var relation = Pick(random, s_relations);
        bool isLoose = random.Next(5) == 0;
        string[] names = new string[2];
        var canvas = Ground(random, side);
        for (int i = 0; i < 2; i++)
        {
            string color = Pick(random, s_colors).Name, shape = Pick(random, s_shapes);
            int sign = i == 0 ? 1 : -1;
            Paint(canvas, random, color, shape, RadiusOfTwo, sign * relation.X, sign * relation.Y);
            names[i] = WithArticle($"{color} {shape}");
        }
        return new ShapeImage($"{names[0]} {(isLoose ? "and" : relation.Name)} {names[1]}", canvas);
    }

    /// <summary>How much of every pixel a shape covers, 0 to 1, row by row.</summary>
    /// <param name="shape">One of <see cref="Shapes"/>.</param>
    /// <param name="radius">In pixels.</param>
    /// <param name="centerX">Columns from the left edge.</param>
    /// <param name="centerY">Rows from the top edge.</param>
    /// <param name="side">Width and height of the image in pixels.</param>
    public static float[] Cover(string shape, double radius, double centerX, double centerY, int side = Side)
    {
        var cover = new float[side * side];
        for (int row = 0; row < side; row++)
        {
            for (int column = 0; column < side; column++)
            {
                double distance = radius * Distance(shape, (column + 0.5 - centerX) / radius,
                    (row + 0.5 - centerY) / radius);
                cover[row * side + column] = (float)Math.Clamp(0.5 - distance, 0, 1);
            }
        }
        return cover;
    }

    /// <summary>The name of the color that lies nearest.</summary>
    /// <param name="red">0 to 255; may lie outside.</param>
    /// <param name="green">Likewise.</param>
    /// <param name="blue">Likewise.</param>
    public static string NearestColor(double red, double green, double blue) =>
        s_colors.MinBy(known => Math.Pow(known.Red - red, 2) + Math.Pow(known.Green - green, 2)
            + Math.Pow(known.Blue - blue, 2)).Name;

    /// <summary>Words about a shape with their article: <c>an orange ring</c>.</summary>
    public static string WithArticle(string words) => (words[0] is 'o' ? "an " : "a ") + words;

    private static float[] Ground(Random random, int side)
    {
        int plane = side * side;
        var canvas = new float[3 * plane];
        for (int channel = 0; channel < 3; channel++)
            Array.Fill(canvas, Value(random.Next(226, 248)), channel * plane, plane);
        return canvas;
    }

    private static float Value(double color) => (float)(Math.Clamp(color, 0, 255) / 127.5 - 1);

    private static void Paint(float[] canvas, Random random, string color, string shape, double radius, double x,
        double y)
    {
        var (_, red, green, blue) = s_colors.First(known => known.Name == color);
        double Vary(double most) => (random.NextDouble() * 2 - 1) * most;
        double[] paint = [red + Vary(14), green + Vary(14), blue + Vary(14)];
        int side = (int)Math.Sqrt(canvas.Length / 3);
        double r = radius * side * (1 + Vary(0.12));
        float[] cover = Cover(shape, r, (0.5 + x + Vary(0.04)) * side, (0.5 + y + Vary(0.04)) * side, side);
        for (int channel = 0; channel < 3; channel++)
        {
            float value = Value(paint[channel]);
            var plane = canvas.AsSpan(channel * cover.Length, cover.Length);
            for (int i = 0; i < cover.Length; i++)
                plane[i] += cover[i] * (value - plane[i]);
        }
    }

    // Signed distances (some of them bounds) to shapes of radius 1, y downwards; negative inside.
    private static double Distance(string shape, double x, double y) => shape switch
    {
        "circle" => Length(x, y) - 1,
        "square" => Math.Max(Math.Abs(x), Math.Abs(y)) - 0.85,
        "triangle" => Polygon(3, x, y + 0.1, 1.05),
        "hexagon" => Polygon(6, x, y, 1),
        "diamond" => (Math.Abs(x) * 1.25 + Math.Abs(y) - 1) / 1.6,
        "ring" => Math.Abs(Length(x, y) - 0.75) - 0.22,
        "cross" => Math.Min(Box(x, y, 0.95, 0.3), Box(x, y, 0.3, 0.95)),
        "crescent" => Math.Max(Length(x, y) - 1, 0.8 - Length(x - 0.45, y)),
        "star" => Star(x, y),
        "arrow" => Math.Min(Polygon(3, x, y + 0.35, 0.75), Box(x, y - 0.4, 0.2, 0.55)),
        "heart" => Heart(x, y),
        _ => throw new ArgumentOutOfRangeException(nameof(shape), shape,
            string.Create(CultureInfo.InvariantCulture, $"Not one of {s_shapes.Length} shapes.")),
    };

    private static double Length(double x, double y) => Math.Sqrt(x * x + y * y);

    private static double Box(double x, double y, double width, double height) =>
        Math.Max(Math.Abs(x) - width, Math.Abs(y) - height);

    // One corner points upwards.
    private static double Polygon(int corners, double x, double y, double radius)
    {
        double sector = 2 * Math.PI / corners;
        double angle = Math.Atan2(x, -y);
        double within = angle - sector * Math.Floor(angle / sector) - sector / 2;
        return Length(x, y) * Math.Cos(within) - radius * Math.Cos(sector / 2);
    }

    // The edges run straight from five outer corners to five inner ones.
    private static double Star(double x, double y)
    {
        const double inner = 0.42;
        double sector = 2 * Math.PI / 5;
        double angle = Math.Atan2(x, -y);
        double within = Math.Abs(angle - sector * Math.Round(angle / sector));
        double length = Length(x, y);
        double alongX = length * Math.Cos(within), alongY = length * Math.Sin(within);
        double edgeX = inner * Math.Cos(sector / 2) - 1, edgeY = inner * Math.Sin(sector / 2);
        return ((alongX - 1) * edgeY - alongY * edgeX) / Length(edgeX, edgeY);
    }

    // Two circles over a point.
    private static double Heart(double x, double y)
    {
        double side = Math.Abs(x);
        double lobe = Length(side - 0.45, y + 0.3) - 0.5;
        double point = Math.Max((side * 0.95 + y - 0.85) / 1.38, -0.3 - y);
        return Math.Min(lobe, point);
    }

    private static T Pick<T>(Random random, T[] choices) => choices[random.Next(choices.Length)];
}
