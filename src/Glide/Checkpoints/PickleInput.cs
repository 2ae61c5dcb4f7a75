using System.Globalization;
using System.Numerics;
using System.Text;

namespace Glide.Checkpoints;

/// <summary>The bytes of a pickle, read once from front to back, and the errors that name a place in them.</summary>
internal ref struct PickleInput
{
    private const int LongestString = 1 << 20;
    private const int LongestGlobal = 256;
    private const int LongestInteger = 32;          // bytes; states of random generators have 17

    private static readonly UTF8Encoding s_utf8 =
        new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly string _path;
    private readonly ReadOnlySpan<byte> _bytes;

    /// <param name="path">The file, for messages.</param>
    /// <param name="bytes">The pickle and perhaps more after it.</param>
    public PickleInput(string path, ReadOnlySpan<byte> bytes)
    {
        _path = path;
        _bytes = bytes;
    }

    /// <summary>Bytes that have been read.</summary>
    public int Position { get; private set; }

    public readonly int Remaining => _bytes.Length - Position;

    public ReadOnlySpan<byte> Take(ulong count)
    {
        if (count > (ulong)Remaining)
            throw Cut();
        var taken = _bytes.Slice(Position, (int)count);
        Position += (int)count;
        return taken;
    }

    public byte TakeByte() => Take(1)[0];

    /// <summary>A text; an opaque value where it is too long for a name, as the bytes of arrays are.</summary>
    public object TakeString(ulong length)
    {
        if (length <= LongestString || length > (ulong)Remaining)
            return TakeText(length);
        Take(length);
        return new PickleOpaque("a long text");
    }

    private string TakeText(ulong length)
    {
        if (length > LongestString)
            throw Refuse($"its pickle has a string of {length:N0} bytes; names have at most {LongestString:N0}");
        var bytes = Take(length);
        try
        {
            return s_utf8.GetString(bytes);
        }
        catch (DecoderFallbackException e)
        {
            throw Refuse($"its pickle has a string that is not UTF-8", e);
        }
    }

    /// <summary>A string that ends with a line feed, as names are written.</summary>
    public string TakeLine()
    {
        var rest = _bytes[Position..];
        int end = rest[..Math.Min(rest.Length, LongestGlobal)].IndexOf((byte)'\n');
        if (end < 0)
        {
            throw rest.Length < LongestGlobal
                ? Cut()
                : Refuse($"its pickle imports a name longer than {LongestGlobal} bytes");
        }
        string line = TakeText((ulong)end);
        Position++;
        return line;
    }

    /// <summary>A long, or a BigInteger if it does not fit.</summary>
    public object TakeInteger(uint length)
    {
        if (length > LongestInteger)
            throw Refuse($"its pickle has an integer of {length:N0} bytes; sizes have at most 8");
        var value = new BigInteger(Take(length));
        // The cast keeps the two types apart; without it the long would become a BigInteger again.
        return value >= long.MinValue && value <= long.MaxValue ? (object)(long)value : value;
    }

    public readonly CheckpointException Refuse(FormattableString what, Exception? inner = null) =>
        FileBytes.Refuse(_path, what.ToString(CultureInfo.InvariantCulture), inner);

    public readonly CheckpointException Malformed() => Refuse(
        $"its pickle is malformed near byte {Position}, or holds what a state dict does not; nothing was run");

    public readonly CheckpointException Cut() => Refuse(
        $"it is incomplete: its pickle ends early, after {_bytes.Length:N0} bytes. Download or copy it again");

    public readonly CheckpointException WantsToCall(string module, string name)
    {
        string known = PickleGlobal.CallableName(module, name);
        string written = $"{module}.{name}";
        string asWritten = known == written ? "" : $" (written {Quoted.Text(written)})";
        return FileBytes.Refuse(_path,
            $"the file wants to call {Quoted.Text(known)}{asWritten}; nothing was run. Weights need only tensors and "
            + "dicts: do not trust the file, or save its state dict alone with torch.save(model.state_dict(), ...)");
    }
}
