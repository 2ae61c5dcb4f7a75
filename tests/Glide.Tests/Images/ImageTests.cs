using Glide.Images;

namespace Glide.Tests.Images;

/// <summary>A folder for image files, and what the tests of their readers share.</summary>
public abstract class ImageTests : IDisposable
{
    // JPEG at quality 92 with colors at half size: the largest difference that Pillow shows for these images is 12.
    private const int JpegTolerance = 14;

    private protected TemporaryFolder Folder { get; } = new();

    public void Dispose()
    {
        Folder.Dispose();
        GC.SuppressFinalize(this);
    }

    private protected static byte[] Join(params byte[][] chunks) =>
        PngBuilder.Join([PngBuilder.Signature, .. chunks, PngBuilder.Chunk("IEND", [])]);

    private protected static byte[] Exif(int orientation, bool bigEndian)
    {
        byte[] block =
        [
            (byte)'M', (byte)'M', 0, 42, 0, 0, 0, 8,
            0, 1,
            0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, (byte)orientation, 0, 0,
            0, 0, 0, 0,
        ];
        return bigEndian
            ? block
            : [(byte)'I', (byte)'I', 42, 0, 8, 0, 0, 0, 1, 0, 0x12, 0x01, 3, 0, 1, 0, 0, 0, (byte)orientation, 0, 0, 0,
                0, 0, 0, 0];
    }

    private protected LoadedImage LoadJpeg(byte[] bytes) => ImageFile.Load(Folder.Write("a.jpg", bytes));

    private protected string Refusal(string name, byte[] bytes) => Refusal(Folder.Write(name, bytes));

    private protected static string Refusal(string path) =>
        Assert.Throws<UsageException>(() => ImageFile.Load(path)).Message;

    private protected static void AssertNear(LoadedImage image, Func<int, int, int[]> expected)
    {
        Assert.Equal(ImageFormat.Jpeg, image.Format);
        Assert.Null(image.Alpha);
        Assert.Equal((17, 13), (image.Image.Width, image.Image.Height));
        for (int y = 0; y < 13; y++)
        {
            for (int x = 0; x < 17; x++)
            {
                var color = expected(x, y);
                for (int c = 0; c < 3; c++)
                    Assert.InRange(image.Image.Row(y)[(3 * x) + c], color[c] - JpegTolerance, color[c] + JpegTolerance);
            }
        }
    }
}
