using Glide.Images;

namespace Glide.Tests.Images;

public class ImageGridTests
{
    /// <summary>Images, columns asked for, columns and rows of the sheet.</summary>
    public static TheoryData<int, int?, int, int> Layouts => new()
    {
        { 1, null, 1, 1 },
        { 2, null, 2, 1 },
        { 4, null, 2, 2 },
        { 5, null, 3, 2 },
        { 5, 2, 2, 3 },
        { 3, 9, 3, 1 },
    };

    [Theory, MemberData(nameof(Layouts))]
    public void Compose_puts_images_into_rows_on_white(int count, int? columns, int across, int down)
    {
        const int Width = 5, Height = 3, Margin = 2;
        var images = Enumerable.Range(1, count).Select(i => Plain(Width, Height, (byte)i)).ToArray();

        var sheet = ImageGrid.Compose(images, columns, margin: Margin);

        Assert.Equal((Margin + (across * (Width + Margin)), Margin + (down * (Height + Margin))),
            (sheet.Width, sheet.Height));
        for (int y = 0; y < sheet.Height; y++)
        {
            for (int x = 0; x < sheet.Width; x++)
            {
                int column = x / (Width + Margin), row = y / (Height + Margin);
                bool inside = x % (Width + Margin) >= Margin && y % (Height + Margin) >= Margin;
                int index = (row * across) + column;
                int expected = inside && index < count ? index + 1 : 255;
                Assert.Equal(expected, sheet.Row(y)[3 * x]);
            }
        }
    }

    [Fact]
    public void Compose_draws_a_caption_below_each_image()
    {
        var sheet = ImageGrid.Compose([Plain(12, 4, 9), Plain(12, 4, 9)], columns: 2, labels: ["H", "T1"], margin: 3);

        // Two blank rows, seven of letters, one for tails.
        Assert.Equal((3 + 15 + 15, 3 + 4 + 10 + 3), (sheet.Width, sheet.Height));
        string[] expected =
        [
            "   #   #          #####   #      ",
            "   #   #            #    ##      ",
            "   #   #            #     #      ",
            "   #####            #     #      ",
            "   #   #            #     #      ",
            "   #   #            #     #      ",
            "   #   #            #    ###     ",
        ];
        Assert.Equal(expected, Rows(sheet, top: 3 + 4 + 2, count: 7));
        Assert.DoesNotContain('#', string.Concat(Rows(sheet, 7, 2)) + string.Concat(Rows(sheet, 16, 4)));
    }

    [Fact]
    public void Captions_never_leave_their_image()
    {
        var sheet = ImageGrid.Compose([Plain(20, 2, 9)], labels: ["many words that cannot fit"], margin: 4);

        string[] rows = Rows(sheet, 6, sheet.Height - 6);
        Assert.All(rows, row => Assert.Equal(new string(' ', 4), row[..4]));
        Assert.All(rows, row => Assert.Equal(new string(' ', 4), row[24..]));
        Assert.Contains(rows, row => row.Contains("# # #", StringComparison.Ordinal)); // the dots
    }

    [Fact]
    public void Cut_leaves_room_for_the_dots()
    {
        Assert.Equal("abcde", BitmapFont.Cut("abcde", width: 29, scale: 1));
        Assert.Equal("abc…", BitmapFont.Cut("abcde", width: 28, scale: 1));
        Assert.Equal("a…", BitmapFont.Cut("a bcde", width: 22, scale: 1));
        Assert.Equal("", BitmapFont.Cut("abcde", width: 4, scale: 1));
        Assert.Equal("…", BitmapFont.Cut("abcde", width: 10, scale: 2));
        Assert.Equal("🎨…", BitmapFont.Cut("🎨🎨🎨", width: 12, scale: 1));
        Assert.Equal("", BitmapFont.Cut("", width: 0, scale: 1));
    }

    [Fact]
    public void Large_images_get_large_letters()
    {
        var sheet = ImageGrid.Compose([Plain(256, 1, 9)], labels: ["I"], margin: 0);

        Assert.Equal(1 + 20, sheet.Height);
        Assert.Equal("  ######  ", Rows(sheet, 5, 1)[0][..10]);
    }

    [Fact]
    public void Every_printable_letter_is_drawn_and_differs_from_the_others()
    {
        var seen = new HashSet<string>();
        for (char letter = ' '; letter <= '~'; letter++)
        {
            var image = new RgbImage(6, 8, Enumerable.Repeat((byte)255, 144).ToArray());
            BitmapFont.Draw(image, letter.ToString(), 0, 0, 1, [0, 0, 0]);
            string drawn = string.Concat(Rows(image, 0, 8));
            Assert.Equal(letter != ' ', drawn.Contains('#', StringComparison.Ordinal));
            Assert.True(seen.Add(drawn), $"'{letter}' looks like another letter");
        }
    }

    [Fact]
    public void Draw_leaves_out_what_lies_beside_the_image()
    {
        var image = new RgbImage(4, 4);
        BitmapFont.Draw(image, "\n雪W", -12, -3, 2, [255, 255, 255]);
        BitmapFont.Draw(image, "W", 100, 100, 1, [255, 255, 255]);
        Assert.Contains((byte)255, image.Pixels);
    }

    [Fact]
    public void Compose_refuses_images_of_several_sizes_and_missing_labels()
    {
        Assert.Throws<ArgumentException>(() => ImageGrid.Compose([Plain(2, 2, 1), Plain(2, 3, 1)]));
        Assert.Throws<ArgumentException>(() => ImageGrid.Compose([Plain(2, 2, 1)], labels: ImageGrid.Numbers(2)));
        Assert.Throws<ArgumentOutOfRangeException>(() => ImageGrid.Compose([]));
        Assert.Throws<ArgumentOutOfRangeException>(() => ImageGrid.Compose([Plain(2, 2, 1)], columns: 0));
        Assert.Equal(["1", "2", "3"], ImageGrid.Numbers(3));
    }

    private static RgbImage Plain(int width, int height, byte value) =>
        new(width, height, Enumerable.Repeat(value, 3 * width * height).ToArray());

    private static string[] Rows(RgbImage image, int top, int count) =>
        Enumerable.Range(top, count)
            .Select(y => string.Concat(Enumerable.Range(0, image.Width)
                .Select(x => image.Row(y)[3 * x] == 0 ? '#' : ' ')))
            .ToArray();
}
