using System.Globalization;
using Glide.Shapes;

return args switch
{
    ["draw", var folder, var count, .. var options] when Number(count) is > 0 and var images
        && Options(options) is { } chosen => Draw(folder, images, chosen.Seed, chosen.Side),
    _ => Refuse(),
};

static int Refuse()
{
    Console.Error.WriteLine("usage: Glide.Shapes draw FOLDER COUNT [--seed N] [--size 32|128]");
    return 2;
}

static int Draw(string folder, int count, int seed, int side)
{
    foreach (string shard in ShapeShards.Write(folder, count, seed, side))
        Console.WriteLine(shard);
    return 0;
}

static int? Number(string text) =>
    int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : null;

static (int Seed, int Side)? Options(string[] options)
{
    var (seed, side) = (0, ShapeImage.Side);
    for (; options.Length > 0; options = options[2..])
    {
        switch (options)
        {
            case ["--seed", var text, ..] when Number(text) is { } number:
                seed = number;
                break;
            case ["--size", "32" or "128", ..]:
                side = Number(options[1])!.Value;
                break;
            default:
                return null;
        }
    }
    return (seed, side);
}
