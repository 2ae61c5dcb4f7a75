using Glide.Checkpoints;

namespace Glide.Tests.Support;

/// <summary>Writes weights under other names, as training tools do.</summary>
internal static class WeightsFile
{
    /// <summary>Writes a network and perhaps a second one, which has the opposite numbers.</summary>
    /// <param name="path">The safetensors file.</param>
    /// <param name="checkpoint">The network, in fp16.</param>
    /// <param name="rename">The first one's names.</param>
    /// <param name="second">The second one's names; <c>null</c> for none.</param>
    /// <param name="counters">Names of single numbers beside them.</param>
    public static void Write(string path, Checkpoint checkpoint, Func<string, string> rename,
        Func<string, string>? second = null, params string[] counters) => SafetensorsWriter.Write(path,
        [
            .. checkpoint.Tensors.Values.Select(entry => Copy(checkpoint, rename(entry.Name), entry, negate: false)),
            .. second is null
                ? []
                : checkpoint.Tensors.Values.Select(entry => Copy(checkpoint, second(entry.Name), entry, negate: true)),
            .. counters.Select(name => (name, ElementType.Int64, Array.Empty<long>(),
                (Action<Stream>)(stream => stream.Write(new byte[8])))),
        ], checkpoint.Metadata);

    private static (string, ElementType, long[], Action<Stream>) Copy(Checkpoint checkpoint, string name,
        TensorEntry entry, bool negate)
    {
        byte[] bytes = new byte[entry.ByteCount];
        checkpoint.Read(entry, bytes);
        // The sign of an fp16 is the highest bit of its second byte.
        for (int at = 1; at < bytes.Length && negate; at += 2)
            bytes[at] ^= 0x80;
        return (name, entry.Type, entry.Shape.ToArray(), stream => stream.Write(bytes));
    }
}
