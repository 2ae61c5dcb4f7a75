using Glide.Models;
using Glide.Models.Ops;
using Glide.Models.Text;
using Glide.Models.UNet;
using Glide.Tests.Support;
using static TorchSharp.torch;

namespace Glide.Tests.Models;

/// <summary>Whole networks on the processor's kernels.</summary>
[Collection(TorchCollection.Name)]
public sealed class NativeNetworkTests
{
    [FastTheory, InlineData("base_mini"), InlineData("upsample-inpaint_mini")]
    public void A_network_answers_as_with_libtorch(string name)
    {
        using var scope = NewDisposeScope();
        var config = Networks.UNet(name);
        using var plain = UNetModelTests.Filled(config, ops: UNetOps.Plain);
        using var fast = UNetModelTests.Filled(config, ops: NativeOps.Instance);
        Assert.InRange(Closeness.InDeviations(Answer(plain), Answer(fast)), 0, Bounds.NetworkInDeviations / 10);
    }

    // One order of summation for all: the number of threads only says who does which part.
    [FastTheory, MemberData(nameof(NativeOpsTests.Types), MemberType = typeof(NativeOpsTests))]
    public void Threads_do_not_change_an_answer(ScalarType type)
    {
        using var scope = NewDisposeScope();
        using var model = UNetModelTests.Filled(
            Networks.MiniBase, type == ScalarType.Float32 ? Precision.Float32 : Precision.BFloat16, NativeOps.Instance);
        using var text = UNetModelTests.Prompts(model, rows: 2);     // libtorch's, whose sums depend on the threads
        Assert.Equal(NativeOpsTests.Bytes(NativeOpsTests.OnThreads(1, () => Answer(model, text))),
            NativeOpsTests.Bytes(NativeOpsTests.OnThreads(3, () => Answer(model, text))));
    }

    [FastTheory, InlineData("base_mini"), InlineData("upsample-inpaint_mini")]
    public void A_network_answers_to_the_byte_alone_as_in_a_batch(string name)
    {
        using var scope = NewDisposeScope();
        using var model = UNetModelTests.Filled(Networks.UNet(name), ops: NativeOps.Instance);
        using var prompts = UNetModelTests.Prompts(model, rows: 3);
        var input = UNetModelTests.Input(model.Config, rows: 3);
        float[] timesteps = [40, 700, 3];
        var together = model.call(input, tensor(timesteps), prompts);
        for (int row = 0; row < 3; row++)
        {
            Tensor Of(Tensor rows) => rows.narrow(0, row, 1).clone();
            Tensor? OfOptional(Tensor? rows) => rows is null ? null : Of(rows);
            using var prompt = new TextConditioning(Of(prompts.Projection), prompts.KeysAndValues.Select(Of));
            var alone = new UNetInput(
                Of(input.X), OfOptional(input.LowRes), OfOptional(input.KnownImage), OfOptional(input.KnownMask));
            var answer = model.call(alone, tensor(new[] { timesteps[row] }), prompt);
            Assert.Equal(NativeOpsTests.Bytes(Of(together)), NativeOpsTests.Bytes(answer));
        }
    }

    [FastTheory, MemberData(nameof(NativeOpsTests.Types), MemberType = typeof(NativeOpsTests))]
    public void Passes_leave_nothing_behind(ScalarType type)
    {
        using var model = UNetModelTests.Filled(
            Networks.MiniUpsampler, type == ScalarType.Float32 ? Precision.Float32 : Precision.BFloat16,
                NativeOps.Instance);
        TensorLeak.None(() =>
        {
            using var scope = NewDisposeScope();
            Answer(model);
        });
    }

    [FastTheory, MemberData(nameof(NativeOpsTests.Types), MemberType = typeof(NativeOpsTests))]
    public void A_network_frees_its_packed_weights(ScalarType type) => TensorLeak.None(() =>
    {
        using var scope = NewDisposeScope();
        using var model = UNetModelTests.Filled(
            Networks.MiniBase, type == ScalarType.Float32 ? Precision.Float32 : Precision.BFloat16, NativeOps.Instance);
        Answer(model);
    });

    private static Tensor Answer(UNetModel model)
    {
        using var text = UNetModelTests.Prompts(model, rows: 2);
        return Answer(model, text);
    }

    private static Tensor Answer(UNetModel model, TextConditioning text) =>
        model.call(UNetModelTests.Input(model.Config, rows: 2), tensor(new[] { 40f, 700f }), text);
}
