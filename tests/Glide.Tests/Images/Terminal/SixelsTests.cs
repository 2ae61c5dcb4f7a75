using System.Globalization;
using Glide.Images;
using Glide.Images.Terminal;

namespace Glide.Tests.Images.Terminal;

/// <summary>Against DEC's VT330/VT340 Programmer Reference Manual, chapter 14.</summary>
public sealed class SixelsTests
{
    [Fact]
    public void Bytes_are_those_that_the_manual_asks_for()
    {
        // Six columns, seven rows: red, but for one blue pixel in the second row of the first column and a blue last
        // row.
        var image = new RgbImage(6, 7);
        for (int i = 0; i < 42; i++)
            (i == 6 || i >= 36 ? new byte[] { 0, 0, 255 } : [255, 0, 0]).CopyTo(image.Pixels, 3 * i);

        // All six rows are 63 + 63 = '~'; without the second, 63 + 61 = '|'; the second alone, 63 + 2 = 'A'; the first,
        // '@'.
        // The manual leaves the numbers of colors to the sender: blue is 0 here, red is 1.
        Assert.Equal("\ePq\"1;1;6;7#0;2;0;0;100#1;2;100;0;0#0A$#1|!5~-#0!6@\e\\", Sixels.Encode(image));
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(37, 20)]
    [InlineData(64, 64)]
    public void A_decoder_finds_every_pixel_in_its_color(int width, int height)
    {
        // Colors that hundredths can say exactly, so that nothing is lost.
        var random = new Random(width);
        var image = new RgbImage(width, height,
            [.. Enumerable.Range(0, 3 * width * height).Select(_ => (byte)(51 * random.Next(6)))]);
        Assert.Equal(image.Pixels, Decode(Sixels.Encode(image), width, height));
    }

    // A terminal as the manual describes it, for what the encoder sends.
    private static byte[] Decode(string text, int width, int height)
    {
        Assert.StartsWith("\ePq", text, StringComparison.Ordinal);
        Assert.EndsWith("\e\\", text, StringComparison.Ordinal);
        var pixels = new byte[3 * width * height];
        var colors = new Dictionary<int, byte[]>();
        int at = 3, x = 0, top = 0, color = -1;
        int[] Numbers()
        {
            int start = at;
            while (char.IsAsciiDigit(text[at]) || text[at] == ';')
                at++;
            return [.. text[start..at].Split(';').Select(number => int.Parse(number, CultureInfo.InvariantCulture))];
        }
        void Put(char piece, int times)
        {
            for (int n = 0; n < times; n++, x++)
            {
                for (int row = 0; row < 6; row++)
                {
                    if (((piece - '?') >> row & 1) != 0)
                        colors[color].CopyTo(pixels, 3 * (((top + row) * width) + x));
                }
            }
        }
        while (at < text.Length - 2)
        {
            char code = text[at++];
            switch (code)
            {
                case '"':
                    Assert.Equal([1, 1, width, height], Numbers());
                    break;
                case '#':
                    int[] numbers = Numbers();
                    color = numbers[0];
                    if (numbers.Length > 1)
                        colors[color] = [.. numbers[2..].Select(percent => (byte)Math.Round(percent * 2.55))];
                    break;
                case '!':
                    int times = Numbers()[0];
                    Put(text[at++], times);
                    break;
                case '$':
                    x = 0;
                    break;
                case '-':
                    (x, top) = (0, top + 6);
                    break;
                default:
                    Assert.InRange(code, '?', '~');
                    Put(code, 1);
                    break;
            }
        }
        return pixels;
    }
}
