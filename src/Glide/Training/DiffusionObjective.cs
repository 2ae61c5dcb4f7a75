using Glide.Datasets;
using Glide.Diffusion;
using Glide.Models.UNet;
using Glide.Pipelines;
using Glide.Tokenizers;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Glide.Training;

/// <summary>Trains any of the four U-Nets. Nichol et al. 2021 (GLIDE), sections 2.2 and 4.</summary>
internal sealed class DiffusionObjective : IObjective
{
    private readonly UNetModel _network;
    private readonly TrainingSettings _settings;
    private readonly ITokenizer _tokenizer;
    private readonly DiffusionLoss _loss;

    /// <param name="network">With operations that autograd passes; stays the caller's.</param>
    /// <param name="parameters">What is trained: the network's own, or those of adapters on it.</param>
    /// <param name="tokenizer">Reads the captions.</param>
    /// <param name="settings">How it is trained.</param>
    public DiffusionObjective(
        UNetModel network, IReadOnlyList<(string, Parameter)> parameters, ITokenizer tokenizer,
        TrainingSettings settings)
    {
        _network = network;
        _settings = settings;
        _tokenizer = tokenizer;
        Parameters = parameters;
        var config = network.Config;
        _loss = new DiffusionLoss(
            new NoiseSchedule(BetaTable.Parse(config.NoiseSchedule, config.DiffusionSteps)),
            LossWeight.TryParse(settings.LossWeight)!, network.Device);
    }

    public IReadOnlyList<(string Name, Parameter Parameter)> Parameters { get; }

    public int TimestepCount => _network.Config.DiffusionSteps;

    public IReadOnlyList<string> Terms { get; } = ["mse", "vb"];

    // A recording would drop the same activations every time.
    public bool IsRecordable => _settings.Dropout == 0;

    public IReadOnlyList<Tensor> Draw(TrainingBatch batch, TimestepDraw timesteps, StepRandom random)
    {
        using var scope = NewDisposeScope();
        var device = _network.Device;
        var config = _network.Config;
        var x0 = Cropped(batch.Images.to(device), random);                                          // [N, 3, H, W]
        var (ids, mask) = Tokenize(batch.Captions, random);
        var inputs = new List<Tensor>
        {
            x0,
            random.Noise(x0.shape),
            tensor(timesteps.Timesteps, device: device),
            tensor(timesteps.Weights, device: device),
            ids.to(device),
            mask.to(device),
        };
        // The upsampler sees the whole small image, whatever is erased of the large one.
        if (config.Upsample)
            inputs.Add(LowResAugmentation.Draw(x0, StageInputs.UpsampleFactor, _settings.LowResNoise, random));
        if (config.Inpaint)
            inputs.Add(ErasedRegions.Draw((int)x0.shape[0], (int)x0.shape[2], (int)x0.shape[3], random).to(device));
        return inputs.ConvertAll(input => input.MoveToOuterDisposeScope());
    }

    public BatchLoss Loss(IReadOnlyList<Tensor> inputs, StepRandom random)
    {
        using var scope = NewDisposeScope();
        var (x0, noise, timestep, weights) = (inputs[0], inputs[1], inputs[2], inputs[3]);
        var x = _loss.AddNoise(x0, noise, timestep);
        var pass = new TrainingPass(_settings.Dropout, random.Uniform)
        {
            Recomputes = _settings.GradientCheckpointing,
        };
        var input = new UNetInput(x, _network.Config.Upsample ? inputs[6] : null) { Training = pass };
        if (_network.Config.Inpaint)
            input = input with { KnownImage = x0, KnownMask = inputs[^1] };
        using var text = _network.EncodeTogether(ids: inputs[4], mask: inputs[5]);
        var output = _network.call(input, timestep.to(float32), text);
        var terms = _loss.Of(output, x, x0, noise, timestep);
        var mean = (terms.Total * weights).mean();
        return new BatchLoss(mean.MoveToOuterDisposeScope(),
            [terms.Simple.MoveToOuterDisposeScope(), terms.VariationalBound.MoveToOuterDisposeScope()])
        {
            Pass = pass,
        };
    }

    public void Dispose() => _loss.Dispose();

    private (Tensor Ids, Tensor Mask) Tokenize(IReadOnlyList<string> captions, StepRandom random)
    {
        int context = _network.Config.TextContext;
        var sequences = captions.Select(caption =>
            _tokenizer.Tokenize(random.Chance(_settings.DropPrompt) ? "" : caption, context)).ToList();
        long[] shape = [captions.Count, context];
        return (tensor(sequences.SelectMany(sequence => sequence.Ids).ToArray(), shape),
            tensor(sequences.SelectMany(sequence => sequence.Mask).ToArray(), shape));
    }

    // Where a crop begins, a pixel of the small image begins too.
    private Tensor Cropped(Tensor images, StepRandom random)
    {
        long size = images.shape[2];
        if (_settings.Crop is not { } crop || crop >= size)
            return images;
        int places = (int)((size - crop) / StageInputs.UpsampleFactor);
        var rows = Enumerable.Range(0, (int)images.shape[0]).Select(row =>
        {
            int y = random.Whole(0, places), x = random.Whole(0, places);
            return images.narrow(0, row, 1)
                .narrow(2, y * StageInputs.UpsampleFactor, crop).narrow(3, x * StageInputs.UpsampleFactor, crop);
        });
        return cat([.. rows], dim: 0);
    }
}
