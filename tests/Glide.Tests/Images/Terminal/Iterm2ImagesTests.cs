using System.Text.RegularExpressions;
using Glide.Images;
using Glide.Images.Terminal;

namespace Glide.Tests.Images.Terminal;

/// <summary>Against https://iterm2.com/documentation-images.html.</summary>
public sealed partial class Iterm2ImagesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_sequence_holds_a_whole_png_and_its_length()
    {
        var image = new RgbImage(3, 2, [.. Enumerable.Range(0, 18).Select(i => (byte)(13 * i))]);
        var match = Sequence().Match(Iterm2Images.Encode(image, columns: 6, rows: 2));
        Assert.True(match.Success);
        byte[] png = Convert.FromBase64String(match.Groups[2].Value);
        Assert.Equal($"{png.Length}", match.Groups[1].Value);
        File.WriteAllBytes(_folder["a.png"], png);
        Assert.Equal(image.Pixels, ImageFile.Load(_folder["a.png"]).Image.Pixels);
    }

    [GeneratedRegex(
        "^\e\\]1337;File=inline=1;size=([0-9]+);width=6;height=2;preserveAspectRatio=0:([A-Za-z0-9+/=]+)\a$")]
    private static partial Regex Sequence();
}
