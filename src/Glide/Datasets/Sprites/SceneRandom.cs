namespace Glide.Datasets.Sprites;

/// <summary>The random numbers of one scene, which follow from the seed and the scene's number alone.</summary>
/// <param name="seed">The seed of the run.</param>
/// <param name="scene">The number of the scene in the run.</param>
internal sealed class SceneRandom(int seed, long scene)
{
    private const int FractionBits = 53;

    private long _part;

    /// <summary>A number from 0 on and below 1.</summary>
    public double Unit() =>
        (CounterHash.Bits(seed, RandomUse.Scene, scene, _part++) >> (64 - FractionBits)) * Math.Pow(2, -FractionBits);

    /// <summary>A number of a range.</summary>
    public double Between(double least, double most) => least + ((most - least) * Unit());

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
}
