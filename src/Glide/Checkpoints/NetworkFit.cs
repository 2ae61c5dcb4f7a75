using System.Globalization;
using System.Text;

namespace Glide.Checkpoints;

/// <summary>A parameter that a network needs from a checkpoint.</summary>
internal sealed record NeededTensor(string Name, IReadOnlyList<long> Shape, ElementType Type);

/// <summary>Compares the names and shapes of a checkpoint with what a network needs, and tells all differences at once.</summary>
internal static class NetworkFit
{
    private const int MostShown = 5;

    /// <summary>Returns if the checkpoint has exactly the tensors that are needed.</summary>
    /// <exception cref="CheckpointException">It has not.</exception>
    public static void Check(Checkpoint checkpoint, string networkName, IReadOnlyCollection<NeededTensor> needed)
    {
        var differences = new List<string>();
        int missing = 0, misshaped = 0, unknown = 0;
        foreach (var tensor in needed)
        {
            string name = Quoted.Text(tensor.Name);
            if (!checkpoint.Tensors.TryGetValue(tensor.Name, out var entry))
            {
                missing++;
                differences.Add($"'{name}' [{string.Join(", ", tensor.Shape)}] is missing");
            }
            else if (!entry.Shape.SequenceEqual(tensor.Shape))
            {
                misshaped++;
                differences.Add($"'{name}' is {entry.ShapeText}, needed is [{string.Join(", ", tensor.Shape)}]");
            }
            else if (!ElementConversion.CanConvert(entry.Type, tensor.Type))
            {
                misshaped++;
                differences.Add($"'{name}' is {entry.Type.ShortName()}, needed is {tensor.Type.ShortName()}");
            }
        }
        var names = needed.Select(t => t.Name).ToHashSet(StringComparer.Ordinal);
        foreach (var entry in checkpoint.Tensors.Values.Where(e => !names.Contains(e.Name)))
        {
            unknown++;
            differences.Add($"'{Quoted.Text(entry.Name)}' {entry.ShapeText} is not known to the network");
        }
        if (differences.Count > 0)
            throw new CheckpointException(Message(checkpoint, networkName, needed.Count, differences, missing, misshaped, unknown));
    }

    private static string Message(
        Checkpoint checkpoint, string networkName, int neededCount, List<string> differences, int missing, int misshaped, int unknown)
    {
        var message = new StringBuilder();
        message.Append(CultureInfo.InvariantCulture, $"checkpoint '{Quoted.Text(checkpoint.Path)}' does not fit the network '{networkName}': ");
        message.Append(CultureInfo.InvariantCulture, $"{differences.Count:N0} differences ({missing:N0} of {neededCount:N0} tensors missing, ");
        message.Append(CultureInfo.InvariantCulture, $"{misshaped:N0} of another shape or type, {unknown:N0} not known): ");
        message.AppendJoin("; ", differences.Take(MostShown));
        message.Append(differences.Count > MostShown ? "; …" : ".");
        string? identity = CheckpointIdentity.Describe(checkpoint);
        if (identity?.Split(" (")[0] == networkName && misshaped == 0)
            message.Append(CultureInfo.InvariantCulture, $" This looks like {identity} that was changed or cut down; give the file as it was published.");
        else if (identity is not null && identity != networkName)
            message.Append(CultureInfo.InvariantCulture, $" This looks like {identity}; give a file of {networkName}, or use this one as {identity}.");
        else
            message.Append(CultureInfo.InvariantCulture, $" Give a file of {networkName}.");
        return message.ToString();
    }
}
