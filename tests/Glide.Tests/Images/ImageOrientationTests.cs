using System.Text;
using Glide.Images;

namespace Glide.Tests.Images;

/// <summary>Exif turns images, color profiles leave them alone.</summary>
public sealed class ImageOrientationTests : ImageTests
{
    public static TheoryData<int> Orientations => new() { 1, 2, 3, 4, 5, 6, 7, 8 };

    [Theory, MemberData(nameof(Orientations))]
    public void Load_turns_images_upright(int orientation)
    {
        // What is upright is 3×2 with pixels 0 1 2 / 3 4 5; this is how a camera stores it.
        int[,] stored = orientation switch
        {
            1 => new[,] { { 0, 1, 2 }, { 3, 4, 5 } },
            2 => new[,] { { 2, 1, 0 }, { 5, 4, 3 } },
            3 => new[,] { { 5, 4, 3 }, { 2, 1, 0 } },
            4 => new[,] { { 3, 4, 5 }, { 0, 1, 2 } },
            5 => new[,] { { 0, 3 }, { 1, 4 }, { 2, 5 } },
            6 => new[,] { { 2, 5 }, { 1, 4 }, { 0, 3 } },
            7 => new[,] { { 5, 2 }, { 4, 1 }, { 3, 0 } },
            _ => new[,] { { 3, 0 }, { 4, 1 }, { 5, 2 } },
        };
        foreach (bool bigEndian in new[] { false, true })
        {
            byte[] exif = PngBuilder.Chunk("eXIf", Exif(orientation, bigEndian));
            byte[] Bytes(bool isBefore) => PngBuilder.Encode(
                stored.GetLength(1), stored.GetLength(0), 8, 4, (x, y) =>
                    [(ushort)stored[y, x], (ushort)(100 + stored[y, x])],
                before: isBefore ? [exif] : [], after: isBefore ? [] : [exif]);

            foreach (bool isBefore in new[] { true, false })
            {
                var image = ImageFile.Load(Folder.Write("turned.png", Bytes(isBefore)));
                Assert.Equal((3, 2), (image.Image.Width, image.Image.Height));
                Assert.Equal([0, 1, 2, 3, 4, 5], image.Image.Pixels.Where((_, i) => i % 3 == 0).ToArray());
                Assert.Equal([100, 101, 102, 103, 104, 105], image.Alpha);
            }
        }
    }

    // A profile that turns red into green would be one that a program that applies profiles sees.
    [Fact]
    public void Load_takes_the_numbers_as_they_are_whatever_profile_stands_beside_them()
    {
        byte[] profile = SwappingProfile();
        byte[] packed = [.. "swapped\0\0"u8, .. PngBuilder.Deflate(profile)];
        var png = PngBuilder.Encode(2, 1, 8, 2, (x, _) => [(ushort)(200 + x), 10, 30],
            before: [PngBuilder.Chunk("iCCP", packed)]);
        Assert.Equal([200, 10, 30, 201, 10, 30], ImageFile.Load(Folder.Write("profile.png", png)).Image.Pixels);

        byte[] block = [.. "ICC_PROFILE\0"u8, 1, 1, .. profile];
        byte[] marker = [0xFF, 0xE2, (byte)((block.Length + 2) >> 8), (byte)(block.Length + 2), .. block];
        AssertNear(LoadJpeg([0xFF, 0xD8, .. marker, .. JpegSamples.Baseline[2..]]), (x, y) =>
            [40 + (10 * x), 200 - (9 * y), 60 + (3 * x) + (4 * y)]);
    }

    // Stored from left to right 40 to 200, in 13 rows that are alike.
    [Theory, MemberData(nameof(Orientations))]
    public void Load_turns_jpegs_upright(int orientation)
    {
        byte[] exif = [.. "Exif\0\0"u8, .. Exif(orientation, bigEndian: true)];
        byte[] marker = [0xFF, 0xE1, 0, (byte)(exif.Length + 2), .. exif];

        var image = ImageFile.Load(Folder.Write("turned.jpg", [0xFF, 0xD8, .. marker, .. JpegSamples.Gray[2..]])).Image;

        bool isTurned = orientation > 4;
        Assert.Equal(isTurned ? (13, 17) : (17, 13), (image.Width, image.Height));
        byte first = image.Row(0)[0], last = isTurned ? image.Row(16)[0] : image.Row(0)[3 * 16];
        bool isReversed = orientation is 2 or 3 or 7 or 8;
        Assert.InRange(isReversed ? last : first, 38, 42);
        Assert.InRange(isReversed ? first : last, 198, 202);
    }

    [Fact]
    public void Load_takes_no_notice_of_broken_exif()
    {
        foreach (byte[] exif in new byte[][] { [], [1], Exif(0, true), Exif(9, true), Exif(6, true)[..12],
            [.. "MM"u8, 0, 42, 255, 255, 255, 255] })
        {
            byte[] block = [.. "Exif\0\0"u8, .. exif];
            byte[] marker = [0xFF, 0xE1, 0, (byte)(block.Length + 2), .. block];
            var image = ImageFile.Load(Folder.Write("odd.jpg", [0xFF, 0xD8, .. marker, .. JpegSamples.Gray[2..]]));
            Assert.Equal(17, image.Image.Width);
        }
    }

    // ICC.1, 7.2: a display profile of RGB with sRGB's primaries in another order and a gamma of 1.
    private static byte[] SwappingProfile()
    {
        (string Tag, uint[] Numbers)[] tags =
        [
            ("wtpt", [0xF6D6, 0x10000, 0xD32D]), ("rXYZ", [0x6299, 0xB785, 0x18DA]), ("gXYZ", [0x6FA2, 0x38F5, 0x0390]),
                ("bXYZ", [0x24A0, 0x0F84, 0xB6CF]),
        ];
        var data = new MemoryStream();
        var table = new MemoryStream();
        int start = 128 + 4 + (12 * (tags.Length + 3));
        void Add(string[] names, byte[] content)
        {
            foreach (string name in names)
            {
                table.Write([.. Encoding.ASCII.GetBytes(name), .. Big((uint)(start + data.Length)),
                    .. Big((uint)content.Length)]);
            }
            data.Write(content);
        }
        foreach (var (tag, numbers) in tags)
            Add([tag], [.. "XYZ \0\0\0\0"u8, .. numbers.SelectMany(Big)]);
        Add(["rTRC", "gTRC", "bTRC"], [.. "curv\0\0\0\0"u8, .. Big(0)]);
        var header = new byte[128];
        Big((uint)(start + data.Length)).CopyTo(header, 0);
        Big(0x02100000).CopyTo(header, 8);
        "mntrRGB XYZ "u8.CopyTo(header.AsSpan(12));
        "acsp"u8.CopyTo(header.AsSpan(36));
        new uint[] { 0xF6D6, 0x10000, 0xD32D }.SelectMany(Big).ToArray().CopyTo(header, 68);
        return [.. header, .. Big((uint)(tags.Length + 3)), .. table.ToArray(), .. data.ToArray()];

        static byte[] Big(uint number) => [(byte)(number >> 24), (byte)(number >> 16), (byte)(number >> 8),
            (byte)number];
    }
}
