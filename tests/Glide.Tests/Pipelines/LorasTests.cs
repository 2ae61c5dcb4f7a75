using Glide.Checkpoints;
using Glide.Models;
using Glide.Models.Ops;
using Glide.Models.UNet;
using Glide.ModelSets;
using Glide.Pipelines;
using Glide.Tests.Checkpoints;
using Glide.Tests.Models;
using Glide.Tests.Support;
using static TorchSharp.torch;

namespace Glide.Tests.Pipelines;

/// <summary>Trained adapters as files, and the networks that they change.</summary>
[Collection(TorchCollection.Name)]
public sealed class LorasTests : IDisposable
{
    // A change that is seen, in standard deviations of the network's answer.
    private const double Visible = 0.05;

    private static readonly ModelSet s_models = ModelSet.Read(Path.Combine(GoldenFiles.Checkout, "models", "mini"));

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>The same sums in another order: native operations are those that inference has.</summary>
    [Theory, InlineData(true), InlineData(false)]
    public void A_merged_file_answers_as_the_adapters_that_were_written(bool isNative)
    {
        using var frozen = no_grad();
        using var scope = NewDisposeScope();
        using var network = Loaded(UNetOps.Plain);
        var before = LoraAdaptersTests.Pass(network);
        using var adapters = LoraAdapters.Attach(network, new(4, 2, ["attention", "linear", "conv"]),
            LoraAdaptersTests.Seeded());
        LoraAdaptersTests.Stir(adapters);
        var attached = LoraAdaptersTests.Pass(network);
        string path = PathOf("all");
        Loras.Write(path, adapters, "base", "mini");

        using var merged = Loaded(isNative ? null : UNetOps.Plain, new WeightedLora(LoraFile.Read(path), 1));
        var answer = LoraAdaptersTests.Pass(merged);
        Closeness.AssertGolden(attached, answer);
        Assert.True(Closeness.InDeviations(before, answer) > Visible);
        using var unchanged = Loaded(UNetOps.Plain, new WeightedLora(LoraFile.Read(path), 0));
        Assert.True(before.equal(LoraAdaptersTests.Pass(unchanged)).all().item<bool>());
    }

    [Fact]
    public void A_file_says_what_was_trained()
    {
        string path = Written("meta", "base", new(4, 2, ["attention", "*.in_layers.2"]));
        var file = LoraFile.Read(path);
        Assert.Equal("base", file.Network);
        Assert.Equal(("4", "2", "mini", "attention,*.in_layers.2"), (file.Metadata["ss_network_dim"],
            file.Metadata["ss_network_alpha"], file.Metadata["glide.model"], file.Metadata["glide.targets"]));
        var convolution = file.Layers.Single(layer => layer.Name == "input_blocks_1_0_in_layers_2");
        Assert.Equal([4, 64, 3, 3], convolution.Down.Shape);
        Assert.Equal([64, 4, 1, 1], convolution.Up.Shape);
        var linear = file.Layers.Single(layer => layer.Name == "middle_block_1_encoder_kv");
        Assert.Equal([4, 96], linear.Down.Shape);
        Assert.Equal([256, 4], linear.Up.Shape);
    }

    [Theory]
    [InlineData("base", null, "base")]
    [InlineData("", null, "base, base-inpaint")]
    [InlineData("base", "base-inpaint", "base-inpaint")]
    [InlineData("base-inpaint", null, "base-inpaint")]
    public void The_network_is_the_users_or_the_files_or_one_that_fits(string inFile, string? wanted, string changed)
    {
        var loras = Loras.Open(With(Given(Written("x", inFile), wanted, 0.5)));
        Assert.Equal(changed, string.Join(", ", s_models.Networks.Keys.Where(name => loras.Of(name).Count > 0)));
        Assert.Equal(0.5, loras.Of(changed.Split(", ")[0])[0].Weight);
        Assert.Equal(changed.Split(", "), loras.Records(s_models.Networks.Keys)!.Select(record => record.Network));
    }

