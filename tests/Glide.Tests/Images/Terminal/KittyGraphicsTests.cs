using System.IO.Compression;
using System.Text.RegularExpressions;
using Glide.Images;
using Glide.Images.Terminal;

namespace Glide.Tests.Images.Terminal;

/// <summary>Against the protocol as https://sw.kovidgoyal.net/kitty/graphics-protocol/ describes it.</summary>
public sealed partial class KittyGraphicsTests
{
    [Fact]
    public void A_small_image_is_one_command()
    {
        string text = KittyGraphics.Encode(new RgbImage(1, 1, [1, 2, 3]), columns: 4, rows: 2, number: 9);
        Assert.StartsWith("\e_Ga=T,f=24,o=z,s=1,v=1,c=4,r=2,i=9,p=1,C=1,q=2,m=0;", text, StringComparison.Ordinal);
        Assert.EndsWith("\e\\", text, StringComparison.Ordinal);
        Assert.Equal([1, 2, 3], Unpack(text));
    }

    [Fact]
    public void A_large_image_comes_in_pieces_of_at_most_4096_characters()
    {
        var image = new RgbImage(64, 64);
        new Random(1).NextBytes(image.Pixels);
        string text = KittyGraphics.Encode(image, columns: 32, rows: 16, number: 1);

        var commands = Commands().Matches(text).ToList();
        Assert.Equal(text, string.Concat(commands.Select(command => command.Value)));
        // 12288 bytes that do not compress are 16384 characters of base64 and a few more.
        Assert.Equal(5, commands.Count);
        Assert.All(commands.SkipLast(1), command => Assert.Equal(4096, command.Groups[2].Length));
        Assert.All(commands.SkipLast(1), command =>
            Assert.EndsWith("m=1", command.Groups[1].Value, StringComparison.Ordinal));
        Assert.Equal("m=0", commands[^1].Groups[1].Value);
        Assert.Equal(image.Pixels, Unpack(text));
    }

    private static byte[] Unpack(string text)
    {
        string data = string.Concat(Commands().Matches(text).Select(command => command.Groups[2].Value));
        using var zlib = new ZLibStream(new MemoryStream(Convert.FromBase64String(data)), CompressionMode.Decompress);
        using var pixels = new MemoryStream();
        zlib.CopyTo(pixels);
        return pixels.ToArray();
    }

    [GeneratedRegex("\e_G([^;]*);([^\e]*)\e\\\\")]
    private static partial Regex Commands();
}
