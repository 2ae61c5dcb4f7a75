using Glide.Datasets;
using Glide.Images;
using Glide.Models.UNet;
using Glide.Pipelines;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Glide.Training;

/// <summary>Images that show how far a U-Net is: the same prompts, seeds and masks each time.</summary>
internal sealed class SampleSheet : IDisposable
{
    private const int MostImages = 8;

    private const double BaseGuidance = 3;

    private readonly UNetModel _network;
    private readonly PromptEncoder _prompts;
    private readonly Tensor _images;
    private readonly Tensor _known;
    private readonly IReadOnlyList<string> _texts;

    /// <param name="network">What is trained; stays the caller's.</param>
    /// <param name="prompts">Encodes prompts.</param>
    /// <param name="texts">Prompts; empty for the captions of <paramref name="examples"/>.</param>
    /// <param name="examples">Images that an upsampler enlarges and an inpainting network completes; stay the caller's.
    /// </param>
    public SampleSheet(
        UNetModel network, PromptEncoder prompts, IReadOnlyList<string> texts, TrainingBatch examples)
    {
        using var scope = NewDisposeScope();
        _network = network;
        _prompts = prompts;
        int count = (int)Math.Min(MostImages, examples.Images.shape[0]);
        _texts = texts.Count == 0 ? [.. examples.Captions.Take(count)] : [.. texts.Take(MostImages)];
        // There may be more prompts than examples.
        long[] rows = [.. _texts.Select((_, row) => (long)(row % count))];
        _images = examples.Images.index_select(0, tensor(rows)).to(network.Device).DetachFromDisposeScope();
        using var random = new StepRandom(seed: 0, batch: 0, CPU);
        _known = ErasedRegions.Draw(_texts.Count, (int)_images.shape[2], (int)_images.shape[3], random)
            .to(network.Device).DetachFromDisposeScope();
    }

    /// <summary>Draws the images with the network's present weights.</summary>
    public RgbImage Draw()
    {
        using var frozen = no_grad();
        using var scope = NewDisposeScope();
        var config = _network.Config;
        var preset = QualityPreset.ForPrompts;
        var recipe = new StageRecipe
        {
            Network = "",
            Sampler = config.Upsample ? preset.UpsampleSampler : preset.Sampler,
            Steps = config.Upsample ? preset.UpsampleSteps : preset.Steps,
            GuidanceScale = config.Upsample ? 1 : BaseGuidance,
        };
        long[] seeds = [.. _texts.Select((_, row) => (long)row)];
        var inputs = new StageInputs
        {
            Prompts = _texts,
            Negatives = [.. _texts.Select(_ => "")],
            Seeds = seeds,
            LowRes = config.Upsample ? functional.avg_pool2d(_images, StageInputs.UpsampleFactor) : null,
            KnownImage = config.Inpaint ? _images : null,
            KnownMask = config.Inpaint ? _known : null,
        };
        var stage = new Stage(_network, recipe, _prompts);
        using var noise = stage.NewNoise(seeds);
        var drawn = ImageTensors.FromTensor(stage.Run(inputs, noise, new StepCallbacks()));
        return ImageGrid.Compose(drawn, columns: Math.Min(4, drawn.Length), labels: _texts);
    }

    public void Dispose()
    {
        _images.Dispose();
        _known.Dispose();
    }
}
