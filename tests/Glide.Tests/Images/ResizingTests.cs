using System.Security.Cryptography;
using Glide.Images;

namespace Glide.Tests.Images;

public class ResizingTests
{
    /// <summary>
    /// Channels, size, new size, and how the SHA-256 of the bytes begins that Pillow 9.4's resize(BICUBIC) makes of
    /// <see cref="RgbImage"/> (modes RGB and L).
    /// </summary>
    public static TheoryData<int, int, int, int, int, string> PillowsBytes => new()
    {
        { 3, 1, 1, 4, 4, "b717b311787eecf18219d888" },
        { 3, 1, 1, 1, 9, "1129a39f3784205e35547840" },
        { 3, 1, 4000, 64, 64, "1ecdf8105e4090f604b6ef32" },
        { 3, 4000, 1, 64, 64, "66ea7575aec417adf7177a48" },
        { 3, 1, 4000, 1, 17, "46c56c91a09a3c2e59185198" },
        { 3, 64, 64, 256, 256, "44263ffd3c3769eafe6751d9" },
        { 3, 256, 256, 64, 64, "f478bb2aebb91bb8d49ac33b" },
        { 3, 256, 256, 32, 32, "7d7ce3f3dfebcb5624664ce0" },
        { 3, 65, 63, 64, 64, "fb97223ffb3a1f12b508a5f9" },
        { 3, 63, 65, 64, 64, "16ae47a0a5d59f366ce9a062" },
        { 3, 640, 427, 256, 256, "64ed4223185f597a21192a45" },
        { 3, 333, 500, 64, 64, "fc64064b7c956bec95d18ddb" },
        { 3, 37, 53, 71, 29, "3bc06046ecd20bf7e699d492" },
        { 3, 53, 37, 53, 90, "487f633e12479030aa8f0f12" },
        { 3, 53, 37, 12, 37, "a517265ddafabbc03c5e7947" },
        { 3, 2, 3, 255, 257, "6fa0bceef2fed5dee55e6c25" },
        { 3, 7, 5, 7, 5, "281a5cbdd99ed925fff4b7a6" },
        { 3, 1000, 3, 10, 200, "91f3de4667f442b8af6ae7a9" },
        { 3, 128, 128, 127, 129, "a7c1d7abca504a8be89635c6" },
        { 3, 97, 89, 3, 2, "74697ea704e6744de0064fdb" },
        { 3, 500, 500, 1, 1, "d732297babadbbda2edd3a66" },
        { 1, 1, 1, 4, 4, "374708fff7719dd5979ec875" },
        { 1, 1, 1, 1, 9, "3e7077fd2f66d689e0cee6a7" },
        { 1, 1, 4000, 64, 64, "75b71ef0b3b5b2ed7b245e37" },
        { 1, 4000, 1, 64, 64, "5ef8543d0cad5d034ce5373d" },
        { 1, 1, 4000, 1, 17, "caaa771596e9ecbba350c073" },
        { 1, 64, 64, 256, 256, "9d1d2f909f87431c7373583c" },
        { 1, 256, 256, 64, 64, "e03a50326727efce4e1af7e8" },
        { 1, 256, 256, 32, 32, "ab873736e3e5e74e7aaac79f" },
        { 1, 65, 63, 64, 64, "da7dd748cffe5aee46c7fe28" },
        { 1, 63, 65, 64, 64, "1b5eeca6c59998530587e5b7" },
        { 1, 640, 427, 256, 256, "a54da7a25c28625c665de2b1" },
        { 1, 333, 500, 64, 64, "16c903193a8572e30a253c28" },
        { 1, 37, 53, 71, 29, "c1381a0418694a3308d38539" },
        { 1, 53, 37, 53, 90, "2e89e06f04ed5f4184e43e84" },
        { 1, 53, 37, 12, 37, "b610ddab1944305a28de38be" },
        { 1, 2, 3, 255, 257, "d9b4d9ab026739cf26c896e6" },
        { 1, 7, 5, 7, 5, "78a68a95da56737651a447c4" },
        { 1, 1000, 3, 10, 200, "6b3e1338abee678d04afc917" },
        { 1, 128, 128, 127, 129, "cecbbb1ffa3979959369829f" },
        { 1, 97, 89, 3, 2, "30abb81ca36c6658458ff001" },
        { 1, 500, 500, 1, 1, "620bfdaa346b088fb49998d9" },
    };

    public static TheoryData<int, int, int[]> NearestIndexes => new()
    {
        { 2, 4, [0, 0, 1, 1] },
        { 3, 2, [0, 2] },
        { 4, 2, [1, 3] },
        { 3, 7, [0, 0, 1, 1, 1, 2, 2] },
        { 5, 1, [2] },
        { 1, 3, [0, 0, 0] },
    };

    [Fact]
    public void The_image_is_the_one_that_Pillow_was_given() =>
        Assert.Equal("005dd4ff00ff062e56933308ff00ff08305841e5edff00ff", Convert.ToHexString(Image(4, 2, 3))
            .ToLowerInvariant());

    [Theory, MemberData(nameof(PillowsBytes))]
    public void Bicubic_gives_Pillows_bytes(int channels, int width, int height, int newWidth, int newHeight,
        string sha256)
    {
        var image = Image(width, height, channels);
        var given = image.ToArray();

        var scaled = channels == 3
            ? Resizing.Bicubic(new RgbImage(width, height, image), newWidth, newHeight).Pixels
            : Resizing.BicubicGray(image, width, height, newWidth, newHeight);

        Assert.Equal(channels * newWidth * newHeight, scaled.Length);
        Assert.StartsWith(sha256, Convert.ToHexString(SHA256.HashData(scaled)).ToLowerInvariant(),
            StringComparison.Ordinal);
        Assert.Equal(given, image);
        Assert.NotSame(image, scaled);
    }

    [Theory, MemberData(nameof(NearestIndexes))]
    public void Nearest_takes_the_pixel_under_the_center(int size, int newSize, int[] expected)
    {
        var line = Enumerable.Range(0, size).Select(i => (byte)i).ToArray();

        Assert.Equal(expected, Resizing.NearestGray(line, size, 1, newSize, 1).Select(value => (int)value));
        Assert.Equal(expected, Resizing.NearestGray(line, 1, size, 1, newSize).Select(value => (int)value));
    }

    [Fact]
    public void Sizes_that_make_no_sense_are_the_callers_bug()
    {
        var image = new RgbImage(2, 2);
        Assert.Throws<ArgumentOutOfRangeException>(() => Resizing.Bicubic(image, 0, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => Resizing.NearestGray(new byte[4], 2, 2, 1, -1));
        Assert.Throws<ArgumentException>(() => Resizing.BicubicGray(new byte[5], 2, 2, 1, 1));
    }

    /// <summary>Noise, hard edges and a slope, interleaved; the same formula was used on Pillow's side.</summary>
    private static byte[] Image(int width, int height, int channels)
    {
        var bytes = new byte[width * height * channels];
        for (uint i = 0; i < bytes.Length; i++)
        {
            uint k = i % (uint)channels;
            uint x = i / (uint)channels % (uint)width;
            uint y = i / (uint)(channels * width);
            uint noise = i * 2654435761;
            noise ^= noise >> 15;
            noise *= 2246822519;
            noise ^= noise >> 13;
            bytes[i] = ((x + y) % 3) switch
            {
                0 => (byte)(noise >> 24),
                1 => ((x / 5) + (y / 3) + k) % 2 == 0 ? byte.MaxValue : (byte)0,
                _ => (byte)((x * 3) + (y * 5) + (k * 40)),
            };
        }

        return bytes;
    }
}
