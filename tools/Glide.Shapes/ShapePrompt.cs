namespace Glide.Shapes;

/// <summary>
/// A prompt whose image can be checked: one shape in the middle, or two that lie to each other as it says.
/// </summary>
/// <param name="Text">The prompt.</param>
/// <param name="Shapes">Color and shape, and where the center lies in parts of the side from the image's.</param>
internal sealed record ShapePrompt(string Text, IReadOnlyList<(string Color, string Shape, double X, double Y)> Shapes)
{
    /// <summary>Half of them about one shape, half about two; the same ones whenever as many are asked for.</summary>
    public static IReadOnlyList<ShapePrompt> Some(int count) =>
        [.. Enumerable.Range(0, count).Select(index => index % 2 == 0 ? One(index / 2) : Two(index / 2))];

    /// <summary>The prompt whose text this is, among those that <see cref="One"/> and <see cref="Two"/> make.</summary>
    /// <exception cref="ArgumentException">It is none of them.</exception>
    public static ShapePrompt Parse(string text)
    {
        int all = ShapeImage.Colors.Count * ShapeImage.Shapes.Count;
        return Enumerable.Range(0, all).SelectMany(index => new[] { One(index), Two(index) })
            .FirstOrDefault(prompt => prompt.Text == text)
            ?? throw new ArgumentException($"'{text}' is no prompt about shapes that can be checked.", nameof(text));
    }

    /// <summary>A prompt about one shape; 60 of them differ.</summary>
    public static ShapePrompt One(int index)
    {
        var (color, shape) = Named(index);
        return new ShapePrompt(ShapeImage.WithArticle($"{color} {shape}"), [(color, shape, 0, 0)]);
    }

    /// <summary>A prompt about two shapes and how they lie to each other.</summary>
    public static ShapePrompt Two(int index)
    {
        var (color, shape) = Named(index);
        var (otherColor, otherShape) = Named(index + 7);
        var (relation, x, y) = ShapeImage.Relations[index % ShapeImage.Relations.Count];
        return new ShapePrompt(
            $"{ShapeImage.WithArticle($"{color} {shape}")} {relation} "
                + $"{ShapeImage.WithArticle($"{otherColor} {otherShape}")}",
            [(color, shape, x, y), (otherColor, otherShape, -x, -y)]);
    }

    // Steps without a common factor with the lists' lengths, so that every name comes as often as the others.
    private static (string Color, string Shape) Named(int index) =>
        (ShapeImage.Colors[index * 5 % ShapeImage.Colors.Count],
            ShapeImage.Shapes[index * 3 % ShapeImage.Shapes.Count]);
}
