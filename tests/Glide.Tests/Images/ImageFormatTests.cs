using System.Text;
using Glide.Images;
using SixLabors.ImageSharp.PixelFormats;

namespace Glide.Tests.Images;

/// <summary>JPEG and WebP as they are written and read, against ImageSharp's own decoders.</summary>
public sealed class ImageFormatTests : IDisposable
{
    private const int Width = 37, Height = 23;

    // What JPEG of quality 95 changes of soft colors: its tables divide by 2 to 12 at most, of blocks of 8 × 8.
    private const int MostJpegChange = 6;

    private readonly TemporaryFolder _folder = new();

    private static readonly KeyValuePair<string, string>[] s_texts =
    [
        new("Software", "glide 1.2.3"),
        new("prompt", "a röd <circle> & \"雪\" 🦔\r\n second\tline "),
        new("seed", "7"),
        new("model", ""),
        new("glide", """{"prompt":"a r\u00F6d <circle>","seed":7}"""),
        new("beyond names", "as it is"),
    ];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("a.jpg")]
    [InlineData("a.webp")]
    public void Texts_come_back_as_they_were(string name)
    {
        Save(name, Soft(), alpha: null, s_texts);
        Assert.Equal(s_texts, ImageFile.ReadTexts(_folder[name]));
        byte[] once = File.ReadAllBytes(_folder[name]);
        Save(name, Soft(), alpha: null, s_texts);
        Assert.Equal(once, File.ReadAllBytes(_folder[name]));
    }

    [Theory]
    [InlineData("a.jpg")]
    [InlineData("a.webp")]
    public void Long_texts_and_what_xml_does_not_have_are_kept_readable(string name)
    {
        string large = string.Concat(Enumerable.Repeat("雪 & ", 30_000));
        Save(name, Soft(), alpha: null,
            [new("prompt", "nul \0, bell \a, half a pair \uD83C, no character \uFFFF."), new("glide", large)]);
        Assert.Equal(
            [new("prompt", "nul \uFFFD, bell \uFFFD, half a pair \uFFFD, no character \uFFFD."), new("glide", large)],
            ImageFile.ReadTexts(_folder[name]));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_webp_has_every_pixel(bool isTransparent)
    {
        byte[]? alpha = isTransparent ? Alpha() : null;
        Save("a.webp", Noise(), alpha, s_texts);
        var loaded = ImageFile.Load(_folder["a.webp"]);
        Assert.Equal(ImageFormat.Webp, loaded.Format);
        Assert.Equal(Noise().Pixels, loaded.Image.Pixels);
        Assert.Equal(alpha, loaded.Alpha);
        AssertSame(Noise(), alpha, "a.webp");
    }

    [Fact]
    public void A_transparent_png_has_every_pixel_and_the_colors_under_transparency()
    {
        Save("a.png", Noise(), Alpha(), s_texts);
        var loaded = ImageFile.Load(_folder["a.png"]);
        Assert.Equal(Noise().Pixels, loaded.Image.Pixels);
        Assert.Equal(Alpha(), loaded.Alpha);
        AssertSame(Noise(), Alpha(), "a.png");
    }

    [Fact]
    public void A_jpeg_is_close_with_all_of_its_color()
    {
        Save("a.jpg", Soft(), alpha: null, s_texts);
        var loaded = ImageFile.Load(_folder["a.jpg"]);
        Assert.Equal(ImageFormat.Jpeg, loaded.Format);
        Assert.InRange(Soft().Pixels.Zip(loaded.Image.Pixels).Max(pair => Math.Abs(pair.First - pair.Second)), 0,
            MostJpegChange);
        Assert.Equal(loaded.Image.Pixels, ImageFile.AfterJpeg(Soft(), alpha: null).Pixels);
        // T.81, B.2.2: a channel's number, then its samples across and down: 1 × 1 for all is no subsampling.
        byte[] bytes = File.ReadAllBytes(_folder["a.jpg"]);
        int frame = bytes.AsSpan().IndexOf([(byte)0xFF, (byte)0xC0]);
        Assert.Equal([0x11, 0x11, 0x11], new[] { bytes[frame + 11], bytes[frame + 14], bytes[frame + 17] });
    }

    // 200 at opacity 102 of 255: 0.4 · 200 + 0.6 · 255 = 233.
    [Fact]
    public void A_transparent_jpeg_is_on_white()
    {
        var image = new RgbImage(16, 16, [.. Enumerable.Repeat((byte)200, 3 * 256)]);
        Save("a.jpg", image, [.. Enumerable.Repeat((byte)102, 256)], []);
        var loaded = ImageFile.Load(_folder["a.jpg"]);
        Assert.Null(loaded.Alpha);
        Assert.All(loaded.Image.Pixels, level => Assert.InRange(level, 232, 234));
        Assert.All(ImageFile.AfterJpeg(image, new byte[256]).Pixels, level => Assert.Equal(255, level));
    }

    [Theory]
    [InlineData("<!DOCTYPE a [<!ENTITY b \"cccc\">]><a xmlns:g='urn:glide:image'><g:glide>&b;</g:glide></a>")]
    [InlineData("<a xmlns:g='urn:glide:image'><g:glide>text</g:seed></a>")]
    [InlineData("<a>")]
    [InlineData("no XML")]
    [InlineData("")]
    public void Damaged_packets_have_no_texts(string packet) =>
        Assert.Empty(XmpText.Read(Encoding.UTF8.GetBytes(packet)));

    [Fact]
    public void Packets_have_the_limits_of_png_texts()
    {
        string Packet(params string[] texts) => "<a xmlns:g='urn:glide:image'>"
            + string.Concat(texts.Select(text => $"<g:glide>{text}</g:glide>")) + "</a>";
        string most = new('x', PngText.MostBytes);
        Assert.Equal([most, "y"],
            XmpText.Read(Encoding.UTF8.GetBytes(Packet(most, most + "x", "y"))).Select(text => text.Value));
        string[] many = [.. Enumerable.Repeat("", PngText.MostTexts + 500)];
        Assert.Equal(PngText.MostTexts, XmpText.Read(Encoding.UTF8.GetBytes(Packet(many))).Count);
        Assert.Empty(XmpText.Read(Encoding.UTF8.GetBytes(Packet("y") + new string(' ', PngText.MostBytesInAll))));
    }

    // As programs write packets that they have changed.
    [Fact]
    public void Properties_may_be_attributes() => Assert.Equal([new("seed", "7"), new("prompt", "a circle")],
        XmpText.Read("""
            <r:Description xmlns:r='http://www.w3.org/1999/02/22-rdf-syntax-ns#' xmlns:q='urn:glide:image' q:seed='7'
                xmlns:dc='http://purl.org/dc/elements/1.1/'>
              <dc:description>
                <r:Alt>
                  <r:li xml:lang='x-default'>a circle</r:li>
                </r:Alt>
              </dc:description>
            </r:Description>
            """u8.ToArray()));

    [Fact]
    public void A_cut_or_lossy_webp_is_refused()
    {
        Save("a.webp", Noise(), alpha: null, s_texts);
        byte[] whole = File.ReadAllBytes(_folder["a.webp"]);
        for (int length = 30; length < whole.Length; length += 97)
        {
            string path = _folder.Write("cut.webp", whole[..length]);
            Assert.Throws<UsageException>(() => ImageFile.Load(path));
            Assert.Throws<UsageException>(() => ImageFile.ReadTexts(path));
        }
        int pixels = whole.AsSpan().IndexOf("VP8L"u8);
        whole[pixels + 3] = (byte)' ';
        var lossy = Assert.Throws<UsageException>(() => ImageFile.Load(_folder.Write("lossy.webp", whole)));
        Assert.Contains("only lossless images can be read", lossy.Message, StringComparison.Ordinal);
        whole[pixels + 3] = (byte)'L';
        // Length of the pixels: more than the file has, and none.
        foreach (byte length in new byte[] { 255, 0 })
        {
            whole.AsSpan(pixels + 4, 4).Fill(length);
            Assert.Throws<UsageException>(() => ImageFile.Load(_folder.Write("damaged.webp", whole)));
        }
    }

    [Fact]
    public void A_damaged_webp_never_fails_otherwise()
    {
        Save("a.webp", Noise(), Alpha(), s_texts);
        byte[] whole = File.ReadAllBytes(_folder["a.webp"]);
        var random = new Random(11);
        for (int number = 0; number < 300; number++)
        {
            byte[] damaged = [.. whole];
            for (int change = random.Next(1, 5); change > 0; change--)
                damaged[random.Next(damaged.Length)] = (byte)random.Next(256);
            string path = _folder.Write("damaged.webp", damaged);
            try
            {
                ImageFile.ReadTexts(path);
                ImageFile.Load(path);
            }
            catch (UsageException)
            {
                // A refusal in words is one of the two right answers.
            }
        }
    }

    [Fact]
    public void A_format_without_images_of_a_size_is_named()
    {
        var wide = new RgbImage(16_384, 1);
        var error = Assert.Throws<UsageException>(() => Save("a.webp", wide, alpha: null, []));
        Assert.Contains("a WebP image has at most 16383 pixels a side; found 16384×1", error.Message,
            StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(_folder.Path));
        Save("a.jpg", wide, alpha: null, []);
        Assert.Throws<UsageException>(() => Save("b.jpg", new RgbImage(1, 65_536), alpha: null, []));
    }

    [Theory]
    [InlineData("a.png", ImageFormat.Png)]
    [InlineData("a.JPG", ImageFormat.Jpeg)]
    [InlineData("b.c.jpeg", ImageFormat.Jpeg)]
    [InlineData("a.webp", ImageFormat.Webp)]
    [InlineData("v1.2", null)]
    [InlineData("jpg", null)]
    [InlineData("a.tiff", null)]
    internal void A_name_says_the_format(string name, ImageFormat? format)
    {
        Assert.Equal(format, ImageNames.FormatOf(name));
        Assert.Equal(name == "a.tiff", ImageNames.IsOther(name));
    }

    private void Save(string name, RgbImage image, byte[]? alpha, KeyValuePair<string, string>[] texts) =>
        ImageFile.Save(_folder[name], new ImageContent(image, alpha, texts), ImageNames.FormatOf(name)!.Value);

    private static RgbImage Noise()
    {
        var image = new RgbImage(Width, Height);
        new Random(3).NextBytes(image.Pixels);
        return image;
    }

    private static RgbImage Soft()
    {
        var image = new RgbImage(Width, Height);
        for (int i = 0; i < image.Pixels.Length; i++)
            image.Pixels[i] = (byte)(40 + (4 * (i / 3 % Width)) + (i % 3 * 20));
        return image;
    }

    private static byte[] Alpha() => [.. Enumerable.Range(0, Width * Height).Select(i => (byte)(i % 3 == 0 ? 0 : i))];

    private void AssertSame(RgbImage image, byte[]? alpha, string name)
    {
        using var decoded = SixLabors.ImageSharp.Image.Load<Rgba32>(_folder[name]);
        for (int i = 0; i < Width * Height; i++)
        {
            var pixel = decoded[i % Width, i / Width];
            Assert.Equal([.. image.Pixels.AsSpan(3 * i, 3), alpha?[i] ?? 255],
                new[] { pixel.R, pixel.G, pixel.B, pixel.A });
        }
    }
}
