using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Glide.Checkpoints;

/// <summary>Element type of a stored tensor.</summary>
public enum ElementType
{
    /// <summary>IEEE 754 single precision.</summary>
    Float32,
    /// <summary>IEEE 754 half precision.</summary>
    Float16,
    /// <summary>The upper half of a single.</summary>
    BFloat16,
    /// <summary>IEEE 754 double precision.</summary>
    Float64,
    /// <summary>Signed 64-bit.</summary>
    Int64,
    /// <summary>Signed 32-bit.</summary>
    Int32,
    /// <summary>Signed 16-bit.</summary>
    Int16,
    /// <summary>Signed 8-bit.</summary>
    Int8,
    /// <summary>Unsigned 8-bit.</summary>
    UInt8,
    /// <summary>One byte, 0 or 1.</summary>
    Bool,
}

/// <summary>Sizes and names of <see cref="ElementType"/>.</summary>
internal static class ElementTypes
{
    /// <summary>Size of an element in bytes.</summary>
    public static int Size(this ElementType type) => type switch
    {
        ElementType.Float64 or ElementType.Int64 => 8,
        ElementType.Float32 or ElementType.Int32 => 4,
        ElementType.Float16 or ElementType.BFloat16 or ElementType.Int16 => 2,
        _ => 1,
    };

    /// <summary>True for the four floating-point types.</summary>
    public static bool IsFloating(this ElementType type) =>
        type is ElementType.Float32 or ElementType.Float16 or ElementType.BFloat16 or ElementType.Float64;

    /// <summary>Short name for display: fp32, fp16, bf16, fp64, int64, …, uint8, bool.</summary>
    public static string ShortName(this ElementType type) => type switch
    {
        ElementType.Float32 => "fp32",
        ElementType.Float16 => "fp16",
        ElementType.BFloat16 => "bf16",
        ElementType.Float64 => "fp64",
        ElementType.Int64 => "int64",
        ElementType.Int32 => "int32",
        ElementType.Int16 => "int16",
        ElementType.Int8 => "int8",
        ElementType.UInt8 => "uint8",
        _ => "bool",
    };
}

/// <summary>
/// Converts runs of floating-point elements, rounding to nearest even; NaN stays NaN, overflow becomes infinite.
/// </summary>
/// <remarks>
/// Loading converts hundreds of millions of elements, so the 16-bit types use integer arithmetic on whole vectors;
/// subnormal numbers are converted correctly (they matter in fp16: everything below 6e-5 is one).
/// </remarks>
internal static class ElementConversion
{
    private const int BlockLength = 1024;

    /// <summary>Whether <see cref="Convert"/> supports a pair of types.</summary>
    public static bool CanConvert(ElementType from, ElementType to) => from == to
        || (from.IsFloating() && to.IsFloating());

    /// <summary>Converts as many elements as <paramref name="source"/> has.</summary>
    public static void Convert(ElementType from, ReadOnlySpan<byte> source, ElementType to, Span<byte> destination)
    {
        int count = source.Length / from.Size();
        if (destination.Length != count * to.Size())
        {
            throw new ArgumentException("Source and destination have different numbers of elements.",
                nameof(destination));
        }
        if (from == to)
        {
            source.CopyTo(destination);
            return;
        }
        switch (from, to)
        {
            case (ElementType.Float16, ElementType.Float32):
                HalfToSingle(Cast<ushort>(source), Cast<float>(destination));
                return;
            case (ElementType.BFloat16, ElementType.Float32):
                BFloat16ToSingle(Cast<ushort>(source), Cast<float>(destination));
                return;
            case (ElementType.Float32, ElementType.Float16):
                SingleToHalf(Cast<float>(source), Cast<ushort>(destination));
                return;
            case (ElementType.Float32, ElementType.BFloat16):
                SingleToBFloat16(Cast<float>(source), Cast<ushort>(destination));
                return;
            case (ElementType.Float64, ElementType.Float16):
                // Directly, because two roundings (to float, then to half) differ from one.
                var doubles = Cast<double>(source);
                var halves = Cast<Half>(destination);
                for (int i = 0; i < doubles.Length; i++)
                    halves[i] = (Half)doubles[i];
                return;
            case (ElementType.Float64, ElementType.BFloat16):
                DoubleToBFloat16(Cast<double>(source), Cast<ushort>(destination));
                return;
            case (ElementType.Float64, ElementType.Float32):
                var wide = Cast<double>(source);
                var narrow = Cast<float>(destination);
                for (int i = 0; i < wide.Length; i++)
                    narrow[i] = (float)wide[i];
                return;
            case (ElementType.Float32, ElementType.Float64):
                var singles = Cast<float>(source);
                var widened = Cast<double>(destination);
                for (int i = 0; i < singles.Length; i++)
                    widened[i] = singles[i];
                return;
            default:
                if (!CanConvert(from, to))
                {
                    throw new NotSupportedException(
                        $"{from.ShortName()} elements are not converted to {to.ShortName()}.");
                }
                ThroughSingle(from, source, to, destination);
                return;
        }
    }

