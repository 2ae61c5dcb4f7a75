using System.Collections.Concurrent;
using System.Globalization;
using System.Runtime.ExceptionServices;
using System.Text;
using TorchSharp;
using static TorchSharp.torch;

namespace Glide.Checkpoints;

/// <summary>Loads the parameters and buffers of a module from a checkpoint, by name.</summary>
internal static class ModuleLoader
{
    private const int MostThreads = 4;
    private const long LargestPiece = 1L << 30;     // Tensor.bytes reaches 2 GB

    /// <summary>Loads every parameter and persistent buffer. Names and shapes must match exactly.</summary>
    /// <param name="module">Any module; its tensors keep their element type and device.</param>
    /// <param name="networkName">Name for messages, such as <c>base</c>.</param>
    /// <param name="checkpoint">An open checkpoint; floating-point tensors of other types are converted.</param>
    /// <param name="loras">Changes that are added to the weights; <c>null</c> for none.</param>
    /// <param name="cancellation">Cancels between two runs of a few megabytes; the module is then partly
    /// loaded.</param>
    /// <exception cref="CheckpointException">Names or shapes differ, or a checksum is wrong.</exception>
    /// <remarks>
    /// Runs of the memory map are copied or converted straight into the parameters, so that no second copy of the
    /// weights exists; a tensor on another device goes through one host tensor at a time.
    /// </remarks>
    public static void Load(nn.Module module, string networkName, Checkpoint checkpoint,
        IReadOnlyList<WeightedLora>? loras = null, CancellationToken cancellation = default)
    {
        var targets = Check(module, networkName, checkpoint);
        var merge = LoraMerge.Plan(loras ?? [], networkName, checkpoint.Shapes());
        using var _ = no_grad();
        var direct = new List<Piece>();
        foreach (var (name, target) in targets)
        {
            var entry = checkpoint.Tensors[name];
            if (entry.ElementCount == 0)
                continue;
            if (merge.Changes(name))
            {
                cancellation.ThrowIfCancellationRequested();
                using var merged = tensor(merge.Merged(checkpoint, entry), entry.Shape.ToArray());
                target.copy_(merged);
                continue;
            }
            if (target.device_type == DeviceType.CPU && target.is_contiguous())
            {
                direct.AddRange(Pieces(entry, target));
                continue;
            }
            using var host = empty(target.shape, dtype: target.dtype, device: CPU);
            Fill(checkpoint, Pieces(entry, host), cancellation);
            target.copy_(host);
        }
        Fill(checkpoint, direct, cancellation);
    }

    /// <summary>Checks that names and shapes match, without loading anything.</summary>
    /// <param name="module">Any module, also without memory for its parameters.</param>
    /// <param name="networkName">Name for messages, such as <c>base</c>.</param>
    /// <param name="checkpoint">An open checkpoint.</param>
    /// <returns>The tensors of the module by name.</returns>
    /// <exception cref="CheckpointException">Names or shapes differ.</exception>
    public static OrderedDictionary<string, Tensor> Check(nn.Module module, string networkName, Checkpoint checkpoint)
    {
        var targets = new OrderedDictionary<string, Tensor>(StringComparer.Ordinal);
        foreach (var (name, parameter) in module.named_parameters())
            targets.TryAdd(name, parameter);
        foreach (var (name, buffer) in module.named_buffers(include_nonpersistent: false))
            targets.TryAdd(name, buffer);
        NetworkFit.Check(checkpoint, networkName,
            [.. targets.Select(t => new NeededTensor(t.Key, t.Value.shape, TypeOf(t.Key, t.Value)))]);
        return targets;
    }

    private static ElementType TypeOf(string name, Tensor tensor) => tensor.dtype switch
    {
        ScalarType.Float32 => ElementType.Float32,
        ScalarType.Float16 => ElementType.Float16,
        ScalarType.BFloat16 => ElementType.BFloat16,
        ScalarType.Float64 => ElementType.Float64,
        ScalarType.Int64 => ElementType.Int64,
        ScalarType.Int32 => ElementType.Int32,
        ScalarType.Int16 => ElementType.Int16,
        ScalarType.Int8 => ElementType.Int8,
        ScalarType.Byte => ElementType.UInt8,
        ScalarType.Bool => ElementType.Bool,
        _ => throw new NotSupportedException($"Parameter '{name}' is {tensor.dtype}, which no checkpoint holds."),
    };

    // Addresses are taken on the calling thread, to which torch's scopes are bound; copying is not.
    private static unsafe List<Piece> Pieces(TensorEntry entry, Tensor target)
    {
        var type = TypeOf(entry.Name, target);
        var pieces = new List<Piece>();
        if (entry.ElementCount * type.Size() <= LargestPiece)
        {
            fixed (byte* start = target.bytes)
                pieces.Add(new Piece(entry, type, 0, entry.ElementCount, (nint)start));
            return pieces;
        }
        using var flat = target.view(-1);
        long step = LargestPiece / type.Size();
        for (long first = 0; first < entry.ElementCount; first += step)
        {
            long count = Math.Min(step, entry.ElementCount - first);
            using var part = flat.narrow(0, first, count);
            fixed (byte* start = part.bytes)
                pieces.Add(new Piece(entry, type, first, count, (nint)start));
        }
        return pieces;
    }

