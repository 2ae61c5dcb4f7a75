using System.Security.Cryptography;
using Glide.Checkpoints;
using Glide.ModelSets;
using Glide.Pipelines;
using Glide.Tests.Support;

namespace Glide.Tests.ModelSets;

[Collection(TorchCollection.Name)]
public sealed class ModelVerifierTests : IDisposable
{
    private readonly ScratchFolder _scratch = new();

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public void The_built_in_set_is_good()
    {
        var told = new List<string>();
        var found = Verifier(Mini()).Verify(progress: new Told(told));

        Assert.Equal(["base", "upsample", "base-inpaint", "upsample-inpaint", "clip/image-enc", "clip/text-enc"],
            found.Select(file => file.Network));
        Assert.All(found, file => Assert.Equal((FileCondition.Good, "SHA-256 as in model.json"),
            (file.Condition, file.Detail)));
        Assert.Equal(found.Select(file => file.Path), told);
    }

    [Fact]
    public void A_flipped_byte_is_found()
    {
        var set = CopyOf("base");
        byte[] bytes = File.ReadAllBytes(set.WeightsOf("base"));
        bytes[bytes.Length / 2] ^= 1;
        File.WriteAllBytes(set.WeightsOf("base"), bytes);

        var file = Assert.Single(Verifier(set).Verify(["base"]));

        Assert.Equal(FileCondition.Damaged, file.Condition);
    }

