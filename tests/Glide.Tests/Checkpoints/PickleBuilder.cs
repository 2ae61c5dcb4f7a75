using System.Buffers.Binary;
using System.Text;

namespace Glide.Tests.Checkpoints;

/// <summary>Writes pickles opcode by opcode, as torch.save does or as an attacker would.</summary>
internal sealed class PickleBuilder
{
    private readonly List<byte> _bytes = [];

    public PickleBuilder(int protocol = 2) => Raw(0x80, (byte)protocol);

    public static byte[] StateDict(params (string Name, string Type, long[] Shape, int Count)[] tensors)
    {
        var pickle = new PickleBuilder().Raw("}("u8);
        for (int i = 0; i < tensors.Length; i++)
        {
            var (name, type, shape, count) = tensors[i];
            pickle.Text(name).Tensor(type, $"{i}", count, 0, shape, RowMajor(shape));
        }
        return pickle.Raw("u."u8).ToArray();
    }

    public static long[] RowMajor(long[] shape)
    {
        var strides = new long[shape.Length];
        long step = 1;
        for (int i = shape.Length - 1; i >= 0; i--)
        {
            strides[i] = step;
            step *= shape[i];
        }
        return strides;
    }

    public PickleBuilder Raw(params ReadOnlySpan<byte> bytes)
    {
        _bytes.AddRange(bytes);
        return this;
    }

    public PickleBuilder Text(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        Span<byte> length = stackalloc byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(length, bytes.Length);
        return Raw((byte)'X').Raw(length).Raw(bytes);
    }

    public PickleBuilder Integer(long value)
    {
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, value);
        return Raw(0x8A, 8).Raw(bytes);
    }

    public PickleBuilder Global(string module, string name) => Raw(Encoding.UTF8.GetBytes($"c{module}\n{name}\n"));

    public PickleBuilder Integers(long[] values)
    {
        Raw((byte)'(');
        foreach (var value in values)
            Integer(value);
        return Raw((byte)'t');
    }

    public PickleBuilder Storage(string type, string key, long count) =>
        Raw((byte)'(').Text("storage").Global("torch", type + "Storage").Text(key).Text("cpu").Integer(count)
            .Raw("tQ"u8);

    public PickleBuilder Tensor(string type, string key, long count, long offset, long[] shape, long[] strides) =>
        Global("torch._utils", "_rebuild_tensor_v2").Raw((byte)'(').Storage(type, key, count).Integer(offset)
            .Integers(shape).Integers(strides).Raw(0x89).Global("collections", "OrderedDict").Raw(")RtR"u8);

    public byte[] ToArray() => [.. _bytes];
}
