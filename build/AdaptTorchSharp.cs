// Elf64_Verneed  vn_version:2 vn_cnt:2 vn_file:4 vn_aux:4 vn_next:4        one a library, offsets from its own start
// Elf64_Vernaux  vna_hash:4 vna_flags:2 vna_other:2 vna_name:4 vna_next:4  one a version needed of it
using System;
using System.IO;
using System.Linq;
using System.Text;
using Microsoft.Build.Framework;
using Microsoft.Build.Utilities;

/// <summary>
/// Copies a shared library, marks one symbol version that it needs as weak, and adds a folder that it is searched with.
/// </summary>
/// <remarks>
/// The dynamic loader refuses a library that needs a version which the system's library does not define, even where no
/// symbol is bound to that version. A weak need is not refused.
/// </remarks>
public sealed class AdaptTorchSharp : Task
{
    private const uint VersionNeedSection = 0x6ffffffe;   // SHT_GNU_verneed
    private const ushort Weak = 2;                        // VER_FLG_WEAK

    /// <summary>The library to copy, an ELF file of 64 bits, little-endian.</summary>
    [Required]
    public string Source { get; set; } = "";

    /// <summary>The copy.</summary>
    [Required]
    public string Destination { get; set; } = "";

    /// <summary>
    /// The version, such as <c>GLIBCXX_3.4.32</c>. A library that does not need it is copied as it is.
    /// </summary>
    [Required]
    public string Version { get; set; } = "";

    /// <summary>The library's own search path, as readelf prints it as its RUNPATH.</summary>
    [Required]
    public string BuilderSearchPath { get; set; } = "";

    /// <summary>What takes its place; at most as long.</summary>
    [Required]
    public string SearchPath { get; set; } = "";

    /// <inheritdoc/>
    public override bool Execute()
    {
        byte[] file = File.ReadAllBytes(Source);
        if (file.Length < 64 || !file.Take(6).SequenceEqual(new byte[] { 0x7F, (byte)'E', (byte)'L', (byte)'F', 2, 1 }))
        {
            Log.LogError("{0} is not a little-endian 64-bit ELF file", Source);
            return false;
        }
        Weaken(file);
        if (!ReplaceSearchPath(file))
        {
            Log.LogError("{0} has no search path that begins with {1}", Source, BuilderSearchPath);
            return false;
        }
        Directory.CreateDirectory(Path.GetDirectoryName(Destination)!);
        File.WriteAllBytes(Destination, file);
        return true;
    }

    private void Weaken(byte[] file)
    {
        long table = BitConverter.ToInt64(file, 0x28);    // e_shoff
        int size = BitConverter.ToUInt16(file, 0x3A);     // e_shentsize
        int count = BitConverter.ToUInt16(file, 0x3C);    // e_shnum
        for (int i = 0; i < count; i++)
        {
            int header = checked((int)(table + (i * size)));
            if (BitConverter.ToUInt32(file, header + 4) != VersionNeedSection)
                continue;
            int names = checked((int)(table + (BitConverter.ToUInt32(file, header + 40) * size)));
            int strings = checked((int)BitConverter.ToInt64(file, names + 24));
            WeakenIn(file, checked((int)BitConverter.ToInt64(file, header + 24)), strings);
        }
    }

    private void WeakenIn(byte[] file, int need, int strings)
    {
        while (true)
        {
            int version = need + BitConverter.ToInt32(file, need + 8);
            for (int left = BitConverter.ToUInt16(file, need + 2); left > 0; left--)
            {
                if (NameAt(file, strings + BitConverter.ToInt32(file, version + 8)) == Version)
                    file[version + 4] |= (byte)Weak;
                version += BitConverter.ToInt32(file, version + 12);
            }
            int next = BitConverter.ToInt32(file, need + 12);
            if (next == 0)
                return;
            need += next;
        }
    }

    // The path's string is ended early; the loader reads up to the first zero byte.
    private bool ReplaceSearchPath(byte[] file)
    {
        int start = Encoding.GetEncoding("ISO-8859-1").GetString(file)
            .IndexOf(BuilderSearchPath, StringComparison.Ordinal);
        if (start < 0 || SearchPath.Length > BuilderSearchPath.Length)
            return false;
        Encoding.ASCII.GetBytes(SearchPath + "\0").CopyTo(file, start);
        return true;
    }

    private static string NameAt(byte[] file, int start) =>
        Encoding.ASCII.GetString(file, start, Array.IndexOf(file, (byte)0, start) - start);
}