    [Fact]
    public void A_right_file_under_a_wrong_name_is_found()
    {
        var set = CopyOf("base");
        File.Copy(Mini().WeightsOf("upsample"), set.WeightsOf("base"), overwrite: true);

        var file = Assert.Single(Verifier(set).Verify(["base"]));

        Assert.Equal(FileCondition.Damaged, file.Condition);
        Assert.Contains("This looks like upsample (mini)", file.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void Another_hash_than_the_description_says_is_found()
    {
        var set = CopyOf("base");
        var entry = set.Networks["base"];
        var other = set with
        {
            Networks = new Dictionary<string, NetworkEntry>
            {
                ["base"] =
                entry with { Weights = entry.Weights with { Sha256 = new string('0', 64) } }
            },
        };

        var file = Assert.Single(Verifier(other).Verify());

        Assert.Equal(FileCondition.Changed, file.Condition);
        Assert.Contains("model.json says 000", file.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void A_hash_that_nobody_knew_is_recorded_and_checked_the_next_time()
    {
        var set = WithoutHash(CopyOf("base"));
        string path = set.WeightsOf("base");
        Assert.Contains("recorded", Assert.Single(Verifier(set).Verify()).Detail, StringComparison.Ordinal);

        Assert.Equal("SHA-256 as in base.safetensors.gz.record.json", Assert.Single(Verifier(set).Verify()).Detail);

        // A byte of gzip's header that no reader looks at: the content is the same, the file is not.
        byte[] bytes = File.ReadAllBytes(path);
        bytes[4] ^= 1;
        File.WriteAllBytes(path, bytes);
        var changed = Assert.Single(Verifier(set).Verify());
        Assert.Equal(FileCondition.Changed, changed.Condition);
        Assert.Contains("changed since it was recorded; SHA-256 is ", changed.Detail, StringComparison.Ordinal);
        Assert.Contains("record.json says", changed.Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_changed_file_that_fits_is_accepted_and_then_good(bool isPinned)
    {
        var set = isPinned ? CopyOf("base") : WithoutHash(CopyOf("base"));
        string path = set.WeightsOf("base"), before = set.HashOf("base");
        byte[] bytes = File.ReadAllBytes(path);
        bytes[4] ^= 1;
        File.WriteAllBytes(path, bytes);
        string after = Convert.ToHexStringLower(SHA256.HashData(bytes));
        Assert.NotEqual(before, after);

        Assert.Equal(FileCondition.Good, Assert.Single(Verifier(set, accepts: true).Verify(["base"])).Condition);

        var file = Assert.Single(Verifier(set).Verify(["base"]));
        Assert.Equal((FileCondition.Good, "SHA-256 as in base.safetensors.gz.record.json"),
            (file.Condition, file.Detail));
        // Images say which weights they are from.
        Assert.Equal(after, set.HashOf("base"));

        File.Copy(Mini().WeightsOf("upsample"), path, overwrite: true);
        Assert.Equal(FileCondition.Damaged, Assert.Single(Verifier(set, accepts: true).Verify(["base"])).Condition);
    }

    [Fact]
    public void A_readable_file_that_sampling_would_refuse_is_damaged()
    {
        var set = WithoutHash(CopyOf("base"));
        var other = set with
        {
            Networks = new Dictionary<string, NetworkEntry>
            {
                ["base"] = set.Networks["base"] with
                {
                    UNet = set.Networks["base"].UNet! with { TextLayers = set.Networks["base"].UNet!.TextLayers + 1 },
                },
            },
        };

        var file = Assert.Single(Verifier(other).Verify());

        Assert.Equal(FileCondition.Damaged, file.Condition);
        Assert.Contains("does not fit the network 'base'", file.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void Missing_and_foreign_files_are_told()
    {
        var set = ModelSet.Read(Path.Combine(Checkout.Models, "openai")) with { Folder = _scratch.Path };
        File.WriteAllText(_scratch.PathOf("base.pt"), "<!DOCTYPE html><html>not found</html>");

        var found = Verifier(set).Verify();

        Assert.Equal(7, found.Count);
        Assert.Equal(FileCondition.Damaged, found[0].Condition);
        Assert.All(found.Skip(1), file => Assert.Equal((FileCondition.Missing, "not downloaded"),
            (file.Condition, file.Detail)));
        Assert.Contains(found, file => file.File == "bpe_simple_vocab_16e6.txt.gz");
    }

    [Fact]
    public void A_converted_file_is_checked_beside_its_original()
    {
        var set = CopyOf("base");
        CheckpointConverter.Convert(set.WeightsOf("base"), _scratch.PathOf("base.safetensors"));

        var found = Verifier(set).Verify(["base"]);

        Assert.Equal(["base.safetensors.gz", "base.safetensors"], found.Select(file => file.File));
        Assert.All(found, file => Assert.Equal(FileCondition.Good, file.Condition));
        Assert.Equal(_scratch.PathOf("base.safetensors"), set.WeightsOf("base"));
    }

    [Fact]
    public void An_overview_says_what_is_there()
    {
        var mini = ModelOverview.Of(Mini());
        Assert.Equal(6, mini.PresentCount);
        Assert.Equal(mini.Files.Sum(file => file.Bytes), mini.PresentBytes);
        Assert.Equal(Path.Combine(Checkout.Models, "mini"), mini.Folder);

        var published = ModelOverview.Of(ModelSet.Read(
            Path.Combine(Checkout.Models, "openai")) with
        { Folder = _scratch.Path });
        Assert.Equal((0, 0, _scratch.Path), (published.PresentCount, published.PresentBytes, published.Folder));
    }

    [Fact]
    public void A_summary_tells_what_a_checkpoint_is()
    {
        var summary = CheckpointSummary.Read(Mini().WeightsOf("base"));

        Assert.Equal("safetensors, gzip-compressed", summary.Format);
        Assert.Equal("base (mini)", summary.Identity);
        Assert.Equal(9_185_510, summary.Parameters);
        Assert.Equal(261, summary.Tensors.Count);
        Assert.Equal("fp16", summary.Types.Single().Key);
        Assert.Equal(Mini().Networks["base"].Weights.Sha256, summary.Sha256);
        Assert.Equal("torch.save archive", CheckpointSummary.Read(
            GoldenFiles.PathOf("checkpoints/ordered_zip.pt")).Format);
    }

    [Fact]
    public void A_conversion_keeps_its_hands_off_what_is_there()
    {
        string input = Mini().WeightsOf("upsample");
        string output = _scratch.PathOf("upsample.safetensors");
        CheckpointConverter.Convert(input, output, "bf16");
        Assert.Equal("bf16", CheckpointSummary.Read(output).Types.Single().Key);

        Assert.Contains("--overwrite", Assert.Throws<UsageException>(() =>
            CheckpointConverter.Convert(input, output)).Message, StringComparison.Ordinal);
        Assert.Throws<UsageException>(() => CheckpointConverter.Convert(output, output, overwrite: true));
        Assert.Throws<UsageException>(() => CheckpointConverter.Convert(input, _scratch.PathOf("upsample.pt")));
        Assert.Throws<UsageException>(() => CheckpointConverter.Convert(input, _scratch.PathOf("other.safetensors"),
            "int8"));
        CheckpointConverter.Convert(input, output, overwrite: true);
        Assert.Equal("fp16", CheckpointSummary.Read(output).Types.Single().Key);
    }

    [Fact]
    public void A_hash_is_computed_once()
    {
        var set = WithoutHash(CopyOf("base"));
        string path = set.WeightsOf("base");
        string hash = set.HashOf("base");
        Assert.Equal(Mini().Networks["base"].Weights.Sha256, hash);

        var record = FileRecords.Read(path)!;
        FileRecords.WriteJson(FileRecords.PathFor(path), record with { Sha256 = "from the record" },
            ModelSetJson.Default.FileRecord);
        Assert.Equal("from the record", set.HashOf("base"));

        File.SetLastWriteTimeUtc(path, DateTime.UtcNow.AddMinutes(1));
        Assert.Equal(hash, set.HashOf("base"));
    }

    private static ModelVerifier Verifier(ModelSet set, bool accepts = false) =>
        new(set, (network, checkpoint) => NetworkCheck.Fit(set, network, checkpoint), accepts);

    private static ModelSet Mini() => ModelSet.Read(Path.Combine(Checkout.Models, "mini"));

    private static ModelSet WithoutHash(ModelSet set)
    {
        var entry = set.Networks["base"];
        return set with
        {
            Networks = new Dictionary<string, NetworkEntry>
            {
                ["base"] =
                entry with { Weights = entry.Weights with { Sha256 = null } }
            },
        };
    }

    private ModelSet CopyOf(string network)
    {
        var set = Mini();
        File.Copy(set.WeightsOf(network), _scratch.PathOf(set.Networks[network].Weights.File));
        return set with { Folder = _scratch.Path, DefinitionFolder = _scratch.Path };
    }

    private sealed class Told(List<string> all) : IProgress<string>
    {
        public void Report(string value) => all.Add(value);
    }
}
