using System.Collections.Concurrent;
using Glide.Datasets;
using Glide.Images;
using Glide.Tests.Support;
using TorchSharp;

namespace Glide.Tests.Datasets;

[Collection(TorchCollection.Name)]
public sealed class TrainingBatchesTests : IDisposable
{
    private const int Size = 8;

    private readonly DataFolder _data = new();

    public void Dispose() => _data.Dispose();

    [Fact]
    public void A_batch_has_the_shape_type_and_range_that_networks_read()
    {
        _data.Write("w.png", DataFolder.Png(Size, Size, (x, y) => [255, 0, (ushort)(x + (10 * y))]));
        _data.Write("w.txt", "w");
        using var batches = _data.Batches(_data.Settings() with { Flip = false });
        using var batch = batches.Next();
        Assert.Equal([4, 3, Size, Size], batch.Images.shape);
        Assert.Equal(torch.ScalarType.Float32, batch.Images.dtype);
        Assert.Equal(DeviceType.CPU, batch.Images.device_type);
        float[] values = batch.Images.data<float>().ToArray()[..(3 * Size * Size)];
        Assert.All(values[..64], value => Assert.Equal(1, value));
        Assert.All(values[64..128], value => Assert.Equal(-1, value));
        Assert.Equal((35 / 127.5f) - 1, values[128 + (3 * Size) + 5]);
        Assert.Equal(["w", "w", "w", "w"], batch.Captions);
        Assert.Equal(["w.png", "w.png", "w.png", "w.png"], batch.Names);
    }

    [Fact]
    public void Batches_do_not_depend_on_threads_or_on_where_a_run_began()
    {
        _data.Fill(13);
        _data.Write("wide.png", DataFolder.Png(20, 9, (x, y) => [(ushort)(10 * x), (ushort)(10 * y), 0]));
        _data.Write("wide.txt", "one\ntwo\nthree");
        var settings = _data.Settings();
        var expected = Read(settings with { Threads = 1 }, first: 0, count: 12);
        Assert.Equal(expected, Read(settings with { Threads = 7 }, first: 0, count: 12));
        for (int first = 1; first < 12; first += 3)
            Assert.Equal(expected[first..], Read(settings, first, 12 - first));
        Assert.NotEqual(expected, Read(settings with { Seed = 2 }, first: 0, count: 12));
    }

    [Fact]
    public void Each_epoch_has_every_item_once()
    {
        _data.Fill(10);
        using var batches = _data.Batches(_data.Settings(batchSize: 4));
        var names = new List<string>();
        for (int i = 0; i < 15; i++)
        {
            using var batch = batches.Next();
            names.AddRange(batch.Names);
            // The levels of DataFolder.Fill say which image it is.
            Assert.Equal(batch.Names.Select(name => (int.Parse(name[..3], null) / 127.5f) - 1),
                Enumerable.Range(0, 4).Select(image => batch.Images[image, 0, 0, 0].item<float>()));
        }
        Assert.All(names.Chunk(10), epoch => Assert.Equal(10, epoch.Distinct().Count()));
    }

    /// <summary>Width and height of an image whose shorter side has the size of the network already.</summary>
    public static TheoryData<int, int> Shapes => new() { { 12, Size }, { Size, 13 }, { Size, Size } };

    [Theory, MemberData(nameof(Shapes))]
    public void Every_square_and_its_mirror_image_come_and_nothing_else(int width, int height)
    {
        _data.Write("p.png", DataFolder.Png(width, height, (x, y) => [(ushort)x, (ushort)y, 200]));
        _data.Write("p.txt", "p");
        int free = Math.Max(width, height) - Size;
        var expected = new HashSet<(int Left, int Right, int Top)>();
        for (int offset = 0; offset <= free; offset++)
        {
            var (x, y) = width > height ? (offset, 0) : (0, offset);
            expected.Add((x, x + Size - 1, y));
            expected.Add((x + Size - 1, x, y));
        }
        var seen = Corners(_data.Settings(Size, batchSize: 200));
        Assert.Equal(expected, seen);
        int middle = free / 2;
        Assert.Equal([width > height ? (middle, middle + Size - 1, 0) : (0, Size - 1, middle)],
            Corners(_data.Settings(Size, batchSize: 200) with { Crop = false, Flip = false }));
    }

