using Glide.Images;

namespace Glide.Datasets.Sprites;

/// <summary>Scenes that are composed at random of a set of captioned sprites.</summary>
/// <param name="name">What the user typed.</param>
/// <param name="set">The sprites.</param>
internal sealed class SpriteDataset(string name, SpriteSet set) : IDrawnDataset
{
    private readonly SpriteMemory _memory = new(set);
    private readonly Lock _preparing = new();
    private volatile SpriteScenes? _scenes;
    private IReadOnlyList<BadItem> _bad = [];

    public string Name => name;

    public string Kind => "sprites, of which scenes are drawn";

    public int Count => set.Sprites.Count;

    public string Fingerprint
    {
        get
        {
            using var stamp = new FileStamp();
            set.AddTo(stamp);
            return stamp.ToString();
        }
    }

    public IReadOnlyList<(string Name, int Parts)> Styles =>
        [.. set.Sprites.CountBy(sprite => sprite.Style).OrderBy(style => style.Key, StringComparer.Ordinal)
            .Select(style => (style.Key, style.Value))];

    public string NameOf(int index) => $"{set.Sprites[index].Name} ({set.Sprites[index].Style})";

    public DatasetItem Read(int index)
    {
        var loaded = set.Load(index);
        return new DatasetItem(NameOf(index), Transparency.OnWhite(loaded.Image, loaded.Alpha),
            set.Sprites[index].Captions);
    }

    public IReadOnlyList<BadItem> Prepare(
        BatchSettings settings, Action<int, int>? progress, CancellationToken cancellation = default)
    {
        lock (_preparing)
        {
            if (_scenes is not null)
                return _bad;
            const int aheadOfEachThread = 4;
            int[] sides = Sides(settings.ImageSize);
            using var faults = new OrderedAhead<BadItem?>((0, Count), settings.Threads,
                aheadOfEachThread * settings.Threads, (index, _) => Prepare((int)index, sides));
            var bad = new List<BadItem>();
            var usable = new List<int>();
            for (int index = 0; index < Count; index++)
            {
                if (faults.Next(cancellation) is { } fault)
                    bad.Add(fault);
                else
                    usable.Add(index);
                progress?.Invoke(index + 1, Count);
            }
            _bad = bad;
            if (usable.Count > 0)
                _scenes = new SpriteScenes(set.Sprites, usable);
            return bad;
        }
    }

    public DatasetItem Draw(long sample, BatchSettings settings)
    {
        var scenes = _scenes ?? throw new InvalidOperationException("The sprites are not prepared.");
        var scene = scenes.Compose(settings.Seed, sample, settings.Flip);
        return new DatasetItem($"scene {sample + 1}", Draw(scene, settings.ImageSize), [scene.Caption]);
    }

    /// <summary>Draws a scene.</summary>
    /// <param name="scene">What it shows.</param>
    /// <param name="size">Side of the image in pixels.</param>
    internal RgbImage Draw(Scene scene, int size)
    {
        float[] canvas = new float[3 * size * size];
        for (int i = 0; i < canvas.Length; i++)
            canvas[i] = scene.Ground[i % 3];
        foreach (var placed in scene.Objects)
        {
            double length = placed.Length * size;
            var pixels = _memory.Get(placed.Sprite, length);
            var columns = new AreaResampling.Axis(
                (placed.X * size) - (length / 2), length, pixels.Side, size, placed.IsFlipped);
            var rows = new AreaResampling.Axis(
                (placed.Y * size) - (length / 2), length, pixels.Side, size, isFlipped: false);
            AreaResampling.Place(pixels, columns, rows,
                (y, firstX, row) => Blend(canvas.AsSpan(3 * ((y * size) + firstX)), row));
        }
        var image = new RgbImage(size, size);
        for (int i = 0; i < canvas.Length; i++)
            image.Pixels[i] = (byte)(canvas[i] + 0.5f);
        return image;
    }

    private static void Blend(Span<float> ground, ReadOnlySpan<float> row)
    {
        for (int x = 0; x < row.Length / AreaResampling.Channels; x++)
        {
            var pixel = row.Slice(AreaResampling.Channels * x, AreaResampling.Channels);
            float seen = 1 - (pixel[3] / byte.MaxValue);
            for (int c = 0; c < 3; c++)
                ground[(3 * x) + c] = pixel[c] + (seen * ground[(3 * x) + c]);
        }
    }

    private BadItem? Prepare(int sprite, int[] sides)
    {
        try
        {
            _memory.Prepare(sprite, SpriteStyle.Of(set.Sprites[sprite].Style).Weight > 0 ? sides : []);
            return null;
        }
        catch (DatasetException fault)
        {
            return new BadItem(NameOf(sprite), fault.Message.ReplaceLineEndings(" "));
        }
    }

    private static int[] Sides(int size)
    {
        var sides = new List<int>();
        int largest = SpriteMemory.SideFor(SpriteScenes.MostLength * size);
        for (int side = SpriteMemory.SideFor(SpriteScenes.LeastLength * size); side <= largest; side *= 2)
            sides.Add(side);
        return [.. sides];
    }
}
