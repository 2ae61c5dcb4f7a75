using Glide.Images;
using Glide.Pipelines;
using Glide.Sheets;
using Glide.Tests.Images;

namespace Glide.Tests.Sheets;

public sealed class StepAnimationTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_gif_shows_both_stages_at_the_last_size_and_stays_on_the_finished_image()
    {
        var film = new StepAnimation();
        film.Add(Preview("base", 1, 2, 2, 10));
        film.Add(Preview("base", 2, 2, 2, 20));
        film.Add(Preview("upsample", 1, 1, 8, 30));
        film.Add(Finished(number: 0, side: 8, value: 40));
        Assert.True(film.TryWrite(_folder["a.gif"], replace: false));
        Assert.False(film.TryWrite(_folder["a.gif"], replace: false));

        var frames = GifReader.Read(File.ReadAllBytes(_folder["a.gif"]));
        Assert.Equal([10, 20, 30, 40], frames.Select(frame => (int)frame.Image.Pixels[0]));
        Assert.All(frames, frame => Assert.Equal((8, 8), (frame.Image.Width, frame.Image.Height)));
        Assert.Equal([25, 25, 25, 200], frames.Select(frame => frame.Hundredths));
    }

    [Theory]
    [InlineData(250, 100)]
    [InlineData(100, 100)]
    [InlineData(101, 100)]
    [InlineData(7, 7)]
    public void Of_many_steps_at_most_100_are_kept_with_the_last_among_them(int steps, int kept)
    {
        var film = new StepAnimation();
        for (int step = 1; step <= steps; step++)
            film.Add(Preview("base", step, steps, 1, (byte)step));
        film.Add(Finished(number: 0, side: 1, value: 255));
        film.TryWrite(_folder["a.gif"], replace: false);

        var frames = GifReader.Read(File.ReadAllBytes(_folder["a.gif"]));
        Assert.Equal(kept + 1, frames.Count);
        Assert.Equal((byte)steps, frames[^2].Image.Pixels[0]);
    }

    [Fact]
    public void A_strip_has_ten_steps_in_a_row_for_each_image_and_says_whose_they_are()
    {
        var film = new StepAnimation();
        for (int step = 1; step <= 27; step++)
            film.Add(Preview("base", step, 27, 16, (byte)step, numbers: [0, 1, 2]));
        film.Add(Finished(number: 0, side: 16, value: 99));
        film.Add(Finished(number: 2, side: 16, value: 99)); // the other was not kept
        film.TryWrite(_folder["a.png"], replace: false);

        var sheet = ImageFile.Load(_folder["a.png"]).Image;
        Assert.Equal(8 + (10 * 24), sheet.Width);
        Assert.Equal(8 + (2 * (16 + 10 + 8)), sheet.Height);
        Assert.Equal([1, 4, 7, 10, 13, 16, 19, 22, 25, 99], Enumerable.Range(0, 10)
            .Select(column => (int)sheet.Row(8)[3 * (8 + (24 * column))]));
        var record = SheetRecord.Read(_folder["a.png"])!;
        Assert.Equal("steps", record.Task);
        Assert.Equal([7L, 9L], record.Images.Select(image => image.Seed));
    }

    private static StepPreview Preview(string stage, int step, int steps, int side, byte value,
        int[]? numbers = null) =>
        new(stage, step, steps, numbers ?? [0], [.. (numbers ?? [0]).Select(_ => SheetSamples.Plain(side, value))]);

    private static GeneratedImage Finished(int number, int side, byte value) =>
        SheetSamples.Finished("a ring", 7 + number, SheetSamples.Plain(side, value)) with { Number = number };
}
