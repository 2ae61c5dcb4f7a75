using Glide.Checkpoints;
using Glide.Inversion;
using Glide.Pipelines;
using Glide.Tests.Checkpoints;

namespace Glide.Tests.Inversion;

public sealed class NoiseFileTests : IDisposable
{
    private const int Size = 4;

    private readonly TempFolder _folder = new();

    private string Target => Path.Combine(_folder.Path, "a.safetensors");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void What_is_written_is_read_again()
    {
        var noise = NewNoise();
        NoiseFile.Write(Target, noise);
        var read = NoiseFile.Read(Target);
        Assert.Equal(noise.Values, read.Values);
        Assert.Equal(noise.Record, read.Record);
    }

    [Fact]
    public void The_file_tells_other_programs_what_it_is()
    {
        NoiseFile.Write(Target, NewNoise());
        using var file = Checkpoint.Open(Target);
        Assert.Equal("a red circle", file.Metadata["prompt"]);
        Assert.Equal("mini", file.Metadata["model"]);
        Assert.Contains("\"steps\":\"250\"", file.Metadata["glide"], StringComparison.Ordinal);
        Assert.Contains("\"guidance_scale\":1", file.Metadata["glide"], StringComparison.Ordinal);
        Assert.Equal([3, Size, Size], Assert.Single(file.Tensors).Value.Shape);
    }

    [Fact]
    public void Numbers_that_are_not_finite_are_refused()
    {
        var noise = NewNoise();
        noise.Values[5] = float.NaN;
        noise.Values[6] = float.PositiveInfinity;
        NoiseFile.Write(Target, noise);
        AssertRefused("2 of the 48 numbers");
    }

    [Fact]
    public void A_tensor_of_another_shape_than_the_record_says_is_refused()
    {
        var record = NewNoise().Record with { Size = 2 * Size };
        WriteTensor("latent", [3, Size, Size], record.ToTexts());
        AssertRefused("F32 [3, 4, 4]; its record says F32 [3, 8, 8]");
    }

    [Fact]
    public void Weights_are_no_noiseFile()
    {
        WriteTensor("out.0.weight", [3, Size, Size], metadata: null);
        AssertRefused("it has no tensor 'latent' with glide's own record");
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("not json")]
    [InlineData("null")]
    public void A_record_that_is_not_ours_is_refused(string json)
    {
        WriteTensor("latent", [3, Size, Size], new Dictionary<string, string> { ["glide"] = json });
        AssertRefused("it has no tensor 'latent' with glide's own record");
    }

    [Fact]
    public void Other_files_are_refused()
    {
        AssertRefused("there is no file");
        File.WriteAllText(Target, "some text");
        AssertRefused("is no noise file");
        NoiseFile.Write(Target, NewNoise());
        File.WriteAllBytes(Target, File.ReadAllBytes(Target)[..^7]);
        AssertRefused("it is incomplete");
    }

    private static InvertedNoise NewNoise() => new(
        new NoiseRecord
        {
            Prompt = "a red circle",
            Image = "0123456789abcdef",
            Width = 9,
            Height = 7,
            Size = Size,
            Model = "mini",
            ModelHash = "fedcba9876543210",
            Version = "0.1.0",
            Device = "cpu",
            Dtype = "fp32",
            Inversion = new StageRecipe { Network = "base", Sampler = "ddim", Steps = "250" },
        },
        [.. Enumerable.Range(0, 3 * Size * Size).Select(i => i / 7f - 3)]);

    private void WriteTensor(string name, long[] shape, IReadOnlyDictionary<string, string>? metadata) =>
        SafetensorsWriter.Write(
        Target, [(name, ElementType.Float32, shape, stream =>
            stream.Write(new byte[sizeof(float) * TensorEntry.Product(shape)]))], metadata);

    private void AssertRefused(string reason)
    {
        var error = Assert.Throws<UsageException>(() => NoiseFile.Read(Target));
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
        Assert.Contains(Target, error.Message, StringComparison.Ordinal);
    }
}