    [Fact]
    public void Half_of_the_images_are_flipped_and_squares_lie_evenly()
    {
        _data.Write("p.png", DataFolder.Png(Size + 3, Size, (x, _) => [(ushort)x, 0, 0]));
        _data.Write("p.txt", "p");
        const int samples = 4000;
        using var batches = _data.Batches(_data.Settings(Size, samples));
        using var batch = batches.Next();
        var edges = Enumerable.Range(0, samples).Select(image =>
            (Left: Level(batch.Images, image, 0, 0, 0), Right: Level(batch.Images, image, 0, 0, Size - 1))).ToList();
        // Four standard deviations of samples · p · (1 - p), exceeded once in 15,000 tries.
        Within(edges.Count(edge => edge.Left > edge.Right), 0.5);
        for (int offset = 0; offset < 4; offset++)
            Within(edges.Count(edge => Math.Min(edge.Left, edge.Right) == offset), 0.25);

        static void Within(int count, double share)
        {
            double deviation = Math.Sqrt(samples * share * (1 - share));
            Assert.InRange(count, (samples * share) - (4 * deviation), (samples * share) + (4 * deviation));
        }
    }

    [Fact]
    public void Images_are_scaled_by_their_shorter_side()
    {
        _data.Write("p.png", DataFolder.Png(80, 40, (x, _) => [(ushort)(x < 40 ? 0 : 255), 100, 100]));
        _data.Write("p.txt", "p");
        _data.Write("tiny.png", DataFolder.Png(1, 1, 50));
        _data.Write("tiny.txt", "tiny");
        var dataset = _data.Open().Dataset;
        var scaled = TrainingImage.Scale(dataset.Read(0).Image, Size);
        Assert.Equal((2 * Size, Size), (scaled.Width, scaled.Height));
        Assert.Equal(0, scaled.Pixels[0]);
        Assert.Equal(255, scaled.Row(0)[3 * ((2 * Size) - 1)]);
        var tiny = TrainingImage.Scale(dataset.Read(1).Image, Size);
        Assert.Equal((Size, Size), (tiny.Width, tiny.Height));
        Assert.All(tiny.Pixels, level => Assert.Equal(50, level));
        var odd = TrainingImage.Scale(new RgbImage(100, 67), 64);
        Assert.Equal((96, 64), (odd.Width, odd.Height));      // 95.52
    }

    [Fact]
    public void Transparent_images_lie_on_white()
    {
        _data.Write("t.png", Glide.Tests.Images.PngBuilder.Encode(Size, Size, 8, 6, (_, _) => [10, 20, 30, 0]));
        _data.Write("t.txt", "t");
        using var batches = _data.Batches(_data.Settings());
        using var batch = batches.Next();
        Assert.All(batch.Images.data<float>().ToArray(), value => Assert.Equal(1, value));
    }

    [Fact]
    public void Each_caption_of_an_image_comes_equally_often()
    {
        _data.Fill(1);
        _data.Write("000.txt", "one\ntwo\nthree\nfour");
        const int samples = 4000;
        using var batches = _data.Batches(_data.Settings(Size, samples));
        using var batch = batches.Next();
        double deviation = Math.Sqrt(samples * 0.25 * 0.75);
        var counts = batch.Captions.CountBy(caption => caption).ToList();
        Assert.Equal(4, counts.Count);
        Assert.All(counts, caption =>
            Assert.InRange(caption.Value, 1000 - (4 * deviation), 1000 + (4 * deviation)));
    }

