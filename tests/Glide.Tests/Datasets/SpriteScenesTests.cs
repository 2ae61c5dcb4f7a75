using Glide.Datasets.Sprites;
using Glide.Images;

namespace Glide.Tests.Datasets;

public sealed class SpriteScenesTests : IDisposable
{
    private const int Size = 64;
    private const int Scenes = 20_000;

    private readonly SpriteFolder _sprites = SpriteFolder.Whole();

    public void Dispose() => _sprites.Dispose();

    /// <summary>
    /// Where the first thing lies from the second, by words between them: to the right and down, 1 each.
    /// </summary>
    public static TheoryData<string, int, int> Relations => new()
    {
        { "to the left of", -1, 0 },
        { "to the right of", 1, 0 },
        { "above", 0, -1 },
        { "on top of", 0, -1 },
        { "below", 0, 1 },
        { "under", 0, 1 },
    };

    [Theory, MemberData(nameof(Relations))]
    public void Things_lie_as_the_caption_says(string words, int right, int down)
    {
        int seen = 0;
        foreach (var (caption, image) in Drawn(4000))
        {
            if (ThingsIn(caption, $" {words} ") is not { } pair || pair.First == pair.Second)
                continue;
            seen++;
            var first = Center(Where(image, pair.First));
            var second = Center(Where(image, pair.Second));
            var (dx, dy) = (first.X - second.X, first.Y - second.Y);
            // 0.48 of the side apart, and at most five deviations of 0.014 from there.
            Assert.InRange(dx - (right * 0.48 * Size), -0.07 * Size, 0.07 * Size);
            Assert.InRange(dy - (down * 0.48 * Size), -0.07 * Size, 0.07 * Size);
        }
        Assert.InRange(seen, 3, 100);
    }

    [Theory, InlineData(" next to "), InlineData(" with "), InlineData(" holding "), InlineData(" using ")]
    public void Both_things_of_a_pair_are_seen(string words)
    {
        int seen = 0;
        foreach (var (caption, image) in Drawn(1500))
        {
            if (ThingsIn(caption, words) is not { } pair || pair.First == pair.Second)
                continue;
            seen++;
            int first = Where(image, pair.First).Count, second = Where(image, pair.Second).Count;
            Assert.True(second > 100, caption);
            Assert.True(words == " next to " ? first > 300 : first > 2 * second, caption);
        }
        Assert.True(seen > 3);
    }

    [Fact]
    public void As_many_are_seen_as_the_caption_says()
    {
        var seen = new Dictionary<int, int>();
        foreach (var (caption, image) in Drawn(1500))
        {
            int number = Array.FindIndex([" two ", " three ", " four "], word =>
                $" {caption}".Contains(word, StringComparison.Ordinal)) + 2;
            if (number == 1)
                continue;
            string plural = new[] { "cats", "puppies", "boxes" }
                .Single(thing => caption.Contains(thing, StringComparison.Ordinal));
            byte[] color = SpriteFolder.Things.Single(thing => thing.Name[..2] == plural[..2]).Color;
            Assert.Equal(number, Islands(Where(image, color)));
            seen[number] = seen.GetValueOrDefault(number) + 1;
        }
        Assert.Equal([2, 3, 4], seen.Keys.Order());
        Assert.All(seen.Values, count => Assert.True(count > 5));
    }

    [Fact]
    public void A_single_thing_fills_the_image_unless_it_is_small()
    {
        int small = 0;
        foreach (var (caption, image) in Drawn(1500))
        {
            bool isSmall = caption.Contains("small ", StringComparison.Ordinal);
            var words = caption.Split(' ', ',');
            var named = SpriteFolder.Things.Where(thing => words.Contains(thing.Name)).ToList();
            if (named.Count != 1 || ThingsIn(caption, " and ") is not null)
                continue;
            int pixels = Where(image, named[0].Color).Count;
            // The square is 24 of 32 of the sprite's side, whose pixels at the edge may be too pale to count.
            double side = Math.Sqrt(pixels) / Size * 32 / 24;
            if (words.Intersect(["next", "beside", "to", "above", "on", "below", "under", "with", "using", "holding"])
                .Any())
            {
                continue;
            }
            Assert.InRange(side, isSmall ? 0.30 : 0.80, isSmall ? 0.48 : 1.0);
            small += isSmall ? 1 : 0;
        }
        Assert.InRange(small, 5, 60);
    }