    private static void ThroughSingle(ElementType from,
        ReadOnlySpan<byte> source, ElementType to, Span<byte> destination)
    {
        Span<byte> block = stackalloc byte[BlockLength * sizeof(float)];
        while (source.Length > 0)
        {
            int count = Math.Min(BlockLength, source.Length / from.Size());
            var singles = block[..(count * sizeof(float))];
            Convert(from, source[..(count * from.Size())], ElementType.Float32, singles);
            Convert(ElementType.Float32, singles, to, destination[..(count * to.Size())]);
            source = source[(count * from.Size())..];
            destination = destination[(count * to.Size())..];
        }
    }

    private static void HalfToSingle(ReadOnlySpan<ushort> source, Span<float> destination)
    {
        int i = 0;
        for (; i <= source.Length - 16; i += 16)
        {
            var (low, high) = Vector256.Widen(Vector256.LoadUnsafe(in MemoryMarshal.GetReference(source), (nuint)i));
            Widen(low).StoreUnsafe(ref MemoryMarshal.GetReference(destination), (nuint)i);
            Widen(high).StoreUnsafe(ref MemoryMarshal.GetReference(destination), (nuint)(i + 8));
        }
        for (; i < source.Length; i++)
            destination[i] = (float)BitConverter.UInt16BitsToHalf(source[i]);

        // The exponent and mantissa, shifted into place, are the number times 2^-112; multiplying also corrects
        // subnormal numbers. Infinity and NaN (all exponent bits set) need all exponent bits of the wide type.
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        static Vector256<float> Widen(Vector256<uint> half)
        {
            var magnitude = half & Vector256.Create(0x7FFFu);
            var scaled = (magnitude << 13).AsSingle() * Vector256.Create(BitConverter.UInt32BitsToSingle(0x77800000u));
            var special = Vector256.GreaterThan(magnitude, Vector256.Create(0x7BFFu)) & Vector256.Create(0x7F800000u);
            return (scaled.AsUInt32() | special | ((half & Vector256.Create(0x8000u)) << 16)).AsSingle();
        }
    }

    private static void SingleToHalf(ReadOnlySpan<float> source, Span<ushort> destination)
    {
        int i = 0;
        for (; i <= source.Length - 16; i += 16)
        {
            var low = Narrow(Vector256.LoadUnsafe(in MemoryMarshal.GetReference(source), (nuint)i).AsUInt32());
            var high = Narrow(Vector256.LoadUnsafe(in MemoryMarshal.GetReference(source), (nuint)(i + 8)).AsUInt32());
            Vector256.Narrow(low, high).StoreUnsafe(ref MemoryMarshal.GetReference(destination), (nuint)i);
        }
        for (; i < source.Length; i++)
            destination[i] = BitConverter.HalfToUInt16Bits((Half)source[i]);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        static Vector256<uint> Narrow(Vector256<uint> single)
        {
            var sign = single & Vector256.Create(0x80000000u);
            var magnitude = single ^ sign;
            // Normal: rebias the exponent (127 to 15) and round half to even on the 13 bits that are dropped.
            var odd = (magnitude >> 13) & Vector256<uint>.One;
            var normal = (magnitude + Vector256.Create(0xC8000FFFu) + odd) >> 13;
            // Subnormal: adding 0.5 shifts the bits into place, and the addition rounds.
            var half = Vector256.Create(0.5f);
            var subnormal = (magnitude.AsSingle() + half).AsUInt32() - half.AsUInt32();
            // From 65520 on everything rounds to infinity; NaN stays NaN.
            var nan = Vector256.GreaterThan(magnitude, Vector256.Create(0x7F800000u)) & Vector256.Create(0x200u);
            var result = Vector256.ConditionalSelect(Vector256.LessThan(magnitude, Vector256.Create(0x38800000u)),
                subnormal, normal);
            result = Vector256.ConditionalSelect(
                Vector256.GreaterThan(magnitude, Vector256.Create(0x477FEFFFu)), Vector256.Create(0x7C00u) | nan,
                    result);
            return result | (sign >> 16);
        }
    }

