using Glide.Diffusion;
using Glide.Diffusion.Samplers;
using Glide.Models;
using Glide.Models.Ops;
using Glide.Models.UNet;
using Glide.Runtime;
using Glide.Tests.Diffusion;
using Glide.Tests.Models;
using Glide.Tests.Support;
using static TorchSharp.torch;

namespace Glide.Tests.Runtime;

/// <summary>What only a GPU does.</summary>
[Collection(TorchCollection.Name)]
public sealed class CudaTests
{
    public static TheoryData<string> Samplers => [.. SamplerFactory.Kinds.Select(kind => kind.Name)];

    [CudaTheory, InlineData("fp16"), InlineData("bf16")]
    public void Channels_side_by_side_change_nothing_but_the_speed(string dtype)
    {
        using var scope = NewDisposeScope();
        var precision = PrecisionOf(dtype);
        Assert.Same(ChannelsLastOps.Instance, UNetOps.For(Networks.MiniBase, precision, CUDA));
        var plain = Answers(precision, recorded: false, UNetOps.Plain);
        var fast = Answers(precision, recorded: false, ChannelsLastOps.Instance);
        foreach (var (expected, actual) in plain.Zip(fast))
            Assert.InRange(Closeness.Relative(expected, actual), 0, Bounds.SixteenBitRelative);
    }

    [CudaTheory, InlineData("fp32"), InlineData("fp16"), InlineData("bf16")]
    public void A_recorded_network_answers_as_the_plain_one(string dtype)
    {
        using var scope = NewDisposeScope();
        var precision = PrecisionOf(dtype);
        var plain = Answers(precision, recorded: false);
        var recorded = Answers(precision, recorded: true);
        foreach (var (expected, actual) in plain.Zip(recorded))
        {
            // The same kernels, unless a library chose another one meanwhile, whose sums round otherwise.
            double most = precision == Precision.Float32 ? 1e-4 : Bounds.SixteenBitRelative;
            Assert.InRange(Closeness.Relative(expected, actual), 0, most);
        }
    }

    [CudaLibraryFact]
    public void A_network_can_be_recorded_on_every_device()
    {
        using var scope = NewDisposeScope();
        for (int index = 0; index < cuda.device_count(); index++)
        {
            var device = new Device(TorchSharp.DeviceType.CUDA, index);
            var (x, y) = (ones([4], device: device), zeros([4], device: device));
            _ = x * 2;
            using var graph = CudaGraph.Record(device, () => y.add_(x * 2));
            Assert.NotNull(graph);
            Assert.Equal(0, y.sum().item<float>());
            for (int i = 0; i < 5; i++)
                graph.Replay();
            Assert.Equal(40, y.sum().item<float>());
        }
    }

    [CudaTheory, InlineData(1), InlineData(1000)]
    public void Work_that_waits_for_the_device_is_not_recorded(int count)
    {
        using var scope = NewDisposeScope();
        var x = ones([count], device: CUDA);
        Assert.Null(CudaGraph.Record(CUDA, () => x.sum().item<float>()));
        Assert.Equal(count, x.sum().item<float>());
    }

    // libtorch believed a recording that failed to go on, and gave up where memory was short afterwards.
    [CudaLibraryFact]
    public void After_a_recording_that_failed_all_goes_on()
    {
        using var scope = NewDisposeScope();
        var x = ones([1000], device: CUDA);
        var sum = zeros([1], device: CUDA);
        for (int attempt = 0; attempt < 3; attempt++)
            Assert.Null(CudaGraph.Record(CUDA, () => x.sum().item<float>()));
        Assert.Throws<NotSupportedException>(() => CudaGraph.Record(CUDA, () => throw new NotSupportedException()));
        Assert.ThrowsAny<Exception>(() => empty([1L << 45], device: CUDA));
        sum.add_(x.sum());
        using var graph = CudaGraph.Record(CUDA, () => sum.add_(x.sum()));
        Assert.NotNull(graph);
        graph.Replay();
        Assert.Equal(2000, sum.item<float>());
    }

    // A recording fails where the CPU waits for the device, so it finds every place in a step that does.
    [CudaLibraryTheory, MemberData(nameof(Samplers))]
    public void A_step_of_a_sampler_does_not_wait_for_the_device(string name)
    {
        using var scope = NewDisposeScope();
        using var sampler = SamplerFactory.Create(
            SamplerFactory.Parse(name), BetaTable.SquaredCosine(1000), TimestepRespacing.Parse("8", 1000),
                X0Transform.Clamp);
        var x = ones([2, 3, 4, 4], device: CUDA);
        using var noise = new FixedNoise(ones([2, 3, 4, 4], device: CUDA));
        for (int step = 7; step > 3; step--)
            x = sampler.Step(Denoise, x, step, noise);
        using var graph = CudaGraph.Record(CUDA, () => sampler.Step(Denoise, x, 3, noise));
        Assert.NotNull(graph);

        static Prediction Denoise(Tensor noisy, Tensor timestep) => new(noisy * 0.1f, (noisy * 0) + 0.5f);
    }

    // The device is busy meanwhile, and memory of earlier copies is used again.
    [CudaFact]
    public void Copies_made_ahead_arrive_whole_and_in_order()
    {
        using var scope = NewDisposeScope();
        var busy = randn([2048, 2048], generator: new Generator(1)).to(CUDA);
        var sum = zeros([1 << 20], device: CUDA);
        const int copies = 50;
        for (int i = 1; i <= copies; i++)
        {
            using var step = NewDisposeScope();
            busy.matmul(busy);
            sum.add_(DeviceCopies.To(full([1 << 20], (float)i), CUDA));
        }
        const float expected = copies * (copies + 1) / 2;
        Assert.Equal(0, (sum.cpu() - expected).abs().max().item<float>());
    }

    [CudaFact]
    public void A_seed_gives_the_same_noise_as_on_the_CPU()
    {
        using var scope = NewDisposeScope();
        using var here = new NoiseSource([7, 8], [3, 64, 64], drawsPerImage: 2, CPU);
        using var there = new NoiseSource([7, 8], [3, 64, 64], drawsPerImage: 2, CUDA);
        for (int i = 0; i < 5; i++)
            Assert.Equal(0, Closeness.Relative(here.Draw(), there.Draw().cpu()));
    }

    private static Precision PrecisionOf(string dtype) =>
        dtype switch { "fp16" => Precision.Float16, "bf16" => Precision.BFloat16, _ => Precision.Float32 };

    // Five passes on the way from much noise to little.
    private static List<Tensor> Answers(Precision precision, bool recorded, UNetOps? ops = null)
    {
        using var noGraph = no_grad();
        using var model = new UNetModel(Networks.MiniBase, precision, CUDA, ops);
        SyntheticWeights.Fill(model);
        using var text = UNetModelTests.Prompts(model, rows: 1);
        using var passes = new RecordedPass(
            inputs => [model.call(new UNetInput(inputs[0]), inputs[1], text)],
            work => recorded ? CudaGraph.Record(CUDA, work) : null);
        var x = SyntheticWeights.Unit("x", 1, 3, model.Config.ImageSize, model.Config.ImageSize).to(CUDA) * 1.7f;
        return [.. Enumerable.Range(0, 5).Select(i =>
            passes.Run([x * (1 - (0.1 * i)), full([1], 900f - (200 * i), device: CUDA)])[0].cpu())];
    }
}
