using Glide.Cli.Tests.Support;
using Glide.Images;
using Glide.Tests.Images;

namespace Glide.Cli.Tests.Editing;

/// <summary>Files with transparency as images and as masks: what becomes of them, and what is said.</summary>
public sealed class TransparentFileTests : IDisposable
{
    private const int Side = 48;

    // A stroke of 12 × 12 of 48 × 48 pixels is 6.25 %.
    private static readonly PixelRectangle s_stroke = new(8, 20, 12, 12);

    private readonly GlideProcess _glide = new();

    public TransparentFileTests()
    {
        // Opacity 0, 17, ... 255, with colors under 0 too.
        Write("glass.png", (x, y) => [Red(x, y), (ushort)(5 * y), 90, (ushort)(17 * (x % 16))]);
        Write("opaque.png", (x, y) => [Red(x, y), (ushort)(5 * y), 90, 255]);
        Write("strokes.png", (x, y) => [0, 0, 0, (ushort)(IsIn(x, y) ? 255 : 0)]);
        Write("erased.png", (x, y) => [Red(x, y), (ushort)(5 * y), 90, (ushort)(IsIn(x, y) ? 0 : 255)]);
    }

    public void Dispose() => _glide.Dispose();

    [Fact]
    public void Inpainting_keeps_the_bytes_outside_and_is_opaque_inside()
    {
        Run("inpaint", "a star", "--image", "glass.png", "--rect", "8,20,12,12", "--steps", "1", "-o", "a.png");
        var (before, after) = (Load("glass.png"), Load("a.png"));
        for (int i = 0; i < Side * Side; i++)
        {
            if (IsIn(i % Side, i / Side))
                Assert.Equal(255, after.Alpha![i]);
            else
                Assert.Equal(Pixel(before, i), Pixel(after, i));
        }
        Run("inpaint", "a star", "--image", "glass.png", "--steps", "1", "-o", "filled.png");
        var filled = Load("filled.png");
        Assert.Null(filled.Alpha);
        for (int i = 15; i < Side * Side; i += 16)
            Assert.Equal(Pixel(before, i)[..3], Pixel(filled, i)[..3]);
    }

    [Fact]
    public void A_row_of_a_batch_keeps_transparency_as_the_command_does()
    {
        Run("inpaint", "a star", "--image", "glass.png", "--rect", "8,20,12,12", "--steps", "1", "-s", "4", "-o",
            "a.png");
        File.WriteAllText(_glide.PathOf("rows.jsonl"),
            """{"prompt": "a star", "seed": 4, "image": "glass.png", "rect": "8,20,12,12", "output": "b.png"}""");
        Run("batch", "rows.jsonl", "-o", "out", "--steps", "1");
        var (alone, inBatch) = (Load("a.png"), Load("out/b.png"));
        Assert.Equal(alone.Alpha, inBatch.Alpha);
        Assert.Equal(alone.Image.Pixels, inBatch.Image.Pixels);
    }

    [Fact]
    public void Strokes_on_an_empty_layer_are_painted_and_it_is_said()
    {
        string said = Run("inpaint", "a star", "--image", "opaque.png", "--mask", "strokes.png", "--steps", "1", "-o",
            "a.png");
        Assert.Contains("strokes.png: the strokes on its empty layer are painted; with --invert-mask the rest is\n",
            said, StringComparison.Ordinal);
        Assert.Contains("\n6 % of the image will be painted\n", said, StringComparison.Ordinal);
        AssertPainted("a.png", IsIn);

        string swapped = Run("inpaint", "a star", "--image", "opaque.png", "--mask", "strokes.png", "--invert-mask",
            "--steps", "1", "-o", "b.png");
        Assert.Contains("strokes.png: the strokes on its empty layer are kept; without --invert-mask the rest is\n",
            swapped, StringComparison.Ordinal);
        Assert.Contains("warning: 94 % of the image will be painted; --invert-mask paints the rest instead", swapped,
            StringComparison.Ordinal);
        AssertPainted("b.png", (x, y) => !IsIn(x, y));
    }

