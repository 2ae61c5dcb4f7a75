using System.Buffers.Binary;
using System.IO.Hashing;

namespace Glide.Datasets;

/// <summary>What a random number decides; each use has numbers of its own.</summary>
internal enum RandomUse
{
    Order,
    Mixture,
    Caption,
    Crop,
    Flip,
    Scene,
    Training,
}

/// <summary>
/// Random numbers that depend on a seed and counters alone, so that any of them can be had without those before it.
/// </summary>
internal static class CounterHash
{
    /// <summary>64 random bits.</summary>
    /// <param name="seed">The seed of the run.</param>
    /// <param name="use">What the number is for.</param>
    /// <param name="counter">Which number of that use.</param>
    /// <param name="part">Which of several numbers of one counter.</param>
    public static ulong Bits(long seed, RandomUse use, long counter, long part = 0)
    {
        Span<byte> bytes = stackalloc byte[28];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, seed);
        BinaryPrimitives.WriteInt32LittleEndian(bytes[8..], (int)use);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[12..], counter);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[20..], part);
        return XxHash3.HashToUInt64(bytes);
    }

    /// <summary>A whole number from 0 to <paramref name="count"/> − 1.</summary>
    public static int Below(int count, long seed, RandomUse use, long counter) =>
        (int)Math.BigMul(Bits(seed, use, counter), (ulong)count, out _);
}

/// <summary>An order of the numbers 0 to count − 1 that needs no memory: any place of it is computed alone.</summary>
/// <remarks>
/// A Feistel network permutes the numbers below a power of four, and is repeated until the result is below the count
/// (cycle walking; Black and Rogaway 2002, "Ciphers with arbitrary finite domains").
/// </remarks>
internal readonly struct KeyedPermutation
{
    // Four suffice for large domains (Luby and Rackoff 1988); few numbers need more to be mixed well.
    private const int Rounds = 8;

    private readonly long _seed;
    private readonly RandomUse _use;
    private readonly long _key;
    private readonly int _count;
    private readonly int _halfBits;

    /// <param name="count">How many numbers there are, at least 1.</param>
    /// <param name="seed">The seed of the run.</param>
    /// <param name="use">What the order is for.</param>
    /// <param name="key">Which of the orders of that use.</param>
    public KeyedPermutation(int count, long seed, RandomUse use, long key)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        (_seed, _use, _key, _count) = (seed, use, key, count);
        while (1L << (2 * _halfBits) < count)
            _halfBits++;
    }

    /// <summary>The number at a place from 0 to count − 1.</summary>
    public int this[int place]
    {
        get
        {
            long number = place;
            do
                number = Mix(number);
            while (number >= _count);
            return (int)number;
        }
    }

    private long Mix(long number)
    {
        long mask = (1L << _halfBits) - 1;
        long left = number >> _halfBits, right = number & mask;
        for (int round = 0; round < Rounds; round++)
        {
            long bits = (long)CounterHash.Bits(_seed, _use, _key, (right << 8) | (long)round) & mask;
            (left, right) = (right, left ^ bits);
        }
        return (left << _halfBits) | right;
    }
}
