using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Glide.Checkpoints;

/// <summary>The CRC-32 of zip and gzip (polynomial 04C11DB7, reflected).</summary>
/// <remarks>
/// Checkpoints have gigabytes, so the common case folds 64 bytes at a time with carry-less multiplication
/// (Gopal et al., Intel 2009, "Fast CRC Computation for Generic Polynomials Using PCLMULQDQ"); the constants are
/// x^k mod P for the distances given beside them.
/// </remarks>
internal static class Crc32
{
    private static readonly uint[] s_table = MakeTables();

    /// <summary>The checksum of the bytes before, continued over <paramref name="bytes"/>; 0 to begin.</summary>
    public static uint Append(uint crc, ReadOnlySpan<byte> bytes)
    {
        crc = ~crc;
        if (Pclmulqdq.IsSupported && Sse41.IsSupported && bytes.Length >= 64)
        {
            int folded = bytes.Length & ~15;
            crc = Fold(crc, bytes[..folded]);
            bytes = bytes[folded..];
        }
        return ~Table(crc, bytes);
    }

    /// <summary>The same without special instructions.</summary>
    internal static uint AppendPortably(uint crc, ReadOnlySpan<byte> bytes) => ~Table(~crc, bytes);

    private static uint Table(uint crc, ReadOnlySpan<byte> bytes)
    {
        var table = s_table;
        while (bytes.Length >= 8)
        {
            uint low = MemoryMarshal.Read<uint>(bytes) ^ crc;
            uint high = MemoryMarshal.Read<uint>(bytes[4..]);
            crc = table[(7 * 256) + (int)(low & 255)] ^ table[(6 * 256) + (int)((low >> 8) & 255)]
                ^ table[(5 * 256) + (int)((low >> 16) & 255)] ^ table[(4 * 256) + (int)(low >> 24)]
                ^ table[(3 * 256) + (int)(high & 255)] ^ table[(2 * 256) + (int)((high >> 8) & 255)]
                ^ table[(1 * 256) + (int)((high >> 16) & 255)] ^ table[(int)(high >> 24)];
            bytes = bytes[8..];
        }
        foreach (byte b in bytes)
            crc = (crc >> 8) ^ table[(int)((crc ^ b) & 255)];
        return crc;
    }

    private static uint[] MakeTables()
    {
        var table = new uint[8 * 256];
        for (uint i = 0; i < 256; i++)
        {
            uint crc = i;
            for (int bit = 0; bit < 8; bit++)
                crc = (crc >> 1) ^ ((crc & 1) * 0xEDB88320u);
            table[i] = crc;
        }
        for (int i = 256; i < table.Length; i++)
            table[i] = (table[i - 256] >> 8) ^ table[table[i - 256] & 255];
        return table;
    }

    private static uint Fold(uint crc, ReadOnlySpan<byte> bytes)
    {
        var by64 = Vector128.Create(0x0154442BD4UL, 0x01C6E41596UL);   // x^(512+32), x^(512-32)
        var by16 = Vector128.Create(0x01751997D0UL, 0x00CCAA009EUL);   // x^(128+32), x^(128-32)

        ref byte start = ref MemoryMarshal.GetReference(bytes);
        var a = Load(ref start, 0) ^ Vector128.CreateScalar((ulong)crc);
        var b = Load(ref start, 16);
        var c = Load(ref start, 32);
        var d = Load(ref start, 48);
        int position = 64;
        for (; position <= bytes.Length - 64; position += 64)
        {
            a = Step(a, by64, Load(ref start, position));
            b = Step(b, by64, Load(ref start, position + 16));
            c = Step(c, by64, Load(ref start, position + 32));
            d = Step(d, by64, Load(ref start, position + 48));
        }
        a = Step(a, by16, b);
        a = Step(a, by16, c);
        a = Step(a, by16, d);
        for (; position <= bytes.Length - 16; position += 16)
            a = Step(a, by16, Load(ref start, position));

        // What is left is a 16-byte message with the same checksum.
        Span<byte> rest = stackalloc byte[16];
        a.AsByte().CopyTo(rest);
        return Table(0, rest);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<ulong> Load(ref byte start, int position) =>
        Vector128.LoadUnsafe(ref start, (nuint)position).AsUInt64();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<ulong> Step(Vector128<ulong> value, Vector128<ulong> by, Vector128<ulong> next) =>
        Pclmulqdq.CarrylessMultiply(value, by, 0x00) ^ Pclmulqdq.CarrylessMultiply(value, by, 0x11) ^ next;
}