    [Fact]
    public void The_hole_of_an_erased_copy_is_painted_and_it_is_said()
    {
        string said = Run("inpaint", "a star", "--image", "opaque.png", "--mask", "erased.png", "--steps", "1", "-o",
            "a.png");
        Assert.Contains("erased.png: its transparent part is painted; with --invert-mask the opaque part is\n", said,
            StringComparison.Ordinal);
        Assert.Contains("\n6 % of the image will be painted\n", said, StringComparison.Ordinal);
        AssertPainted("a.png", IsIn);
    }

    [Fact]
    public void Enlarging_and_editing_keep_transparency_and_a_jpeg_says_that_it_does_not()
    {
        Run("upscale", "--image", "glass.png", "--steps", "1", "-o", "large.png");
        Assert.Equal(Resizing.BicubicGray(Load("glass.png").Alpha!, Side, Side, 4 * Side, 4 * Side),
            Load("large.png").Alpha);
        Assert.Contains("large.png: the pixels match", Run("replay", "large.png", "--image", "glass.png", "--check"),
            StringComparison.Ordinal);

        Run("edit", "a star", "--image", "glass.png", "--steps", "2", "--no-upsample", "-o", "edited.webp");
        Assert.Equal(Resizing.BicubicGray(Load("glass.png").Alpha!, Side, Side, 32, 32), Load("edited.webp").Alpha);

        string said = Run("upscale", "--image", "glass.png", "--steps", "1", "-s", "1", "-o", "large.jpg");
        Assert.Contains("large.jpg: a JPEG has no transparency; transparent parts are on white; .png and .webp keep "
            + "them\n", said, StringComparison.Ordinal);
        var flat = Load("large.jpg").Image;
        // Column 1 belongs to the first of 16, which is wholly transparent.
        for (int y = 0; y < flat.Height; y++)
            Assert.InRange(flat.Row(y)[3], 245, 255);
        Assert.Contains("large.jpg: the pixels match, after the same JPEG compression",
            Run("replay", "large.jpg", "--image", "glass.png", "--check"), StringComparison.Ordinal);
    }

    private static ushort Red(int x, int y) => (ushort)(((x * 31) + (y * 17)) & 0xFF);

    private static bool IsIn(int x, int y) => x >= s_stroke.X && x < s_stroke.X + s_stroke.Width && y >= s_stroke.Y
        && y < s_stroke.Y + s_stroke.Height;

    private static byte[] Pixel(LoadedImage image, int i) =>
        [.. image.Image.Pixels.AsSpan(3 * i, 3), image.Alpha?[i] ?? 255];

    private void AssertPainted(string name, Func<int, int, bool> isPainted)
    {
        var (before, after) = (Load("opaque.png"), Load(name));
        int changed = 0;
        for (int i = 0; i < Side * Side; i++)
        {
            if (!isPainted(i % Side, i / Side))
                Assert.Equal(Pixel(before, i), Pixel(after, i));
            else if (!Pixel(before, i).AsSpan().SequenceEqual(Pixel(after, i)))
                changed++;
        }
        Assert.InRange(changed, 100, Side * Side);
    }

    private void Write(string name, Func<int, int, ushort[]> sample) =>
        File.WriteAllBytes(_glide.PathOf(name), PngBuilder.Encode(Side, Side, 8, 6, sample));

    private LoadedImage Load(string name) => ImageFile.Load(_glide.PathOf(name));

    private string Run(params string[] arguments)
    {
        string[] quick = arguments[0] switch
        {
            "replay" => [],
            "inpaint" or "batch" => ["-m", "mini", "--threads", "1", "--upsample-steps", "1"],
            _ => ["-m", "mini", "--threads", "1"],
        };
        var result = _glide.Run([.. arguments, .. quick]);
        Assert.True(result.ExitCode == 0, result.Error);
        return result.Error;
    }
}
