using System.Security.Cryptography;
using System.Text;

namespace Glide.Cli.Study;

/// <summary>Pictures that a study has drawn, on disk under a hash of everything that they depend on.</summary>
/// <param name="folder">Where they are kept; <c>null</c> keeps nothing.</param>
internal sealed class KeptPictures(string? folder)
{
    /// <summary>The pixels of some pictures of one size: those kept, or drawn now and kept.</summary>
    /// <param name="settings">Everything that they depend on, as text.</param>
    /// <param name="count">How many they are.</param>
    /// <param name="draw">Draws them.</param>
    public byte[][] Get(string settings, int count, Func<byte[][]> draw)
    {
        if (folder is null)
            return draw();
        string file = Path.Combine(folder, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(settings))) + ".rgb");
        if (File.Exists(file))
        {
            byte[] kept = File.ReadAllBytes(file);
            return [.. kept.Chunk(Math.Max(1, kept.Length / count))];
        }

        byte[][] drawn = draw();
        Directory.CreateDirectory(folder);
        string unfinished = file + ".unfinished";
        File.WriteAllBytes(unfinished, [.. drawn.SelectMany(pixels => pixels)]);
        File.Move(unfinished, file, overwrite: true);
        return drawn;
    }
}
