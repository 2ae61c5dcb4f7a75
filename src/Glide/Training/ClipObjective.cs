using Glide.Datasets;
using Glide.Diffusion;
using Glide.Models.Clip;
using Glide.Tokenizers;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Glide.Training;

/// <summary>
/// Trains both encoders of noised CLIP on images with the base's noise, the clean ones of timestep 0 among them. Nichol
/// et al. 2021 (GLIDE), section 4.4.
/// </summary>
internal sealed class ClipObjective : IObjective
{
    /// <summary>What stands before the names of the image encoder's weights.</summary>
    public const string ImagePrefix = "image.";

    /// <summary>What stands before the names of the text encoder's weights.</summary>
    public const string TextPrefix = "text.";

    /// <summary>Name of the learned logarithm of the scale.</summary>
    public const string LogScale = "log_scale";

    private readonly ClipImageEncoder _image;
    private readonly ClipTextEncoder _text;
    private readonly ITokenizer _tokenizer;
    private readonly ClipLoss _loss;
    private readonly DiffusionLoss _noise;

    /// <param name="image">Stays the caller's.</param>
    /// <param name="text">Stays the caller's.</param>
    /// <param name="tokenizer">Reads the captions, with start and end tokens.</param>
    /// <param name="schedule">The base's.</param>
    /// <param name="scale">Factor on the cosines at first.</param>
    public ClipObjective(
        ClipImageEncoder image, ClipTextEncoder text, ITokenizer tokenizer, NoiseSchedule schedule, double scale)
    {
        _image = image;
        _text = text;
        _tokenizer = tokenizer;
        _loss = new ClipLoss(scale, image.Device);
        _noise = new DiffusionLoss(schedule, LossWeight.None, image.Device);
        TimestepCount = schedule.Count;
        Parameters =
        [
            .. image.named_parameters().Select(named => (ImagePrefix + named.name, named.parameter)),
            .. text.named_parameters().Select(named => (TextPrefix + named.name, named.parameter)),
            (LogScale, _loss.LogScale),
        ];
    }

    public IReadOnlyList<(string Name, Parameter Parameter)> Parameters { get; }

    public int TimestepCount { get; }

    public IReadOnlyList<string> Terms { get; } = ["accuracy"];

    // Batches have different numbers of captions.
    public bool IsRecordable => false;

    public IReadOnlyList<Tensor> Draw(TrainingBatch batch, TimestepDraw timesteps, StepRandom random)
    {
        using var scope = NewDisposeScope();
        var device = _image.Device;
        var captions = batch.Captions.Distinct().ToList();
        int context = _text.Config.TextContext;
        var sequences = captions.ConvertAll(caption => _tokenizer.Tokenize(caption, context));
        Tensor[] inputs =
        [
            batch.Images.to(device),                                                                // [N, 3, H, W]
            random.Noise(batch.Images.shape),
            tensor(timesteps.Timesteps, device: device),
            tensor(sequences.SelectMany(sequence => sequence.Ids).ToArray(), [captions.Count, context]).to(device),
            tensor(sequences.ConvertAll(sequence => (long)sequence.Length).ToArray(), device: device),
            tensor(batch.Captions.Select(caption => (long)captions.IndexOf(caption)).ToArray(), device: device),
        ];
        return Array.ConvertAll(inputs, input => input.MoveToOuterDisposeScope());
    }

    public BatchLoss Loss(IReadOnlyList<Tensor> inputs, StepRandom random)
    {
        using var scope = NewDisposeScope();
        var images = _image.call(_noise.AddNoise(inputs[0], inputs[1], inputs[2]), inputs[2]);       // [N, E]
        var texts = _text.call(inputs[3], inputs[4]);                                               // [M, E]
        var (mean, right) = _loss.Of(images, texts, captionOfImage: inputs[5]);
        return new BatchLoss(mean.MoveToOuterDisposeScope(), [right.MoveToOuterDisposeScope()]);
    }

    public void AfterStep() => _loss.Cap();

    public void Dispose()
    {
        _loss.Dispose();
        _noise.Dispose();
    }
}