    [Theory, InlineData("upsample"), InlineData("")]
    public void A_file_of_another_network_is_refused_with_its_layers(string inFile)
    {
        string path = PathOf("foreign");
        LoraFile.Write(path, [new LoraLayer("output_blocks.99.qkv", new([1, 2], [1, 1]), new([2, 1], [1, 1]), 1)],
            inFile.Length == 0 ? new Dictionary<string, string>()
                : new Dictionary<string, string> { [LoraFile.NetworkKey] = inFile });
        var error = Assert.Throws<CheckpointException>(() => Loras.Open(With(Given(path, null, null))));
        Assert.Contains("1 of 1 layer differ: 'output_blocks_99_qkv' does not exist there", error.Message,
            StringComparison.Ordinal);
        Assert.Contains(inFile.Length == 0 ? "network 'base'" : "network 'upsample'", error.Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_network_that_the_set_does_not_have_is_refused()
    {
        var given = Given(Written("x", "upsample-3"), null, null);
        var error = Assert.Throws<UsageException>(() => Loras.Open(With(given)));
        Assert.Contains("model set 'mini' has no network 'upsample-3'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Files_and_weights_are_part_of_the_models_hash()
    {
        var recipe = Recipe.For(s_models, "sample");
        string path = Written("x", "base");
        string[] hashes = [.. new[] { null, Given(path, null, null), Given(path, null, 0.5) }
            .Select(given => HashWith(given))];
        Assert.Equal(3, hashes.Distinct().Count());
        Assert.Equal(hashes[1], HashWith(Given(path, null, 1)));
        Assert.Equal(hashes[0], HashWith(Given(path, "upsample-inpaint", 1), "base-inpaint"));

        string HashWith(GivenLora? given, string? network = null)
        {
            var models = given is null ? s_models : With(network is null ? given
                : given with { Network = network });
            return new ModelHashes(models, Loras.Open(models)).Of(recipe);
        }
    }

    [Fact]
    public void Two_pipelines_of_one_process_have_files_of_their_own()
    {
        string path = Written("x", "base");
        byte[] plain = Drawn(s_models), strong = Drawn(With(Given(path, null, 3)));
        Assert.Equal(strong, Drawn(With(Given(path, null, 3))));
        Assert.Equal(plain, Drawn(With(Given(path, null, 0))));
        Assert.Equal(plain, Drawn(s_models));
        Assert.NotEqual(plain, strong);
    }

    [Fact]
    public void Warns_once_of_a_file_that_changes_no_network_of_the_run()
    {
        var loras = Loras.Open(With(Given(Written("x", "base"), null, null)));
        var warnings = new List<string>();
        loras.WarnOfUnused(Recipe.For(s_models, "sample"), warnings.Add);
        Assert.Empty(warnings);
        loras.WarnOfUnused(Recipe.For(s_models, "inpaint"), warnings.Add);
        loras.WarnOfUnused(Recipe.For(s_models, "inpaint"), warnings.Add);
        Assert.Contains("changes 'base', which takes no part here; the networks are base-inpaint, upsample-inpaint; "
            + "to use it for one of them give --lora base-inpaint=FILE", Assert.Single(warnings),
            StringComparison.Ordinal);
    }

    // A record may come from anybody's image.
    [Fact]
    public void Odd_records_are_refused()
    {
        string path = Written("x", "base");
        var given = Given(path, null, null);
        Assert.Empty(LoraRecord.Require(s_models, [null!], "a.png").Loras);
        var error = Assert.Throws<UsageException>(() =>
            LoraRecord.Require(With(given), [new("x", given.File.Sha256, 1e300, "base")], "a.png"));
        Assert.Contains("allowed is a number from -10 to 10", error.Message, StringComparison.Ordinal);
    }

    private static byte[] Drawn(ModelSet models)
    {
        using var pipeline = GlidePipeline.Open(models, new DeviceOptions { Device = "cpu", Threads = 1 });
        var recipe = Recipe.For(models, "sample").BaseOnly().WithBase(stage => stage with { Steps = "2" });
        byte[]? pixels = null;
        pipeline.Run([new ImageRequest("a red circle", 7)], recipe,
            new RunOptions { Finished = image => pixels = image.Image.Pixels });
        return pixels!;
    }

    private static GivenLora Given(string path, string? network, double? weight) =>
        new(new GivenWeights(path, key: null), network, weight);

    private static ModelSet With(params GivenLora[] loras) => s_models with { Loras = loras };

    private static UNetModel Loaded(UNetOps? ops, params WeightedLora[] loras)
    {
        var network = new UNetModel(Networks.MiniBase, Precision.Float32, CPU, ops);
        using var checkpoint = s_models.OpenWeights("base");
        ModuleLoader.Load(network, "base", checkpoint, loras);
        return network;
    }

    private string Written(string name, string network, LoraSettings? settings = null)
    {
        using var model = new UNetModel(Networks.MiniBase, Precision.Float32, CPU, UNetOps.Plain);
        using var adapters = LoraAdapters.Attach(model, settings ?? new(2, 2, ["attention"]),
            LoraAdaptersTests.Seeded());
        LoraAdaptersTests.Stir(adapters);
        string path = PathOf(name);
        Loras.Write(path, adapters, network, "mini");
        if (network.Length > 0)
            return path;
        // As other tools write it.
        var file = LoraFile.Read(path);
        LoraFile.Write(path, file.Layers, new Dictionary<string, string>());
        return path;
    }

    private string PathOf(string name) => Path.Combine(_folder.Path, $"{name}.safetensors");
}