    [Fact]
    public void Kinds_grounds_and_styles_come_as_often_as_they_should()
    {
        var set = SpriteSet.Open(_sprites.Data.Path).Sprites;
        var scenes = new SpriteScenes(set, Enumerable.Range(0, set.Count));
        var all = Enumerable.Range(0, Scenes).Select(number => scenes.Compose(3, number, flip: true)).ToList();
        Share(all.Count(scene => scene.Objects.Count == 1), 0.66);
        Share(all.Count(scene => scene.Objects.Count == 2), 0.26 + (0.08 / 3));
        Share(all.Count(scene => scene.Objects.Count == 3), 0.08 / 3);
        Share(all.Count(scene => scene.Objects.Count == 4), 0.08 / 3);
        Share(all.Count(scene => scene.Caption.EndsWith(" background", StringComparison.Ordinal)), 0.28);
        Share(all.Count(scene => scene.Objects.Count == 1 && scene.Objects[0].Length < 0.5), 0.66 * 0.05);
        // Weights of 6, 1, 1 and 1.2.
        Share(all.Count(scene => set[scene.Objects[0].Sprite].Style == "3d"), 6 / 9.2);
        Share(all.Count(scene => set[scene.Objects[0].Sprite].Style == "icon"), 1.2 / 9.2);
        Share(all.Count(scene => scene.Caption.Contains("cartoon", StringComparison.Ordinal)), 1 / 9.2);
        Share(all.Count(scene => scene.Objects[0].IsFlipped), 0.4);
        Assert.All(all, scene => Assert.All(scene.Ground, level => Assert.InRange(level, 0, 255)));
        // Half of the 3d captions, and no others, name no style: every icon shows a thing that 3d has.
        Share(all.Count(scene => !scene.Caption.Contains("3d", StringComparison.Ordinal)
            && set[scene.Objects[0].Sprite].Style == "3d"), 3 / 9.2);
        Assert.DoesNotContain(all, scene => set[scene.Objects[0].Sprite].Style != "3d"
            && !scene.Caption.Contains("flat", StringComparison.Ordinal)
            && !scene.Caption.Contains("cartoon", StringComparison.Ordinal)
            && !scene.Caption.Contains("icon", StringComparison.Ordinal));

        // Four standard deviations, exceeded once in 15,000 tries.
        static void Share(int count, double share)
        {
            double deviation = Math.Sqrt(Scenes * share * (1 - share));
            Assert.InRange(count, (Scenes * share) - (4 * deviation), (Scenes * share) + (4 * deviation));
        }
    }

    [Fact]
    public void What_has_a_side_is_never_flipped_and_nothing_where_flips_are_off()
    {
        using var sprites = new SpriteFolder();
        // Opaque in the left half only.
        byte[] half = SpriteFolder.Encode((x, _) => ([255, 0, 0], x < SpriteFolder.Side / 2 ? (byte)255 : (byte)0));
        sprites.Add("hand", "3d", half, "a hand that points left");
        sprites.Write();
        Assert.All(LeftHeavy(flip: true), Assert.True);
        sprites.Add("ear", "3d", half);
        sprites.Write();
        Assert.Contains(false, LeftHeavy(flip: true));
        Assert.All(LeftHeavy(flip: false), Assert.True);

        IEnumerable<bool> LeftHeavy(bool flip)
        {
            var settings = sprites.Data.Settings(Size) with { Flip = flip };
            var dataset = sprites.Prepared(settings);
            for (int number = 0; number < 200; number++)
            {
                var item = dataset.Draw(number, settings);
                string[] words = item.Captions[0].Split(' ');
                // One thing on white.
                if (words.Length <= 3 && !words.Contains("ears") && !words.Contains("hands"))
                    yield return Center(Where(item.Image, [255, 0, 0])).X < Size / 2;
            }
        }
    }

    [Theory]
    [InlineData("cat", "cats"), InlineData("puppy", "puppies"), InlineData("toy", "toys"), InlineData("box", "boxes")]
    [InlineData("paint brush", "paint brushes"), InlineData("old woman", "old women"), InlineData("wolf", "wolves")]
    [InlineData("wedding ring", "wedding rings"), InlineData("photo", "photos"), InlineData("tomato", "tomatoes")]
    [InlineData("man running", null), InlineData("couple kissing", null), InlineData("glasses", null)]
    [InlineData("cup with straw", null), InlineData("thumbs up", null)]
    public void Plurals_are_english(string name, string? plural) =>
        Assert.Equal(plural, SpriteWords.Plural(new Sprite(0, 1, "3d", name) { Article = "a", Captions = [name] }));

