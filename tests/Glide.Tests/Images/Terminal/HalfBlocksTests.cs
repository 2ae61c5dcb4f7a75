using Glide.Images;
using Glide.Images.Terminal;

namespace Glide.Tests.Images.Terminal;

public sealed class HalfBlocksTests
{
    [Fact]
    public void Two_pixels_are_a_character_and_a_color_is_said_once()
    {
        var image = new RgbImage(2, 3, [1, 2, 3, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]);
        Assert.Equal(
            ["\e[38;2;1;2;3m\e[48;2;4;5;6m▀\e[48;2;7;8;9m▀\e[0m", "\e[38;2;10;11;12m▀\e[38;2;13;14;15m▀\e[0m"],
            HalfBlocks.Encode(image));
    }
}
