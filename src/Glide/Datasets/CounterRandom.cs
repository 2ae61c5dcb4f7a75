namespace Glide.Datasets;

/// <summary>
/// A sequence of random numbers that follows from a seed and a counter alone, such as the number of a scene or a batch.
/// </summary>
/// <param name="seed">The seed of the run.</param>
/// <param name="use">What the numbers are for.</param>
/// <param name="counter">Which sequence of that use.</param>
internal class CounterRandom(long seed, RandomUse use, long counter)
{
    private const int FractionBits = 53;

    private long _part;

    /// <summary>A number from 0 on and below 1.</summary>
    public double Unit() => (Bits() >> (64 - FractionBits)) * Math.Pow(2, -FractionBits);

    /// <summary>A number of a range.</summary>
    public double Between(double least, double most) => least + ((most - least) * Unit());

    /// <summary>A whole number of a range, both ends included.</summary>
    public int Whole(int least, int most) => least + (int)((most - least + 1) * Unit());

    /// <summary>Whether something of a probability happens.</summary>
    public bool Chance(double probability) => Unit() < probability;

    /// <summary>One of several, each equally often.</summary>
    public T Pick<T>(IReadOnlyList<T> list) => list[(int)(list.Count * Unit())];

    /// <summary>A normally distributed number (Box and Muller 1958) with mean 0.</summary>
    public double Normal(double deviation)
    {
        // 1 − u is never 0, whose logarithm is not finite.
        double radius = Math.Sqrt(-2 * Math.Log(1 - Unit()));
        return deviation * radius * Math.Cos(2 * Math.PI * Unit());
    }

    /// <summary>64 random bits.</summary>
    protected ulong Bits() => CounterHash.Bits(seed, use, counter, _part++);
}
