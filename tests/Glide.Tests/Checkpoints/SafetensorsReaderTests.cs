using System.Buffers.Binary;
using System.Text;
using Glide.Checkpoints;

namespace Glide.Tests.Checkpoints;

public sealed class SafetensorsReaderTests : IDisposable
{
    private const string Tensor = """ "w":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]} """;

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Tensors_come_in_the_order_of_their_bytes_with_metadata()
    {
        string path = Write("""
            {"b":{"dtype":"I8","shape":[3],"data_offsets":[4,7]},"__metadata__":{"format":"pt"},
             "a":{"data_offsets":[0,4],"shape":[],"dtype":"F32"},
             "none":{"dtype":"F64","shape":[0,5],"data_offsets":[4,4]}}
            """, 7);
        using var checkpoint = Checkpoint.Open(path);
        Assert.Equal(CheckpointFormat.Safetensors, checkpoint.Format);
        Assert.Equal(["a", "none", "b"], checkpoint.Tensors.Keys);
        Assert.Equal("pt", checkpoint.Metadata["format"]);
        Assert.Equal(1, checkpoint.Tensors["a"].ElementCount);
        Assert.Equal(0, checkpoint.Tensors["none"].ElementCount);
        Assert.Equal([4, 5, 6], checkpoint.Read<sbyte>(checkpoint.Tensors["b"]));
        Assert.Equal([BitConverter.ToSingle([0, 1, 2, 3])], checkpoint.Read<float>(checkpoint.Tensors["a"]));
    }

    [Theory, InlineData("{}"), InlineData("""{"__metadata__":{}}  """), InlineData("""{"w\u00e9/é":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}""")]
    public void Files_without_numbers_are_valid(string header)
    {
        using var checkpoint = Checkpoint.Open(Write(header, 0));
        Assert.All(checkpoint.Tensors.Values, t => Assert.Equal(0, t.ByteCount));
    }

    // The length of such a header begins with 0x80 and 2 to 5, as a pickle does.
    [Theory, InlineData(640), InlineData(896), InlineData(1408)]
    public void A_header_whose_length_looks_like_a_pickle_is_read(int length)
    {
        using var checkpoint = Checkpoint.Open(Write($"{{{Tensor}}}".PadRight(length), 24));
        Assert.Equal(CheckpointFormat.Safetensors, checkpoint.Format);
    }

