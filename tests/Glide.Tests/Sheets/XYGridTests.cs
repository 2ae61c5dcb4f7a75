using Glide.Images;
using Glide.Sheets;
using Glide.Tests.Images;

namespace Glide.Tests.Sheets;

public sealed class XYGridTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Rows_and_columns_are_labeled_and_images_stand_where_they_belong()
    {
        var sheet = new XYGrid(["a ring", "seed across, guidance-scale down"], ["1", "2.5"], ["7", "8", "9"]);
        for (int place = 0; place < 6; place++)
        {
            if (place != 4)
                sheet.Put(place, SheetSamples.Finished("a ring", place, SheetSamples.Plain(64, (byte)(10 * place))));
        }
        var image = sheet.Compose();

        // Left: the widest label, three letters of 6 less the last gap, between margins of 8; top: two lines of title,
        // a line of labels.
        const int Left = 8 + 17 + 8, Top = 8 + 30 + 4;
        Assert.Equal((Left + (3 * 72), Top + (2 * 72)), (image.Width, image.Height));
        int[] found = [.. Enumerable.Range(0, 6)
            .Select(place => (int)image.Row(Top + (place / 3 * 72))[3 * (Left + (place % 3 * 72))])];
        Assert.Equal([0, 10, 20, 30, 255, 50], found);
        AssertText(image, "seed across, guidance-scale down", 8, 18);
        AssertText(image, "9", Left + 144, Top - 10);
        AssertText(image, "2.5", 8, Top + 72 + 28);
    }

    [Fact]
    public void Small_images_are_enlarged_so_that_labels_fit()
    {
        var sheet = new XYGrid([], ["1"], ["7"]);
        sheet.Put(0, SheetSamples.Finished("", 7, SheetSamples.Plain(32, 9)));
        Assert.Equal(8 + 5 + 8 + 64 + 8, sheet.Compose().Width);
    }

    [Fact]
    public void Smaller_images_are_centered_in_cells_of_the_largest()
    {
        var sheet = new XYGrid([], ["1"], ["7", "8"]);
        sheet.Put(0, SheetSamples.Finished("", 7, SheetSamples.Plain(64, 9)));
        sheet.Put(1, SheetSamples.Finished("", 8, new RgbImage(128, 96)));
        var image = sheet.Compose();

        // Cells of 128x96 and margins of 8, beside a label of one letter.
        const int Left = 8 + 5 + 8, Top = 8 + 10 + 4;
        Assert.Equal((Left + (2 * 136), Top + 104), (image.Width, image.Height));
        Assert.Equal([255, 9, 9, 255], Reds((31, 48), (32, 48), (95, 79), (96, 79)));
        Assert.Equal([0, 0], Reds((136, 0), (263, 95)));

        int[] Reds(params (int X, int Y)[] places) =>
            [.. places.Select(place => (int)image.Row(Top + place.Y)[3 * (Left + place.X)])];
    }

    [Fact]
    public void A_sheet_without_images_is_not_written()
    {
        var sheet = new XYGrid([], ["1"], ["7"]);
        Assert.True(sheet.IsEmpty);
        Assert.Throws<InvalidOperationException>(() => sheet.TryWrite(_folder["a.png"], replace: true));
        Assert.Empty(Directory.GetFileSystemEntries(_folder.Path));
    }

    private static void AssertText(RgbImage image, string text, int x, int y)
    {
        var expected = new RgbImage(BitmapFont.Measure(text, 1), 8);
        Array.Fill(expected.Pixels, byte.MaxValue);
        BitmapFont.Draw(expected, text, 0, 0, 1, [0, 0, 0]);
        Assert.Equal(expected.Pixels, image.Crop(x, y, expected.Width, 8).Pixels);
    }
}
