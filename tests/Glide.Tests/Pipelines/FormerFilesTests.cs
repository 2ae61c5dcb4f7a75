using Glide.Batches;
using Glide.Images;
using Glide.Inversion;
using Glide.ModelSets;
using Glide.Pipelines;
using Glide.Sheets;
using Glide.Tests.Support;

namespace Glide.Tests.Pipelines;

/// <summary>
/// Files that version 0.1.0 wrote before its words changed are still read; see <c>tests/data/former/README.md</c>.
/// </summary>
public sealed class FormerFilesTests
{
    private static readonly string s_folder = Path.Combine(GoldenFiles.Checkout, "tests", "data", "former");

    [Fact]
    public void An_edited_image_says_what_it_was_made_from()
    {
        var record = GeneratedImageFile.ReadRecord(InFolder("edited.png"))!;
        Assert.Equal(("restyle", "a red star", 1L, 32), (record.Task, record.Prompt, record.Seed, record.Width));
        Assert.Equal("a46e67340bf1fd6e", record.Edit!.Image);
        Assert.Equal(["a green triangle and a pink crescent", "a red star"], record.Edit.Prompts!);
        Assert.Equal(("ddim", "8", 0.8), (record.Recipe.Base.Sampler, record.Recipe.Base.Steps,
            record.Recipe.Base.Strength));
    }

    [Fact]
    public void A_proof_sheet_lists_its_drafts()
    {
        var record = ProofRecord.FromTexts(ImageFile.ReadTexts(InFolder("proof-sheet.png")))!;
        Assert.Equal([8L, 9, 10, 11], record.Drafts.Select(draft => draft.Seed));
        Assert.Equal(("a ring", 32), (record.Drafts[0].Prompt, record.Side));
    }

    [Fact]
    public void A_grid_lists_its_images()
    {
        var record = SheetRecord.FromTexts(ImageFile.ReadTexts(InFolder("grid.png")))!;
        Assert.Equal([0, 1, 2, 3], record.Images.Select(image => image.Recipe));
        Assert.Equal(["ddim", "ddim", "unipc", "unipc"], record.Recipes.Select(recipe => recipe.Base.Sampler));
    }

    [Fact]
    public void Inverted_noise_keeps_the_hash_of_its_image()
    {
        var noise = NoiseFile.Read(InFolder("noise.safetensors"));
        Assert.Equal(("a46e67340bf1fd6e", 32, 3 * 32 * 32),
            (noise.Record.Image, noise.Record.Size, noise.Values.Length));
    }

    [Fact]
    public void A_journal_keeps_its_lines() =>
        Assert.Equal([("a red circle", 1L), ("a blue star", 2), ("a green ring", 3)],
            new BatchJournal(s_folder, "glide-batch.jsonl").Peek().Select(line => (line.Prompt, line.Seed)));

    [Fact]
    public void A_model_set_keeps_its_networks() =>
        Assert.Equal(["base", "base-inpaint", "clip/image-enc", "clip/text-enc", "upsample", "upsample-inpaint"],
            ModelSet.Read(s_folder).Networks.Keys.Order(StringComparer.Ordinal));

    private static string InFolder(string name) => Path.Combine(s_folder, name);
}