    private static void BFloat16ToSingle(ReadOnlySpan<ushort> source, Span<float> destination)
    {
        int i = 0;
        for (; i <= source.Length - 16; i += 16)
        {
            var (low, high) = Vector256.Widen(Vector256.LoadUnsafe(in MemoryMarshal.GetReference(source), (nuint)i));
            (low << 16).AsSingle().StoreUnsafe(ref MemoryMarshal.GetReference(destination), (nuint)i);
            (high << 16).AsSingle().StoreUnsafe(ref MemoryMarshal.GetReference(destination), (nuint)(i + 8));
        }
        for (; i < source.Length; i++)
            destination[i] = BitConverter.UInt32BitsToSingle((uint)source[i] << 16);
    }

    private static void SingleToBFloat16(ReadOnlySpan<float> source, Span<ushort> destination)
    {
        int i = 0;
        for (; i <= source.Length - 16; i += 16)
        {
            var low = Narrow(Vector256.LoadUnsafe(in MemoryMarshal.GetReference(source), (nuint)i).AsUInt32());
            var high = Narrow(Vector256.LoadUnsafe(in MemoryMarshal.GetReference(source), (nuint)(i + 8)).AsUInt32());
            Vector256.Narrow(low, high).StoreUnsafe(ref MemoryMarshal.GetReference(destination), (nuint)i);
        }
        for (; i < source.Length; i++)
        {
            uint bits = BitConverter.SingleToUInt32Bits(source[i]);
            destination[i] = float.IsNaN(source[i])
                ? (ushort)((bits >> 16) | 0x40)
                : (ushort)((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        static Vector256<uint> Narrow(Vector256<uint> single)
        {
            var rounded = (single + Vector256.Create(0x7FFFu) + ((single >> 16) & Vector256<uint>.One)) >> 16;
            // Rounding must not clear a NaN's mantissa.
            var isNan = Vector256.GreaterThan(single & Vector256.Create(0x7FFFFFFFu), Vector256.Create(0x7F800000u));
            return Vector256.ConditionalSelect(isNan, (single >> 16) | Vector256.Create(0x40u), rounded);
        }
    }

    private static void DoubleToBFloat16(ReadOnlySpan<double> source, Span<ushort> destination)
    {
        for (int i = 0; i < source.Length; i++)
        {
            // Rounded to odd first: what fp32 cannot hold stays visible in its last bit, so that the second
            // rounding gives the result of a single one.
            float single = (float)source[i];
            uint bits = BitConverter.SingleToUInt32Bits(single);
            if (float.IsFinite(single) && single != source[i])
                bits = (Math.Abs(single) > Math.Abs(source[i]) ? bits - 1 : bits) | 1;
            single = BitConverter.UInt32BitsToSingle(bits);
            SingleToBFloat16(new ReadOnlySpan<float>(in single), destination.Slice(i, 1));
        }
    }

    private static ReadOnlySpan<T> Cast<T>(ReadOnlySpan<byte> bytes) where T : unmanaged =>
        MemoryMarshal.Cast<byte, T>(bytes);

    private static Span<T> Cast<T>(Span<byte> bytes) where T : unmanaged => MemoryMarshal.Cast<byte, T>(bytes);
}
