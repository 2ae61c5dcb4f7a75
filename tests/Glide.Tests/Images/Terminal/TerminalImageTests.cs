using Glide.Images;
using Glide.Images.Terminal;

namespace Glide.Tests.Images.Terminal;

public sealed class TerminalImageTests
{
    /// <summary>Width and height of the image, columns and lines of the terminal, lines that the image takes.</summary>
    public static TheoryData<int, int, int, int, int> Sizes => new()
    {
        { 32, 32, 80, 24, 21 },
        { 128, 128, 80, 24, 21 },
        { 64, 32, 41, 24, 10 },
        { 32, 32, 200, 100, 24 },
        { 32, 32, 10, 3, 1 },
    };

    [Theory, MemberData(nameof(Sizes))]
    public void Blocks_fill_the_terminal_and_leave_room_for_a_line(int width, int height, int columns, int lines,
        int rows)
    {
        var image = TerminalImage.Draw([new RgbImage(width, height)], TerminalProtocol.Blocks,
            TerminalSize.Usual with { Columns = columns, Rows = lines });
        Assert.Equal(rows, image.Rows);
        Assert.Equal(rows, image.Text.Count(c => c == '\n'));
        Assert.All(image.Text.Split('\n'), line => Assert.InRange(line.Count(c => c == '▀'), 0, columns - 1));
    }

    [Theory]
    [InlineData("Kitty", "\e_Ga=T,f=24,o=z,s=32,v=32,c=42,r=21,")]
    [InlineData("Iterm2", "\e]1337;File=inline=1;")]
    [InlineData("Sixel", "\ePq\"1;1;420;420")]
    public void Images_get_free_lines_first_and_leave_the_cursor_below(string protocol, string start)
    {
        var image = TerminalImage.Draw([new RgbImage(32, 32)], Enum.Parse<TerminalProtocol>(protocol),
            TerminalSize.Usual);
        Assert.StartsWith(new string('\n', 21) + "\e[21A\e7" + start, image.Text, StringComparison.Ordinal);
        Assert.EndsWith("\e8\e[21B", image.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Several_images_stand_side_by_side()
    {
        var image = TerminalImage.Draw([new RgbImage(32, 32), new RgbImage(32, 32)], TerminalProtocol.Blocks,
            TerminalSize.Usual);
        // 67×34 pixels with the margins, so the width of 79 decides: 79×40.
        Assert.Equal(20, image.Rows);
    }
}
