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
        using var recorded = new RecordedPass(Pass, work => new RepeatedWork(work));
        var outputs = Enumerable.Range(0, 6).Select(i => recorded.Run([full([2, 3], (float)i), full([2], 10f * i)])[0])
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
            return new RepeatedWork(work);
        });
        for (int i = 0; i < 2; i++)
            recorded.Run([ones([1, 3]), ones([1])]);
        Assert.Equal((0, 2), (recordings, _passes));
        for (int i = 0; i < 3; i++)
            recorded.Run([ones([1, 3]), ones([1])]);
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
        var outputs = Enumerable.Range(0, 5)
            .Select(i => recorded.Run([full([1, 1], (float)i), ones([1])])[0].item<float>()).ToList();
        Assert.Equal([1f, 2f, 3f, 4f, 5f], outputs);
        Assert.Equal(1, attempts);
    }

    [Fact]
    public void Another_shape_is_not_read_from_the_recording()
    {
        using var scope = NewDisposeScope();
        using var recorded = new RecordedPass(Pass, work => new RepeatedWork(work));
        for (int i = 0; i < 4; i++)
            recorded.Run([ones([1, 3]), ones([1])]);
        Assert.Equal((long[])[4, 3], recorded.Run([ones([4, 3]), ones([4])])[0].shape);
    }

    [Fact]
    public void What_a_pass_does_besides_is_done_once_in_every_call()
    {
        using var scope = NewDisposeScope();
        var sum = zeros(1);
        using var recorded = new RecordedPass(
            inputs => [inputs[0] + 1, sum.add_(inputs[0]).clone()], work => new RepeatedWork(work));
        for (int i = 1; i <= 5; i++)
        {
            var outputs = recorded.Run([full([1], (float)i)]);
            Assert.Equal((i + 1f, i * (i + 1) / 2f), (outputs[0].item<float>(), outputs[1].item<float>()));
        }
    }

    [Fact]
    public void Nothing_leaks() => TensorLeak.None(() =>
    {
        using var scope = NewDisposeScope();
        using var recorded = new RecordedPass(Pass, work => new RepeatedWork(work));
        for (int i = 0; i < 5; i++)
            recorded.Run([ones([1, 3]), ones([1])]);
    });

    private IReadOnlyList<Tensor> Pass(IReadOnlyList<Tensor> inputs)
    {
        _passes++;
        return [inputs[0] + inputs[1].unsqueeze(1)];
    }
}
