using Glide.Runtime;
using Glide.Tests.Support;
using static TorchSharp.torch;

namespace Glide.Tests.Runtime;

[Collection(TorchCollection.Name)]
public sealed class RecordedPassTests
{
    private int _passes;

    [Fact]
    public void A_recording_reads_each_times_inputs_and_leaves_earlier_outputs_alone()
    {
        using var scope = NewDisposeScope();
        using var recorded = new RecordedPass(Pass, work => new Repeated(work));
        var outputs = Enumerable.Range(0, 6).Select(i => recorded.Run(full([2, 3], (float)i), full([2], 10f * i)))
            .ToList();
        for (int i = 0; i < outputs.Count; i++)
            Assert.Equal(Enumerable.Repeat(11f * i, 6), outputs[i].data<float>().ToArray());
    }

    [Fact]
    public void Nothing_is_recorded_before_the_libraries_have_warmed_up()
    {
        using var scope = NewDisposeScope();
        int recordings = 0;
        using var recorded = new RecordedPass(Pass, work =>
        {
            recordings++;
            return new Repeated(work);
        });
        for (int i = 0; i < 2; i++)
            recorded.Run(ones([1, 3]), ones([1]));
        Assert.Equal((0, 2), (recordings, _passes));
        for (int i = 0; i < 3; i++)
            recorded.Run(ones([1, 3]), ones([1]));
        Assert.Equal(1, recordings);
    }

    [Fact]
    public void Where_nothing_can_be_recorded_every_pass_is_made_anew()
    {
        using var scope = NewDisposeScope();
        int attempts = 0;
        using var recorded = new RecordedPass(Pass, _ =>
        {
            attempts++;
            return null;
        });
        var outputs = Enumerable.Range(0, 5).Select(i => recorded.Run(full([1, 1], (float)i), ones([1])).item<float>())
            .ToList();
        Assert.Equal([1f, 2f, 3f, 4f, 5f], outputs);
        Assert.Equal(1, attempts);
    }

    [Fact]
    public void Another_shape_is_not_read_from_the_recording()
    {
        using var scope = NewDisposeScope();
        using var recorded = new RecordedPass(Pass, work => new Repeated(work));
        for (int i = 0; i < 4; i++)
            recorded.Run(ones([1, 3]), ones([1]));
        Assert.Equal((long[])[4, 3], recorded.Run(ones([4, 3]), ones([4])).shape);
    }

    [Fact]
    public void Nothing_leaks() => TensorLeak.None(() =>
    {
        using var scope = NewDisposeScope();
        using var recorded = new RecordedPass(Pass, work => new Repeated(work));
        for (int i = 0; i < 5; i++)
            recorded.Run(ones([1, 3]), ones([1]));
    });

    private Tensor Pass(Tensor x, Tensor timestep)
    {
        _passes++;
        return x + timestep.unsqueeze(1);
    }

    /// <summary>What a GPU does with a recording: the same work on whatever now lies at the same addresses.</summary>
    private sealed class Repeated(Action work) : IRecording
    {
        public void Replay()
        {
            using var scope = NewDisposeScope();
            work();
        }

        public void Dispose()
        {
        }
    }
}