    private static void Fill(Checkpoint checkpoint, List<Piece> pieces, CancellationToken cancellation)
    {
        // Largest first, so that the threads finish together.
        pieces.Sort((a, b) => b.Count.CompareTo(a.Count));
        var options = new ParallelOptions
        {
            MaxDegreeOfParallelism = Math.Min(MostThreads, Environment.ProcessorCount),
            CancellationToken = cancellation,
        };
        try
        {
            var oneByOne = Partitioner.Create(pieces, EnumerablePartitionerOptions.NoBuffering);
            Parallel.ForEach(oneByOne, options, piece => Fill(checkpoint, piece, cancellation));
        }
        catch (AggregateException e)
        {
            ExceptionDispatchInfo.Throw(e.InnerExceptions[0]);
        }
    }

    private static unsafe void Fill(Checkpoint checkpoint, Piece piece, CancellationToken cancellation)
    {
        var (entry, type, begin, count, start) = piece;
        checkpoint.Visit(entry, begin, count, (first, run) =>
        {
            cancellation.ThrowIfCancellationRequested();
            int length = run.Length / entry.Type.Size() * type.Size();
            ElementConversion.Convert(entry.Type, run, type,
                new Span<byte>((byte*)start + ((first - begin) * type.Size()), length));
        });
    }

    private sealed record Piece(TensorEntry Entry, ElementType Type, long First, long Count, nint Start);
}

/// <summary>A parameter that a network needs from a checkpoint.</summary>
internal sealed record NeededTensor(string Name, IReadOnlyList<long> Shape, ElementType Type);

/// <summary>
/// Compares the names and shapes of a checkpoint with those that a network needs, and reports all differences at once.
/// </summary>
internal static class NetworkFit
{
    private const int MostShown = 5;

    /// <summary>Checks that a checkpoint has exactly the tensors that are needed.</summary>
    /// <exception cref="CheckpointException">Tensors are missing, left over or of another shape.</exception>
    public static void Check(Checkpoint checkpoint, string networkName, IReadOnlyCollection<NeededTensor> needed)
    {
        var found = new Differences();
        foreach (var tensor in needed)
        {
            string name = Quoted.Text(tensor.Name);
            if (!checkpoint.Tensors.TryGetValue(tensor.Name, out var entry))
            {
                found.Missing++;
                found.Texts.Add($"'{name}' [{string.Join(", ", tensor.Shape)}] is missing");
            }
            else if (!entry.Shape.SequenceEqual(tensor.Shape))
            {
                found.Misshaped++;
                found.Texts.Add($"'{name}' is {entry.ShapeText}, needed is [{string.Join(", ", tensor.Shape)}]");
            }
            else if (!ElementConversion.CanConvert(entry.Type, tensor.Type))
            {
                found.Misshaped++;
                found.Texts.Add($"'{name}' is {entry.Type.ShortName()}, needed is {tensor.Type.ShortName()}");
            }
        }
        var names = needed.Select(t => t.Name).ToHashSet(StringComparer.Ordinal);
        foreach (var entry in checkpoint.Tensors.Values.Where(e => !names.Contains(e.Name)))
        {
            found.Unknown++;
            found.Texts.Add($"'{Quoted.Text(entry.Name)}' {entry.ShapeText} is not known to the network");
        }
        if (found.Texts.Count > 0)
            throw new CheckpointException(Message(checkpoint, networkName, needed.Count, found));
    }

    private static string Message(Checkpoint checkpoint, string networkName, int neededCount, Differences found)
    {
        var message = new StringBuilder();
        message.Append(CultureInfo.InvariantCulture,
            $"checkpoint '{Quoted.Text(checkpoint.Path)}' does not fit the network '{networkName}': ");
        message.Append(CultureInfo.InvariantCulture,
            $"{found.Texts.Count:N0} differences ({found.Missing:N0} of {neededCount:N0} tensors missing, ");
        message.Append(CultureInfo.InvariantCulture,
            $"{found.Misshaped:N0} of another shape or type, {found.Unknown:N0} not known): ");
        message.AppendJoin("; ", found.Texts.Take(MostShown));
        message.Append(found.Texts.Count > MostShown ? "; …" : ".");
        string? identity = CheckpointIdentity.Describe(checkpoint);
        if (identity?.Split(" (")[0] == networkName && found.Misshaped == 0)
        {
            message.Append(CultureInfo.InvariantCulture,
                $" This looks like {identity} that was changed or cut down; give the file as it was published.");
        }
        else if (identity?.Split(" (")[0] == networkName)
        {
            message.Append(CultureInfo.InvariantCulture,
                $" This looks like {identity} of another size than the set's; choose the set that it belongs to with "
                    + $"--model.");
        }
        else if (identity is not null)
        {
            message.Append(CultureInfo.InvariantCulture,
                $" This looks like {identity}; give a file of {networkName}, or use this one as {identity}.");
        }
        else
        {
            message.Append(CultureInfo.InvariantCulture, $" Give a file of {networkName}.");
        }
        return message.ToString();
    }

    private sealed class Differences
    {
        public List<string> Texts { get; } = [];

        public int Missing { get; set; }

        public int Misshaped { get; set; }

        public int Unknown { get; set; }
    }
}
