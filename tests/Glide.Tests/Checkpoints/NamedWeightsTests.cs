using Glide.Checkpoints;
using Glide.Tests.Images;
using Glide.Tests.Support;

namespace Glide.Tests.Checkpoints;

/// <summary>
/// Training tools put a prefix before every name, or one before each name of the weights and one before that of their
/// average; it is left out where a network is recognized behind it.
/// </summary>
public sealed class NamedWeightsTests : IDisposable
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

    [Theory]
    [InlineData("model.", "model_ema.")]
    [InlineData("online_model.", "ema_model.")]
    [InlineData("model.module.", "ema.module.")]
    [InlineData("", "ema.")]
    public void Of_two_networks_the_averaged_one_is_taken_unless_a_key_is_named(string plain, string averaged)
    {
        using var expected = Checkpoint.Open(Path.Combine(s_mini, "base.safetensors.gz"));
        string path = Write(expected, name => averaged + name, name => plain + name,
            plain.Length == 0 ? [] : ["step", "initted"]);
        using var found = Checkpoint.Open(path);
        Assert.Equal(averaged, found.Prefix);
        AssertSame(expected, found, negated: false);
        string aside = plain.Length == 0 ? "." : plain[..^1];
        Assert.Contains($"'{averaged[..^1]}' is taken, left aside: '{aside}'; --weights-key",
            Assert.Single(found.Notices()), StringComparison.Ordinal);

        using var chosen = Checkpoint.Open(path, aside);
        AssertSame(expected, chosen, negated: true);
        Assert.Null(chosen.Choice);
        using var dotted = Checkpoint.Open(path, averaged);
        AssertSame(expected, dotted, negated: false);
        string message = Assert.Throws<CheckpointException>(() => Checkpoint.Open(path, "mode").Dispose()).Message;
        Assert.Contains($"'{averaged[..^1]}'", message, StringComparison.Ordinal);
        Assert.Contains($"'{aside}'", message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_average_whose_names_have_lost_their_dots_is_found()
    {
        using var expected = Checkpoint.Open(Path.Combine(s_mini, "base.safetensors.gz"));
        string path = Write(expected, name => $"model_ema.{name.Replace(".", "", StringComparison.Ordinal)}",
            name => $"model.{name}", "model_ema.decay", "betas");
        using var found = Checkpoint.Open(path);
        AssertSame(expected, found, negated: false);
        using var chosen = Checkpoint.Open(path, "model");
        AssertSame(expected, chosen, negated: true);
    }

    [Fact]
    public void Counters_beside_a_prefix_are_left_out()
    {
        using var expected = Checkpoint.Open(Path.Combine(s_mini, "base.safetensors.gz"));
        using var found = Checkpoint.Open(Write(expected, name => $"module.{name}", null, "n_averaged"));
        Assert.Equal("module.", found.Prefix);
        AssertSame(expected, found, negated: false);
    }

    [Fact]
    public void Of_two_networks_without_an_average_one_must_be_named()
    {
        using var expected = Checkpoint.Open(Path.Combine(s_mini, "base.safetensors.gz"));
        string path = Write(expected, name => $"first.{name}", name => $"second.{name}");
        string message = Assert.Throws<CheckpointException>(() => Checkpoint.Open(path).Dispose()).Message;
        Assert.Contains("it holds several networks ('first', 'second'); choose one with --weights-key", message,
            StringComparison.Ordinal);
        using var second = Checkpoint.Open(path, "second");
        AssertSame(expected, second, negated: true);
    }

    private static void AssertSame(Checkpoint expected, Checkpoint found, bool negated)
    {
        Assert.Equal(expected.Tensors.Keys.Order(StringComparer.Ordinal),
            found.Tensors.Keys.Order(StringComparer.Ordinal));
        var last = expected.Tensors.Values.Last();
        Assert.Equal(expected.ReadSingles(last), found.ReadSingles(found.Tensors[last.Name])
            .Select(value => negated ? -value : value));
    }

    private string Write(Checkpoint checkpoint, Func<string, string> rename, Func<string, string>? second = null,
        params string[] counters)
    {
        string path = Path.Combine(_folder.Path, "prefixed.safetensors");
        WeightsFile.Write(path, checkpoint, rename, second, counters);
        return path;
    }
}
