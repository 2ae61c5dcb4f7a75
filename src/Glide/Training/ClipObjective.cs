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
    /// <param name="timesteps">How timesteps are drawn.</param>
    /// <param name="scale">Factor on the cosines at first.</param>
    public ClipObjective(
        ClipImageEncoder image, ClipTextEncoder text, ITokenizer tokenizer, NoiseSchedule schedule,
        TimestepSampler timesteps, double scale)
    {
        _image = image;
        _text = text;
        _tokenizer = tokenizer;
        _loss = new ClipLoss(scale, image.Device);
        _noise = new DiffusionLoss(schedule, LossWeight.None, image.Device);
        Timesteps = timesteps;
        Parameters =
        [
            .. image.named_parameters().Select(named => (ImagePrefix + named.name, named.parameter)),
            .. text.named_parameters().Select(named => (TextPrefix + named.name, named.parameter)),
            (LogScale, _loss.LogScale),
        ];
    }

    public IReadOnlyList<(string Name, Parameter Parameter)> Parameters { get; }

    public TimestepSampler Timesteps { get; }

    public BatchLoss Loss(TrainingBatch batch, StepRandom random)
    {
        using var scope = NewDisposeScope();
        var device = _image.Device;
        var x0 = batch.Images.to(device);
        int count = (int)x0.shape[0];
        var (timesteps, _) = Timesteps.Draw(count, random);
        var timestep = tensor(timesteps, device: device);
        var images = _image.call(_noise.AddNoise(x0, random.Noise(x0.shape), timestep), timestep);   // [N, E]
        var captions = batch.Captions.Distinct().ToList();
        int context = _text.Config.TextContext;
        var sequences = captions.ConvertAll(caption => _tokenizer.Tokenize(caption, context));
        var texts = _text.call(
            tensor(sequences.SelectMany(sequence => sequence.Ids).ToArray(), [captions.Count, context]),
            tensor(sequences.ConvertAll(sequence => (long)sequence.Length).ToArray()));               // [M, E]
        var captionOfImage = tensor(
            batch.Captions.Select(caption => (long)captions.IndexOf(caption)).ToArray(), device: device);
        var (mean, right) = _loss.Of(images, texts, captionOfImage);
        return new BatchLoss(mean.MoveToOuterDisposeScope(), count)
        {
            Timesteps = timesteps,
            Right = (int)right.item<long>(),
        };
    }

    public void AfterStep() => _loss.Cap();

    public void Dispose()
    {
        _loss.Dispose();
        _noise.Dispose();
    }
}
