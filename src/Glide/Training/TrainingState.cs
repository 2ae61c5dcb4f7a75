using System.Globalization;
using Glide.Checkpoints;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Glide.Training;

/// <summary>All that changes in a run: weights, average, optimizer, history of losses and counters.</summary>
/// <remarks>
/// A checkpoint is one safetensors file, in which the name of each parameter has the prefixes below; so the readers of
/// the program take the averaged weights from it.
/// </remarks>
internal sealed class TrainingState : IDisposable
{
    /// <summary>Prefix of the averaged weights.</summary>
    public const string AveragePrefix = "ema.";

    private const string WeightsPrefix = "weights.", MeanPrefix = "adam_mean.", SquarePrefix = "adam_square.",
        History = "timesteps.history", Seen = "timesteps.seen";

    private const string StepField = "step", UpdatesField = "updates", ScaleField = "loss_scale";

    private readonly TimestepSampler _timesteps;

    /// <param name="parameters">What is trained.</param>
    /// <param name="timesteps">Its history belongs to the state; stays the caller's.</param>
    /// <param name="settings">Those of the run.</param>
    public TrainingState(
        IReadOnlyList<(string Name, Parameter Parameter)> parameters, TimestepSampler timesteps,
        TrainingSettings settings)
    {
        _timesteps = timesteps;
        Weights = new FlatWeights(parameters);
        Optimizer = new AdamW(Weights, new AdamWSettings(settings.Beta1, settings.Beta2, settings.WeightDecay));
        Average = new WeightAverage(Weights, settings.Ema);
    }

    public FlatWeights Weights { get; }

    public AdamW Optimizer { get; }

    public WeightAverage Average { get; }

    /// <summary>Steps done, those among them that were skipped for gradients that are not finite included.</summary>
    public long Step { get; set; }

    /// <summary>Factor on the loss that keeps small gradients in the range of float16.</summary>
    public double LossScale { get; set; } = 65_536;

    /// <summary>Writes a checkpoint; it is either complete or absent.</summary>
    /// <exception cref="ResourceException">The disk is full or the folder cannot be written to.</exception>
    public void Save(string path)
    {
        using var frozen = no_grad();
        var parts = new (string Prefix, Tensor Flat)[]
        {
            (WeightsPrefix, Weights.Values), (AveragePrefix, Average.Values), (MeanPrefix, Optimizer.Mean),
            (SquarePrefix, Optimizer.Square),
        };
        var tensors = parts.SelectMany(part => Weights.Slots.Select(slot => (
            part.Prefix + slot.Name, ElementType.Float32, slot.Shape, Writer(part.Flat, slot)))).ToList();
        if (_timesteps.History.Length > 0)
        {
            tensors.Add((History, ElementType.Float32, [_timesteps.History.Length], WriterOf(_timesteps.History)));
            tensors.Add((Seen, ElementType.Int32, [_timesteps.Seen.Length], WriterOf(_timesteps.Seen)));
        }
        SafetensorsWriter.Write(path, tensors, new Dictionary<string, string>
        {
            [StepField] = Step.ToString(CultureInfo.InvariantCulture),
            [UpdatesField] = Optimizer.Steps.ToString(CultureInfo.InvariantCulture),
            [ScaleField] = LossScale.ToString(CultureInfo.InvariantCulture),
        });
    }

    /// <summary>Goes back to a checkpoint.</summary>
    /// <exception cref="CheckpointException">It is damaged, or of another run.</exception>
    public void Load(string path)
    {
        using var frozen = no_grad();
        using var checkpoint = Checkpoint.OpenAll(path);
        foreach (var slot in Weights.Slots)
        {
            Read(checkpoint, WeightsPrefix, slot, Weights.Values);
            Read(checkpoint, AveragePrefix, slot, Average.Values);
            Read(checkpoint, MeanPrefix, slot, Optimizer.Mean);
            Read(checkpoint, SquarePrefix, slot, Optimizer.Square);
        }
        if (_timesteps.History.Length > 0)
        {
            checkpoint.Read<float>(Entry(checkpoint, History)).CopyTo(_timesteps.History.AsSpan());
            checkpoint.Read<int>(Entry(checkpoint, Seen)).CopyTo(_timesteps.Seen.AsSpan());
        }
        Step = Number(checkpoint, StepField, long.Parse);
        Optimizer.Steps = Number(checkpoint, UpdatesField, long.Parse);
        LossScale = Number(checkpoint, ScaleField, double.Parse);
        Weights.Publish();
    }

    public void Dispose()
    {
        Average.Dispose();
        Optimizer.Dispose();
        Weights.Dispose();
    }

    private static Action<Stream> Writer(Tensor flat, WeightSlot slot) => stream =>
    {
        using var scope = NewDisposeScope();
        stream.Write(slot.Of(flat).cpu().contiguous().bytes);
    };

    private static Action<Stream> WriterOf<T>(T[] values) where T : unmanaged => stream =>
        stream.Write(System.Runtime.InteropServices.MemoryMarshal.AsBytes(values.AsSpan()));

    private static void Read(Checkpoint checkpoint, string prefix, WeightSlot slot, Tensor flat)
    {
        using var scope = NewDisposeScope();
        var entry = Entry(checkpoint, prefix + slot.Name);
        if (!entry.Shape.SequenceEqual(slot.Shape) || entry.Type != ElementType.Float32)
        {
            throw Refuse(
                checkpoint, $"'{entry.Name}' is {entry.ShapeText}, needed is [{string.Join(", ", slot.Shape)}]");
        }
        var host = empty(slot.Shape, dtype: ScalarType.Float32);
        checkpoint.Read(entry, host.bytes);
        slot.Of(flat).copy_(host);
    }

    private static TensorEntry Entry(Checkpoint checkpoint, string name) =>
        checkpoint.Tensors.GetValueOrDefault(name) ?? throw Refuse(checkpoint, $"'{name}' is missing");

    private static T Number<T>(Checkpoint checkpoint, string field, Func<string, CultureInfo, T> parse)
    {
        string? text = checkpoint.Metadata.GetValueOrDefault(field);
        try
        {
            return parse(text ?? "", CultureInfo.InvariantCulture);
        }
        catch (Exception e) when (e is FormatException or OverflowException)
        {
            throw Refuse(checkpoint, $"its {field} is '{Quoted.Text(text ?? "")}'");
        }
    }

    private static CheckpointException Refuse(Checkpoint checkpoint, string fault) => new(
        $"'{checkpoint.Path}' is no checkpoint of this run: {fault}; delete it to go on from the one before it");
}