    [Fact]
    public void Small_things_keep_their_grammar()
    {
        Assert.Equal("a small apple", SpriteWords.Small("an apple"));
        Assert.Equal("small apples", SpriteWords.Small("apples"));
        Assert.Null(SpriteWords.Small("the moon"));
    }

    /// <summary>Where a square of 16 pixels begins on 20, and how long it is there.</summary>
    public static TheoryData<double, double, bool> Places => new()
    {
        { 1.7, 5.3, false }, { -2.2, 9.9, true }, { 14.25, 12.5, false }, { 0, 16, true }, { 2.1, 17.6, false },
        { 3.999999, 8, true },
    };

    [Theory, MemberData(nameof(Places))]
    public void Each_pixel_is_the_mean_of_the_area_that_it_covers(double start, double length, bool isFlipped)
    {
        const int side = 16, target = 20, fine = 40;
        byte[] pixels = [.. Enumerable.Range(0, 4 * side * side).Select(i => (byte)(i * 7919 % 251))];
        var columns = new AreaResampling.Axis(start, length, side, target, isFlipped);
        var rows = new AreaResampling.Axis(start, length, side, target, isFlipped: false);
        float[] found = new float[4 * target * target];
        AreaResampling.Place(new SpritePixels(side, pixels), columns, rows, (y, firstX, row) =>
            row.CopyTo(found.AsSpan(4 * ((y * target) + firstX))));
        for (int i = 0; i < target * target; i++)
        {
            double sum = 0;
            for (int point = 0; point < fine * fine; point++)
            {
                double x = ((i % target) + ((point % fine) + 0.5) / fine - start) / length;
                double y = ((i / target) + ((point / fine) + 0.5) / fine - start) / length;
                if (x is < 0 or >= 1 || y is < 0 or >= 1)
                    continue;
                int column = (int)((isFlipped ? 1 - x : x) * side);
                sum += pixels[4 * (((int)(y * side) * side) + Math.Min(column, side - 1))];
            }
            // The points of a pixel miss at most 1/40 of it at each of few edges.
            Assert.InRange(found[4 * i] - (sum / (fine * fine)), -12, 12);
        }
    }

    private IEnumerable<(string Caption, RgbImage Image)> Drawn(int count)
    {
        var settings = _sprites.Data.Settings(Size);
        var dataset = _sprites.Prepared(settings);
        for (int number = 0; number < count; number++)
        {
            var item = dataset.Draw(number, settings);
            // Colors of the ground may be those of things.
            if (!item.Captions[0].EndsWith(" background", StringComparison.Ordinal))
                yield return (item.Captions[0], item.Image);
        }
    }

    private static (byte[] First, byte[] Second)? ThingsIn(string caption, string words)
    {
        string[] sides = caption.Split(words);
        if (sides.Length != 2)
            return null;
        return (ColorIn(sides[0]), ColorIn(sides[1]));

        static byte[] ColorIn(string text) => SpriteFolder.Things.Single(thing =>
            text.Contains(thing.Name, StringComparison.Ordinal)).Color;
    }

    private static HashSet<(int X, int Y)> Where(RgbImage image, byte[] color) =>
        [.. Enumerable.Range(0, Size * Size).Select(i => (X: i % Size, Y: i / Size)).Where(place =>
            image.Row(place.Y).Slice(3 * place.X, 3).ToArray().Zip(color).All(level =>
                Math.Abs(level.First - level.Second) < 100))];

    private static (double X, double Y) Center(HashSet<(int X, int Y)> pixels) =>
        (pixels.Average(pixel => pixel.X + 0.5), pixels.Average(pixel => pixel.Y + 0.5));

    private static int Islands(HashSet<(int X, int Y)> pixels)
    {
        int islands = 0;
        for (; pixels.Count > 0; islands++)
        {
            var open = new Queue<(int X, int Y)>([pixels.First()]);
            while (open.TryDequeue(out var pixel))
            {
                if (!pixels.Remove(pixel))
                    continue;
                foreach (var (dx, dy) in new[] { (1, 0), (-1, 0), (0, 1), (0, -1) })
                    open.Enqueue((pixel.X + dx, pixel.Y + dy));
            }
        }
        return islands;
    }
}
