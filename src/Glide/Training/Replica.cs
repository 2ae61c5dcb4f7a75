using Glide.Datasets;
using Glide.Runtime;
using TorchSharp;
using static TorchSharp.torch;

namespace Glide.Training;

/// <summary>A network on one device, which adds the gradients of batches.</summary>
/// <remarks>
/// The forward and backward passes are recorded on a GPU where every batch is the same operations: one call instead of
/// thousands. The optimizer stays outside, since the length of the gradient decides whether it acts.
/// </remarks>
internal sealed class Replica : IDisposable
{
    private readonly RecordedPass? _recorded;
    private StepRandom? _random;

    /// <param name="objective">What is learned; stays the caller's.</param>
    /// <param name="weights">Those of the objective; stay the caller's.</param>
    /// <param name="record">Records work; <c>null</c> for the way of the device.</param>
    public Replica(IObjective objective, FlatWeights weights, Func<Action, IRecording?>? record = null)
    {
        Objective = objective;
        Weights = weights;
        var device = weights.Values.device;
        if (record is null && device.type == DeviceType.CUDA)
            record = work => CudaGraph.Record(device, work);
        if (record is not null && objective.IsRecordable)
            _recorded = new RecordedPass(Pass, record);
    }

    public IObjective Objective { get; }

    public FlatWeights Weights { get; }

    /// <summary>Everything random about a batch; the caller disposes it.</summary>
    /// <param name="batch">Images with captions; stays the caller's.</param>
    /// <param name="seed">Of the run.</param>
    /// <param name="number">Of the batch in the run.</param>
    /// <param name="timesteps">Chooses timesteps.</param>
    public DrawnBatch Draw(TrainingBatch batch, long seed, long number, TimestepSampler timesteps)
    {
        var random = new StepRandom(seed, number, Weights.Values.device);
        var draw = timesteps.Draw(batch.Captions.Count, random);
        return new DrawnBatch(Objective.Draw(batch, draw, random), random, batch.Names, draw.Timesteps);
    }

    /// <summary>Adds the gradients of a batch to <see cref="Weights"/>.</summary>
    /// <param name="batch">Drawn for this replica.</param>
    /// <param name="factor">On the loss.</param>
    public BatchTerms AddGradients(DrawnBatch batch, double factor)
    {
        using var scope = NewDisposeScope();
        _random = batch.Random;
        Tensor[] inputs = [.. batch.Inputs, tensor(new[] { (float)factor }, device: Weights.Values.device)];
        var outputs = _recorded?.Run(inputs) ?? Pass(inputs);
        float[][] values = [.. outputs.Select(output => output.cpu().data<float>().ToArray())];
        return new BatchTerms(batch.Timesteps, values[0][0], values[1..]);
    }

    public void Dispose() => _recorded?.Dispose();

    // From the inputs of a batch and a factor to its loss, [1], and terms.
    private IReadOnlyList<Tensor> Pass(IReadOnlyList<Tensor> inputs)
    {
        using var loss = Objective.Loss([.. inputs.SkipLast(1)], _random!);
        using var scaled = loss.Mean * inputs[^1];
        scaled.sum().backward();
        return [loss.Mean.detach().reshape(1).clone(), .. loss.Terms.Select(term => term.clone())];
    }
}

/// <summary>A batch with everything random about it.</summary>
/// <param name="Inputs">What the objective takes.</param>
/// <param name="Random">Source of chance in the network.</param>
/// <param name="Names">Of the images.</param>
/// <param name="Timesteps">Of the images.</param>
internal sealed record DrawnBatch(
    IReadOnlyList<Tensor> Inputs, StepRandom Random, IReadOnlyList<string> Names, long[] Timesteps) : IDisposable
{
    public void Dispose()
    {
        foreach (var input in Inputs)
            input.Dispose();
        Random.Dispose();
    }
}

/// <summary>What is known of a batch after its passes.</summary>
/// <param name="Timesteps">Of the images.</param>
/// <param name="Loss">Mean over the images.</param>
/// <param name="Terms">Of each image, in the order of <see cref="IObjective.Terms"/>.</param>
internal sealed record BatchTerms(long[] Timesteps, double Loss, float[][] Terms);