    [Fact]
    public void Several_datasets_are_mixed()
    {
        _data.Fill(5, "a").Fill(5, "b");
        using var batches = new TrainingBatches([_data.Open("a:3"), _data.Open("b")], _data.Settings(batchSize: 4096));
        using var batch = batches.Next();
        Assert.Equal(10, batches.Count);
        // Each has an order of its own; the block has 3 to 1.
        Assert.InRange(batch.Names.Count(name => name == "000.png"), (4096 / 5) - 2, (4096 / 5) + 2);
    }

    [Fact]
    public void A_failure_comes_out_of_next_and_stays()
    {
        using var ahead = new OrderedAhead<long>((0, 10), threads: 2, ahead: 3,
            (number, _) => number == 2 ? throw new DatasetException("two") : number);
        Assert.Equal([0, 1], [ahead.Next(default), ahead.Next(default)]);
        Assert.Equal("two", Assert.Throws<DatasetException>(() => ahead.Next(default)).Message);
        Assert.Equal("two", Assert.Throws<DatasetException>(() => ahead.Next(default)).Message);
    }

    [Fact]
    public void Waiting_can_be_cancelled_and_the_threads_stop_at_the_end()
    {
        using var stop = new CancellationTokenSource(TimeSpan.FromMilliseconds(50));
        int running = 0;
        var ahead = new OrderedAhead<int>((0, 10), threads: 2, ahead: 3, (_, cancellation) =>
        {
            Interlocked.Increment(ref running);
            cancellation.WaitHandle.WaitOne();
            Interlocked.Decrement(ref running);
            cancellation.ThrowIfCancellationRequested();
            return 0;
        });
        Assert.ThrowsAny<OperationCanceledException>(() => ahead.Next(stop.Token));
        Assert.Equal(2, Volatile.Read(ref running));
        ahead.Dispose();
        Assert.Equal(0, running);
    }

    [Fact]
    public void Batches_are_in_no_dispose_scope()
    {
        _data.Fill(3);
        using var scope = torch.NewDisposeScope();
        using var batches = _data.Batches(_data.Settings());
        using (var batch = batches.Next())
            Assert.Equal(0, scope.DisposablesCount);
    }

    [Fact]
    public void What_was_made_and_not_taken_is_disposed()
    {
        var made = new ConcurrentBag<StringReader>();
        var ahead = new OrderedAhead<StringReader>((0, 10), threads: 2, ahead: 3, (_, _) =>
        {
            var reader = new StringReader("x");
            made.Add(reader);
            return reader;
        });
        using (var taken = ahead.Next(default))
        {
            ahead.Dispose();
            Assert.Equal('x', taken.Read());
        }
        Assert.All(made, reader => Assert.Throws<ObjectDisposedException>(() => reader.Read()));
    }

    private List<string> Read(BatchSettings settings, long first, int count)
    {
        var read = new List<string>();
        using var batches = _data.Batches(settings, first);
        for (int i = 0; i < count; i++)
        {
            using var batch = batches.Next();
            read.Add($"{string.Join(',', batch.Names)} {string.Join(',', batch.Captions)} "
                + Convert.ToHexString(batch.Images.bytes));
        }
        return read;
    }

    // Red says the column and green the row.
    private HashSet<(int Left, int Right, int Top)> Corners(BatchSettings settings)
    {
        using var batches = _data.Batches(settings);
        using var batch = batches.Next();
        return [.. Enumerable.Range(0, settings.BatchSize).Select(image => (
            Level(batch.Images, image, 0, 0, 0), Level(batch.Images, image, 0, 0, Size - 1),
            Level(batch.Images, image, 1, 0, 0)))];
    }

    private static int Level(torch.Tensor images, int image, int channel, int y, int x)
    {
        int place = (((((image * 3) + channel) * Size) + y) * Size) + x;
        return (int)MathF.Round((BitConverter.ToSingle(images.bytes[(place * sizeof(float))..]) + 1) * 127.5f);
    }
}