    public static TheoryData<string, string, int, string> Broken => new()
    {
        { "data behind the last tensor", "{" + Tensor + "}", 25, "1 bytes follow its last tensor" },
        { "data without tensors", "{}", 1, "1 bytes follow its last tensor" },
        { "cut data", "{" + Tensor + "}", 23, "it is incomplete: expected 91 bytes, found 90" },
        { "hole in front", """{"w":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}}""", 3, "a hole of 1 bytes before tensor 'w'" },
        { "hole between", """{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"b":{"dtype":"U8","shape":[1],"data_offsets":[2,3]}}""", 3, "a hole of 1 bytes before tensor 'b'" },
        { "overlap", """{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}}""", 3, "tensor 'b' overlaps another one" },
        { "same bytes twice", """{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}}""", 2, "overlaps another one" },
        { "duplicate tensor", """{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}}""", 2, "has the key 'a' twice" },
        { "duplicate by escape", """{"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]},"\u0061":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}""", 0, "has the key 'a' twice" },
        { "duplicate metadata", """{"__metadata__":{},"__metadata__":{}}""", 0, "has the key '__metadata__' twice" },
        { "duplicate metadata key", """{"__metadata__":{"a":"1","a":"2"}}""", 0, "has the key 'a' twice" },
        { "duplicate dtype", """{"w":{"dtype":"U8","dtype":"U8","shape":[0],"data_offsets":[0,0]}}""", 0, "has the key 'dtype' twice" },
        { "duplicate shape", """{"w":{"dtype":"U8","shape":[0],"shape":[0],"data_offsets":[0,0]}}""", 0, "has the key 'shape' twice" },
        { "metadata number", """{"__metadata__":{"step":12}}""", 0, "'step' in '__metadata__' is no text" },
        { "metadata object", """{"__metadata__":{"a":{"b":"c"}}}""", 0, "'a' in '__metadata__' is no text" },
        { "metadata text", """{"__metadata__":"pt"}""", 0, "'__metadata__' in its header is no object" },
        { "unknown dtype", """{"w":{"dtype":"F12","shape":[0],"data_offsets":[0,0]}}""", 0, "tensor 'w' has the dtype 'F12'; known are" },
        { "dtype of the format that GLIDE has no use for", """{"w":{"dtype":"F8_E4M3","shape":[0],"data_offsets":[0,0]}}""", 0, "has the dtype 'F8_E4M3'" },
        { "dtype in small letters", """{"w":{"dtype":"f32","shape":[0],"data_offsets":[0,0]}}""", 0, "has the dtype 'f32'" },
        { "dtype number", """{"w":{"dtype":7,"shape":[0],"data_offsets":[0,0]}}""", 0, "the dtype of tensor 'w' is no text" },
        { "no dtype", """{"w":{"shape":[0],"data_offsets":[0,0]}}""", 0, "dtype is missing" },
        { "no shape", """{"w":{"dtype":"U8","data_offsets":[0,0]}}""", 0, "shape is missing" },
        { "no offsets", """{"w":{"dtype":"U8","shape":[0]}}""", 0, "data_offsets is missing" },
        { "unknown key", """{"w":{"dtype":"U8","shape":[0],"data_offsets":[0,0],"strides":[1]}}""", 0, "unknown key 'strides'" },
        { "shape too small", """{"w":{"dtype":"F32","shape":[5],"data_offsets":[0,24]}}""", 24, "takes 20 bytes, its data_offsets have 24" },
        { "shape too large", """{"w":{"dtype":"F32","shape":[7],"data_offsets":[0,24]}}""", 24, "takes 28 bytes, its data_offsets have 24" },
        { "shape overflows", """{"w":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,24]}}""", 24, "is larger than any file" },
        { "bytes overflow", """{"w":{"dtype":"F64","shape":[4611686018427387904],"data_offsets":[0,24]}}""", 24, "is larger than any file" },
        { "negative size", """{"w":{"dtype":"F32","shape":[-2,-3],"data_offsets":[0,24]}}""", 24, "something else than whole numbers" },
        { "fractional size", """{"w":{"dtype":"F32","shape":[2.0,3],"data_offsets":[0,24]}}""", 24, "something else than whole numbers" },
        { "size with an exponent", """{"w":{"dtype":"F32","shape":[6e0],"data_offsets":[0,24]}}""", 24, "something else than whole numbers" },
        { "size as text", """{"w":{"dtype":"F32","shape":["6"],"data_offsets":[0,24]}}""", 24, "something else than whole numbers" },
        { "nested shape", """{"w":{"dtype":"F32","shape":[[6]],"data_offsets":[0,24]}}""", 24, "something else than whole numbers" },
        { "shape is no list", """{"w":{"dtype":"F32","shape":6,"data_offsets":[0,24]}}""", 24, "the shape of tensor 'w' is no list" },
        { "too many dimensions", """{"w":{"dtype":"U8","shape":[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1],"data_offsets":[0,1]}}""", 1, "more than 32 numbers" },
        { "offsets turned round", """{"w":{"dtype":"F32","shape":[6],"data_offsets":[24,0]}}""", 24, "the data_offsets of tensor 'w' are [24, 0]" },
        { "one offset", """{"w":{"dtype":"F32","shape":[6],"data_offsets":[24]}}""", 24, "the data_offsets of tensor 'w' are [24]" },
        { "three offsets", """{"w":{"dtype":"F32","shape":[6],"data_offsets":[0,12,24]}}""", 24, "the data_offsets of tensor 'w' are [0, 12, 24]" },
        { "offset past 63 bits", """{"w":{"dtype":"U8","shape":[0],"data_offsets":[18446744073709551615,18446744073709551615]}}""", 0, "something else than whole numbers" },
        { "offset past the end", """{"w":{"dtype":"U8","shape":[9223372036854775807],"data_offsets":[0,9223372036854775807]}}""", 0, "it is incomplete: expected 9,223,372,036,854,775," },
        { "tensor is no object", """{"w":[1]}""", 0, "tensor 'w' is described by no object" },
        { "comma at the end", "{" + Tensor + ",}", 24, "its header is no valid JSON" },
        { "comment", "{/* */" + Tensor + "}", 24, "its header is no valid JSON" },
        { "unfinished", "{" + Tensor, 24, "its header is no valid JSON" },
        { "something behind", "{" + Tensor + "}{}", 24, "its header is no valid JSON" },
        { "half a surrogate pair", """{"\ud800":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}""", 0, "its header is no valid JSON" },
        { "nested too deep", """{"w":{"dtype":"U8","shape":""" + new string('[', 100) + "]", 0, "something else than whole numbers" },
    };

    [Theory, MemberData(nameof(Broken))]
    public void A_file_that_breaks_a_rule_is_refused(string fault, string header, int data, string reason)
    {
        Assert.NotEmpty(fault);
        Refuses(Write(header, data), reason);
    }

    [Fact]
    public void A_header_longer_than_the_format_allows_is_refused()
    {
        var bytes = new byte[100];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, 100_000_001);
        "{\"a\":"u8.CopyTo(bytes.AsSpan(8));
        Refuses(_folder.Write("a.safetensors", bytes),
            "its header should have 100,000,001 bytes; the format allows 100,000,000");
    }

    [Fact]
    public void A_header_longer_than_the_file_is_called_a_cut_file()
    {
        string whole = Write("{" + Tensor + "}", 24);
        var bytes = File.ReadAllBytes(whole);
        Refuses(_folder.Write("cut.safetensors", bytes.AsSpan(0, 20)), "it is incomplete: expected 67 bytes, found 20");
    }

    [Fact]
    public void Bad_UTF8_in_a_name_is_refused()
    {
        byte[] header = [.. "{\""u8, 0xFF, .. "\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]}}"u8];
        Refuses(_folder.Write("a", [.. BitConverter.GetBytes((long)header.Length), .. header]),
            "its header is no valid JSON");
    }

    private string Write(string header, int data)
    {
        var text = Encoding.UTF8.GetBytes(header);
        byte[] bytes = [.. BitConverter.GetBytes((long)text.Length), .. text, .. Enumerable.Range(0, data)
            .Select(i => (byte)i)];
        return _folder.Write("a.safetensors", bytes);
    }

    private static void Refuses(string path, string reason)
    {
        var error = Assert.Throws<CheckpointException>(() => Checkpoint.Open(path).Dispose());
        Assert.True(error.Message.Contains(reason, StringComparison.Ordinal), error.Message);
        Assert.Contains(path, error.Message, StringComparison.Ordinal);
    }
}
