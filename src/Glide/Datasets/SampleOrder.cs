namespace Glide.Datasets;

/// <summary>One image of the endless sequence that a training run sees.</summary>
/// <param name="Dataset">Place of its dataset in the list.</param>
/// <param name="Item">Place of the item in the dataset.</param>
internal readonly record struct Sample(int Dataset, int Item);

/// <summary>Says which item sample number n is, from n alone.</summary>
/// <remarks>
/// The samples come in blocks. Each block has a fixed number of samples of every dataset, by the weights, in an order
/// of its own. So the samples of a dataset before a block are known without looking at them, and within a block they
/// are counted once. Sample m of a dataset with C items is place m mod C of the dataset's order number m / C, so that
/// every such epoch has each item once.
/// </remarks>
internal sealed class SampleOrder
{
    /// <summary>Samples of a block; weights are kept to one part in this many.</summary>
    public const int BlockLength = 4096;

    private readonly int[] _counts;
    private readonly int[] _quotas;
    private readonly long _seed;
    private Block? _latest;

    /// <param name="counts">Number of usable items of each dataset; 0 is never chosen.</param>
    /// <param name="weights">Their weights.</param>
    /// <param name="seed">The seed of the run.</param>
    public SampleOrder(IReadOnlyList<int> counts, IReadOnlyList<double> weights, long seed)
    {
        _counts = [.. counts];
        _seed = seed;
        _quotas = Quotas([.. weights.Select((weight, dataset) => counts[dataset] > 0 ? weight : 0)]);
    }

    /// <summary>The item of a sample.</summary>
    /// <param name="number">From 0.</param>
    public Sample this[long number]
    {
        get
        {
            long index = Math.DivRem(number, BlockLength, out long place);
            var block = _latest;
            // Another thread may have replaced it; the blocks are the same whoever computes them.
            if (block?.Index != index)
                _latest = block = BlockAt(index);
            var (dataset, rank) = block.Places[place];
            long own = (index * _quotas[dataset]) + rank;
            long epoch = Math.DivRem(own, _counts[dataset], out long step);
            var order = new KeyedPermutation(_counts[dataset], _seed, RandomUse.Order, (epoch << 16) | (long)dataset);
            return new Sample(dataset, order[(int)step]);
        }
    }

    private Block BlockAt(long index)
    {
        var order = new KeyedPermutation(BlockLength, _seed, RandomUse.Mixture, index);
        var places = new (int Dataset, int Rank)[BlockLength];
        int[] seen = new int[_quotas.Length];
        for (int place = 0; place < BlockLength; place++)
        {
            int dataset = 0;
            for (int slot = order[place] - _quotas[0]; slot >= 0; slot -= _quotas[dataset])
                dataset++;
            places[place] = (dataset, seen[dataset]++);
        }
        return new Block(index, places);
    }

    // The largest remainders are rounded up; a dataset with any weight has at least one place.
    private static int[] Quotas(double[] weights)
    {
        double sum = weights.Sum();
        double[] exact = [.. weights.Select(weight => weight / sum * BlockLength)];
        int[] quotas = [.. exact.Select(share => share > 0 ? Math.Max(1, (int)share) : 0)];
        int[] byRemainder =
            [.. Enumerable.Range(0, exact.Length).OrderByDescending(dataset => exact[dataset] - quotas[dataset])];
        for (int i = 0; quotas.Sum() < BlockLength; i++)
            quotas[byRemainder[i]]++;
        for (; quotas.Sum() > BlockLength;)
            quotas[Array.IndexOf(quotas, quotas.Max())]--;
        return quotas;
    }

    private sealed record Block(long Index, (int Dataset, int Rank)[] Places);
}
