using Glide.Cli.Tests.Support;
using Glide.Images;
using Glide.Pipelines;
using Glide.Tests.Images;

namespace Glide.Cli.Tests.Editing;

/// <summary><c>inpaint</c> on files of random sizes and masks: what is not painted keeps every byte.</summary>
public sealed class RandomPaintingTests : IDisposable
{
    private readonly GlideProcess _glide = new();

    public void Dispose() => _glide.Dispose();

    public static TheoryData<int> Numbers => [.. Enumerable.Range(0, 20)];

    [Theory, MemberData(nameof(Numbers))]
    public void A_painted_file_keeps_its_size_and_every_byte_outside_the_mask(int number)
    {
        var random = new Random(5200 + number);
        var (width, height) = number switch
        {
            0 => (40, 30),
            1 => (2000, 1500),
            _ =>
            (random.Next(40, 900), random.Next(30, 700))
        };
        string image = number % 2 == 0 ? WritePng(random, width, height) : WriteJpeg(random, width, height);
        bool isImplicit = number % 4 < 2;
        var isPainted = WriteMask(random, width, height, inverted: number % 5 == 4);
        string[] command =
        [
            "inpaint", "a green star", "--image", image, "--mask", "mask.png", "-s", $"{number}", "--steps", "1",
                "--upsample-steps", "1",
            "--mode", isImplicit ? "implicit" : "finetuned", "-q", "-m", "mini", "--threads", "1", .. number % 5 == 4
                ? ["--invert-mask"] : Array.Empty<string>(),
        ];
        foreach (string name in new[] { "a.png", "b.png" })
        {
            var result = _glide.Run([.. command, "-o", name]);
            Assert.True(result.ExitCode == 0, result.Error);
        }
        Assert.Equal(File.ReadAllBytes(_glide.PathOf("a.png")), File.ReadAllBytes(_glide.PathOf("b.png")));
        AssertOnlyPainted(GeneratedImageFile.ReadPixels(_glide.PathOf(image)),
            GeneratedImageFile.ReadPixels(_glide.PathOf("a.png")), isPainted);
    }

    private static void AssertOnlyPainted(RgbImage before, RgbImage after, bool[] isPainted)
    {
        Assert.Equal((before.Width, before.Height), (after.Width, after.Height));
        int changed = 0;
        for (int pixel = 0; pixel < isPainted.Length; pixel++)
        {
            bool isSame = before.Pixels.AsSpan(3 * pixel, 3).SequenceEqual(after.Pixels.AsSpan(3 * pixel, 3));
            changed += isSame ? 0 : 1;
            if (!isPainted[pixel] && !isSame)
                Assert.Fail($"({pixel % before.Width}, {pixel / before.Width}) is known and changed");
        }
        int painted = isPainted.Count(value => value);
        Assert.True(changed > painted / 2, $"{changed} of {painted} painted pixels changed");
    }

    // Every pixel's own value, so that a shift by one is seen.
    private string WritePng(Random random, int width, int height)
    {
        int seed = random.Next(1, 1 << 20);
        ushort[] Sample(int x, int y)
        {
            int mixed = ((x * 7919) + (y * 104729) + seed) * 31;
            return [(ushort)((mixed >> 4) & 0xFF), (ushort)((x + y) & 0xFF), (ushort)((mixed >> 9) & 0xFF)];
        }
        File.WriteAllBytes(_glide.PathOf("image.png"), PngBuilder.Encode(width, height, 8, 2, Sample));
        return "image.png";
    }

    private string WriteJpeg(Random random, int width, int height)
    {
        File.WriteAllBytes(_glide.PathOf("image.jpg"),
            JpegBuilder.Encode(width, height, (_, _, _) => random.Next(-100, 100)));
        return "image.jpg";
    }

    // One or two rectangles and an ellipse, in white on black or (every third) in transparent on opaque.
    private bool[] WriteMask(Random random, int width, int height, bool inverted)
    {
        var isPainted = new bool[width * height];
        for (int part = random.Next(1, 4); part > 0; part--)
        {
            int w = random.Next(6, Math.Max(7, width / 2)), h = random.Next(6, Math.Max(7, height / 2));
            int left = random.Next(0, width - w + 1), top = random.Next(0, height - h + 1);
            bool isRound = random.Next(2) == 0;
            for (int y = 0; y < h; y++)
            {
                for (int x = 0; x < w; x++)
                {
                    isPainted[((top + y) * width) + left + x] |= !isRound || Math.Pow((2.0 * x / (w - 1)) - 1, 2)
                        + Math.Pow((2.0 * y / (h - 1)) - 1, 2) <= 1;
                }
            }
        }
        // Little on an empty layer would be strokes.
        bool isTransparency = random.Next(3) == 0 && 2 * isPainted.Count(painted => painted == inverted)
            >= isPainted.Length;
        ushort[] Sample(int x, int y)
        {
            bool marked = isPainted[(y * width) + x] != inverted;
            return isTransparency ? [0, (ushort)(marked ? 0 : 255)] : [(ushort)(marked ? 1 : 0)];
        }
        File.WriteAllBytes(_glide.PathOf("mask.png"), isTransparency
            ? PngBuilder.Encode(width, height, 8, 4, Sample)
            : PngBuilder.Encode(width, height, 1, 0, Sample));
        return isPainted;
    }
}
