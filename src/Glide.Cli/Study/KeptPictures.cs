using System.Security.Cryptography;
using System.Text;

namespace Glide.Cli.Study;

/// <summary>Pictures that a study has drawn, under a hash of everything that they depend on.</summary>
/// <param name="folder">Where they outlast the process; <c>null</c> for nowhere.</param>
internal sealed class KeptPictures(string? folder)
{
    private readonly Dictionary<string, byte[][]> _drawn = [];

    /// <summary>The pixels of some pictures of one size: those kept, or drawn now and kept.</summary>
    /// <param name="settings">Everything that they depend on, as text.</param>
    /// <param name="count">How many they are.</param>
    /// <param name="draw">Draws them.</param>
    public byte[][] Get(string settings, int count, Func<byte[][]> draw)
    {
        string name = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(settings)));
        if (_drawn.TryGetValue(name, out byte[][]? pictures))
            return pictures;
        pictures = folder is null ? draw() : OnDisk(Path.Combine(folder, name + ".rgb"), count, draw);
        _drawn.Add(name, pictures);
        return pictures;
    }

    private static byte[][] OnDisk(string file, int count, Func<byte[][]> draw)
    {
        if (File.Exists(file))
        {
            byte[] kept = File.ReadAllBytes(file);
            return [.. kept.Chunk(Math.Max(1, kept.Length / count))];
        }

        byte[][] drawn = draw();
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        string unfinished = file + ".unfinished";
        File.WriteAllBytes(unfinished, [.. drawn.SelectMany(pixels => pixels)]);
        File.Move(unfinished, file, overwrite: true);
        return drawn;
    }
}
