using Glide.Datasets;

namespace Glide.Tests.Datasets;

public sealed class SampleOrderTests
{
    // A count of n chances of p each deviates by more than this many standard deviations, sqrt(n p (1 - p)), once in
    // 15,000 tries. Drawing without replacement, as within a block, deviates less.
    private const double Deviations = 4;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(16)]
    [InlineData(17)]
    [InlineData(1000)]
    [InlineData(4097)]
    public void A_keyed_permutation_has_every_number_once(int count)
    {
        for (long key = 0; key < 5; key++)
        {
            var order = new KeyedPermutation(count, seed: 3, RandomUse.Order, key);
            Assert.Equal(Enumerable.Range(0, count), Enumerable.Range(0, count).Select(place => order[place]).Order());
        }
    }

    [Theory]
    [InlineData(5)]
    [InlineData(64)]
    public void Every_number_comes_first_equally_often(int count)
    {
        const int orders = 20_000;
        var first = Enumerable.Range(0, orders)
            .CountBy(key => new KeyedPermutation(count, seed: 3, RandomUse.Order, key)[0]).ToDictionary();
        double expected = (double)orders / count, deviation = Math.Sqrt(expected * (1 - (1.0 / count)));
        Assert.Equal(count, first.Count);
        Assert.All(first.Values, number =>
            Assert.InRange(number, expected - (Deviations * deviation), expected + (Deviations * deviation)));
    }

    [Fact]
    public void A_large_permutation_is_computed_at_any_place()
    {
        var order = new KeyedPermutation(int.MaxValue, seed: 3, RandomUse.Order, key: 0);
        var numbers = Enumerable.Range(0, 1000).Select(place => order[int.MaxValue - 1 - place]).ToList();
        Assert.Equal(1000, numbers.Distinct().Count());
        Assert.InRange(numbers.Average(), int.MaxValue * 0.45, int.MaxValue * 0.55);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(5000)]
    public void Each_epoch_has_each_item_once_in_an_order_of_its_own(int count)
    {
        var order = new SampleOrder([count], [1], seed: 9);
        int[][] epochs = [.. Enumerable.Range(0, 3).Select(epoch =>
            Enumerable.Range(0, count).Select(place => order[((long)epoch * count) + place].Item).ToArray())];
        Assert.All(epochs, epoch => Assert.Equal(Enumerable.Range(0, count), epoch.Order()));
        if (count > 1)
            Assert.NotEqual(epochs[0], epochs[1]);
        if (count > 7)
            Assert.NotEqual(Enumerable.Range(0, count), epochs[0]);
    }

    [Fact]
    public void Another_seed_gives_another_order()
    {
        int[] Items(int seed)
        {
            var order = new SampleOrder([100], [1], seed);
            return [.. Enumerable.Range(0, 100).Select(place => order[place].Item)];
        }
        Assert.Equal(Items(1), Items(1));
        Assert.NotEqual(Items(1), Items(2));
    }

    [Fact]
    public void Several_datasets_come_as_often_as_their_weights_and_each_in_whole_epochs()
    {
        int[] counts = [10, 300, 7];
        double[] weights = [1, 2.5, 0.5];
        var order = new SampleOrder(counts, weights, seed: 4);
        const int samples = 1000;
        Sample[] drawn = [.. Enumerable.Range(0, 5 * SampleOrder.BlockLength).Select(number => order[number])];
        for (int dataset = 0; dataset < counts.Length; dataset++)
        {
            double share = weights[dataset] / weights.Sum();
            double deviation = Math.Sqrt(samples * share * (1 - share));
            Assert.InRange(drawn.Take(samples).Count(sample => sample.Dataset == dataset),
                (share * samples) - (Deviations * deviation), (share * samples) + (Deviations * deviation));
            // Whole blocks keep the weights up to the rounding to places of a block.
            int[] own = [.. drawn.Where(sample => sample.Dataset == dataset).Select(sample => sample.Item)];
            Assert.InRange(own.Length, (share * drawn.Length) - 5, (share * drawn.Length) + 5);
            Assert.All(own.Chunk(counts[dataset]).Where(epoch => epoch.Length == counts[dataset]), epoch =>
                Assert.Equal(Enumerable.Range(0, counts[dataset]), epoch.Order()));
        }
    }

    [Fact]
    public void A_sample_needs_none_before_it()
    {
        int[] counts = [10, 300];
        var whole = new SampleOrder(counts, [1, 3], seed: 4);
        for (long number = 0; number < 20_000; number += 997)
            Assert.Equal(whole[number], new SampleOrder(counts, [1, 3], seed: 4)[number]);
    }

    [Fact]
    public void A_dataset_without_usable_items_is_never_chosen_and_a_small_weight_is()
    {
        var order = new SampleOrder([0, 5, 5], [1, 1, 1e-9], seed: 4);
        var chosen = Enumerable.Range(0, SampleOrder.BlockLength).CountBy(number => order[number].Dataset)
            .ToDictionary();
        Assert.Equal(new Dictionary<int, int> { [1] = SampleOrder.BlockLength - 1, [2] = 1 }, chosen);
    }
}
