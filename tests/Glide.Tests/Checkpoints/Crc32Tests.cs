using Glide.Checkpoints;

namespace Glide.Tests.Checkpoints;

public sealed class Crc32Tests
{
    [Fact]
    public void The_check_value_of_the_standard_comes_out() =>
        Assert.Equal(0xCBF43926u, Crc32.Append(0, "123456789"u8));

    [Fact]
    public void Folding_and_table_agree_at_every_length_and_break()
    {
        var bytes = new byte[1000];
        new Random(1).NextBytes(bytes);
        for (int length = 0; length <= bytes.Length; length++)
        {
            uint expected = Crc32.AppendPortably(0, bytes.AsSpan(0, length));
            Assert.Equal(expected, Crc32.Append(0, bytes.AsSpan(0, length)));
            int half = length * 2 / 3;
            Assert.Equal(expected, Crc32.Append(Crc32.Append(0, bytes.AsSpan(0, half)), bytes.AsSpan(half, length - half)));
        }
    }
}
