using Glide.Images;
using Glide.Pipelines;
using Glide.Sheets;
using Glide.Tests.Images;

namespace Glide.Tests.Sheets;

public sealed class ContactSheetTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Images_stand_in_rows_with_prompt_and_seed_below()
    {
        var sheet = new ContactSheet(3);
        for (int i = 0; i < 3; i++)
            sheet.Add(SheetSamples.Finished("a ring", 7 + i, SheetSamples.Plain(64, (byte)(100 + i))));
        var image = sheet.Compose();

        // Two columns of 64 pixels, two rows of 64 pixels and two lines of ten; 8 around them.
        Assert.Equal((8 + (2 * 72), 8 + (2 * 92)), (image.Width, image.Height));
        Assert.Equal([100, 101], new[] { 8, 80 }.Select(x => (int)image.Row(8)[3 * x]));
        Assert.Equal(102, image.Row(100)[3 * 8]);
        Assert.Equal(255, image.Row(100)[3 * 80]);
        var letters = new RgbImage(64, 20);
        Array.Fill(letters.Pixels, byte.MaxValue);
        BitmapFont.Draw(letters, "a ring", 0, 2, 1, [0, 0, 0]);
        BitmapFont.Draw(letters, "seed 8", 0, 12, 1, [0, 0, 0]);
        Assert.Equal(letters.Pixels, image.Crop(80, 72, 64, 20).Pixels);
    }

    [Fact]
    public void Images_of_other_sizes_stand_in_the_middle_of_their_place()
    {
        var sheet = new ContactSheet(2);
        sheet.Add(SheetSamples.Finished("", 1, SheetSamples.Plain(4, 0)));
        sheet.Add(SheetSamples.Finished("", 2, SheetSamples.Plain(2, 0)));
        var image = sheet.Compose();
        Assert.Equal([255, 0, 0, 255], Enumerable.Range(20, 4).Select(x => (int)image.Row(9)[3 * x]));
        Assert.Equal(255, image.Row(8)[3 * 21]);
    }

    [Fact]
    public void Many_images_are_scaled_down_to_64_megapixels()
    {
        // 4000 images of 256×256 are 262 megapixels; at a third of the side, 85×85, they are 29; at half, 66.
        var sheet = new ContactSheet(4000);
        sheet.Add(SheetSamples.Finished("", 1, SheetSamples.Plain(256, 9)));
        Assert.Equal(8 + 85 + 8, sheet.Compose().Width);
    }

    [Fact]
    public void The_file_says_what_it_shows_and_is_never_written_over_silently()
    {
        var sheet = new ContactSheet(3);
        sheet.Add(SheetSamples.Finished("a ring", 7, SheetSamples.Plain(8, 1), guidanceScale: 3));
        sheet.Add(SheetSamples.Finished("a ring", 8, SheetSamples.Plain(8, 1), guidanceScale: 4));
        sheet.Add(SheetSamples.Finished("ein Stern *", 9, SheetSamples.Plain(8, 1), guidanceScale: 3));
        Assert.True(sheet.TryWrite(_folder["a.png"], replace: false));
        Assert.False(sheet.TryWrite(_folder["a.png"], replace: false));
        Assert.True(sheet.TryWrite(_folder["a.png"], replace: true));

        var record = SheetRecord.Read(_folder["a.png"])!;
        Assert.Equal(("grid", "mini", "0123", "1.2.3", 3),
            (record.Task, record.Model, record.ModelHash, record.Version, record.Count));
        Assert.Equal([("a ring", 7L, 0), ("a ring", 8L, 1), ("ein Stern *", 9L, 0)],
            record.Images.Select(image => (image.Prompt, image.Seed, image.Recipe)));
        Assert.Equal([3, 4], record.Recipes.Select(recipe => recipe.Base.GuidanceScale));
        Assert.Null(GeneratedImageFile.ReadRecord(_folder["a.png"]));
    }
}
