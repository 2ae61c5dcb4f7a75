using System.Runtime.InteropServices;
using Glide.Checkpoints;

namespace Glide.Tests.Checkpoints;

public sealed class ElementConversionTests
{
    [Fact]
    public void Every_fp16_number_becomes_the_fp32_number_that_it_is()
    {
        var all = Enumerable.Range(0, 65536).Select(i => (ushort)i).ToArray();
        var singles = Convert<ushort, float>(ElementType.Float16, all, ElementType.Float32);
        for (int i = 0; i < all.Length; i++)
            Same((float)BitConverter.UInt16BitsToHalf(all[i]), singles[i]);
    }

    [Fact]
    public void Every_bf16_number_becomes_the_fp32_number_that_it_is()
    {
        var all = Enumerable.Range(0, 65536).Select(i => (ushort)i).ToArray();
        var singles = Convert<ushort, float>(ElementType.BFloat16, all, ElementType.Float32);
        for (int i = 0; i < all.Length; i++)
            Same(BitConverter.UInt32BitsToSingle((uint)i << 16), singles[i]);
    }

    [Fact]
    public void Fp32_is_rounded_to_the_nearest_fp16()
    {
        var source = Samples();
        var halves = Convert<float, Half>(ElementType.Float32, source, ElementType.Float16);
        for (int i = 0; i < source.Length; i++)
            Same((float)(Half)source[i], (float)halves[i]);
    }

    [Fact]
    public void Fp32_is_rounded_to_the_nearest_bf16_ties_to_even()
    {
        var source = Samples();
        var rounded = Convert<float, ushort>(ElementType.Float32, source, ElementType.BFloat16);
        for (int i = 0; i < source.Length; i++)
            Same(NearestBFloat16(source[i]), BitConverter.UInt32BitsToSingle((uint)rounded[i] << 16));
    }

    [Theory]
    [InlineData(ElementType.Float16, ElementType.Float32), InlineData(ElementType.Float16, ElementType.Float64)]
    [InlineData(ElementType.BFloat16, ElementType.Float32), InlineData(ElementType.BFloat16, ElementType.Float64)]
    internal void Widening_and_narrowing_again_changes_no_bit(ElementType narrow, ElementType wide)
    {
        var all = Enumerable.Range(0, 65536).Select(i => (ushort)i).Where(i => !IsNaN(i)).ToArray();
        var bytes = MemoryMarshal.AsBytes(all.AsSpan());
        var widened = new byte[all.Length * wide.Size()];
        ElementConversion.Convert(narrow, bytes, wide, widened);
        var back = new byte[bytes.Length];
        ElementConversion.Convert(wide, widened, narrow, back);
        Assert.Equal(bytes.ToArray(), back);

        bool IsNaN(ushort bits) => narrow == ElementType.Float16 ? (bits & 0x7FFF) > 0x7C00 : (bits & 0x7FFF) > 0x7F80;
    }

    [Fact]
    public void Fp64_is_rounded_once()
    {
        // Halfway between two fp16 numbers but for a bit that fp32 cannot hold: up, not to even.
        double[] source = [1 + (1.0 / 2048) + 1e-12, -(1 + (1.0 / 2048) + 1e-12), 1 + (1.0 / 256) + 1e-12];
        var halves = Convert<double, Half>(ElementType.Float64, source, ElementType.Float16);
        Assert.Equal((Half)(1 + (1.0 / 1024)), halves[0]);
        Assert.Equal((Half)(-1 - (1.0 / 1024)), halves[1]);
        var rounded = Convert<double, ushort>(ElementType.Float64, source, ElementType.BFloat16);
        Assert.Equal(0x3F81, rounded[2]);
    }

    [Fact]
    public void Integers_are_not_converted()
    {
        Assert.False(ElementConversion.CanConvert(ElementType.Int64, ElementType.Float32));
        Assert.True(ElementConversion.CanConvert(ElementType.Int64, ElementType.Int64));
        Assert.Throws<NotSupportedException>(() =>
            ElementConversion.Convert(ElementType.Int32, new byte[4], ElementType.Float32, new byte[4]));
    }

    private static float[] Samples()
    {
        // Every exponent and sign with mantissas around the rounding points of both 16-bit types, and noise.
        uint[] mantissas = [0, 1, 0xFFF, 0x1000, 0x1001, 0x2FFF, 0x3000, 0x3001, 0x7FFF, 0x8000, 0x8001, 0x17FFF,
            0x18000, 0x18001, 0x7FEFFF, 0x7FF000, 0x7FFFFF];
        var random = new Random(7);
        return
        [
            .. from sign in new uint[] { 0, 1 } from exponent in Enumerable.Range(0, 256) from mantissa in mantissas
               select BitConverter.UInt32BitsToSingle((sign << 31) | ((uint)exponent << 23) | mantissa),
            .. Enumerable.Range(0, 200_003).Select(_ =>
                BitConverter.Int32BitsToSingle(random.Next(int.MinValue, int.MaxValue))),
        ];
    }

    private static float NearestBFloat16(float value)
    {
        if (!float.IsFinite(value))
            return value;
        uint down = BitConverter.SingleToUInt32Bits(value) & 0xFFFF0000;
        double low = BitConverter.UInt32BitsToSingle(down);
        // Beyond the largest number the next one is infinity's place, 2^128.
        float next = BitConverter.UInt32BitsToSingle(down + 0x10000);
        double high = float.IsFinite(next) ? next : Math.CopySign(Math.Pow(2, 128), value);
        double toLow = Math.Abs(value - low), toHigh = Math.Abs(high - value);
        bool up = toHigh < toLow || (toHigh == toLow && (down & 0x10000) != 0);
        return up ? next : (float)low;
    }

    private static TTo[] Convert<TFrom, TTo>(ElementType from, TFrom[] source, ElementType to)
        where TFrom : unmanaged where TTo : unmanaged
    {
        var result = new TTo[source.Length];
        ElementConversion.Convert(from, MemoryMarshal.AsBytes(source.AsSpan()), to,
            MemoryMarshal.AsBytes(result.AsSpan()));
        return result;
    }

    private static void Same(float expected, float found)
    {
        if (float.IsNaN(expected)
            ? !float.IsNaN(found)
            : BitConverter.SingleToInt32Bits(expected) != BitConverter.SingleToInt32Bits(found))
        {
            Assert.Fail($"expected {expected:R}, found {found:R}");
        }
    }
}
