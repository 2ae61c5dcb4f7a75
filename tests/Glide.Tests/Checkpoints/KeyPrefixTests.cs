using Glide.Checkpoints;
using Glide.Tests.Images;
using Glide.Tests.Support;

namespace Glide.Tests.Checkpoints;

/// <summary>
/// Training tools put a prefix before every name; it is left out where a network is recognized behind it.
/// </summary>
public sealed class KeyPrefixTests : IDisposable
{
    private static readonly string s_mini = Path.Combine(GoldenFiles.Checkout, "models", "mini");

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("base", "module.")]
    [InlineData("base", "_orig_mod.")]
    [InlineData("upsample", "ema_model.module.")]
    [InlineData("base", "a_name_of.their.own.")]
    [InlineData("clip-image", "model.")]
    [InlineData("clip-text", "module.")]
    [InlineData("base", "")]
    public void A_prefix_of_all_names_is_left_out(string network, string prefix)
    {
        string plain = Directory.GetFiles(s_mini, $"{network}*.safetensors.gz").Order(StringComparer.Ordinal).First();
        using var expected = Checkpoint.Open(plain);
        using var found = Checkpoint.Open(Write(expected, name => prefix + name));
        Assert.Equal(prefix, found.Prefix);
        // The writer has an order of its own.
        Assert.Equal(expected.Tensors.Keys.Order(StringComparer.Ordinal),
            found.Tensors.Keys.Order(StringComparer.Ordinal));
        var last = expected.Tensors.Values.Last();
        Assert.Equal(expected.ReadSingles(last), found.ReadSingles(found.Tensors[last.Name]));
    }

    [Fact]
    public void A_prefix_of_some_names_stays()
    {
        using var expected = Checkpoint.Open(Path.Combine(s_mini, "base.safetensors.gz"));
        using var found = Checkpoint.Open(Write(expected, name => name.Contains("out", StringComparison.Ordinal)
            ? name
            : $"module.{name}"));
        Assert.Equal("", found.Prefix);
        Assert.Contains(found.Tensors.Keys, name => name.StartsWith("module.", StringComparison.Ordinal));
    }

    [Fact]
    public void A_converted_file_has_the_plain_names()
    {
        using var expected = Checkpoint.Open(Path.Combine(s_mini, "base.safetensors.gz"));
        string converted = Path.Combine(_folder.Path, "plain.safetensors");
        CheckpointConverter.Convert(Write(expected, name => $"model.{name}"), converted);
        using var bytes = FileBytes.Open(converted);
        Assert.Equal(expected.Tensors.Keys.Order(StringComparer.Ordinal),
            SafetensorsReader.Read(bytes).Tensors.Keys.Order(StringComparer.Ordinal));
    }

    private string Write(Checkpoint checkpoint, Func<string, string> rename)
    {
        string path = Path.Combine(_folder.Path, "prefixed.safetensors");
        SafetensorsWriter.Write(path, checkpoint.Tensors.Values.Select(entry =>
        {
            byte[] bytes = new byte[entry.ByteCount];
            checkpoint.Read(entry, bytes);
            Action<Stream> write = stream => stream.Write(bytes);
            return (rename(entry.Name), entry.Type, entry.Shape.ToArray(), write);
        }), checkpoint.Metadata);
        return path;
    }
}
