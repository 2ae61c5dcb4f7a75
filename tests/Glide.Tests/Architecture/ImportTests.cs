using Glide.Pipelines;

namespace Glide.Tests.Architecture;

/// <summary>Who may import whom; the errors in the namespace Glide itself are everybody's.</summary>
public sealed class ImportTests
{
    private const string TorchRuntime = "TorchSharp";

    private static readonly IReadOnlyList<TypeUses.Use> s_uses = TypeUses.In(typeof(GlidePipeline));

    /// <summary>A folder, which other folders it may use, and which of its types touch tensors: <c>*</c> for all.</summary>
    public static TheoryData<string, string[], string[]> Folders => new()
    {
        { "Tokenizers", [], [] },
        { "Images", [], ["ImageTensors"] },
        { "Models", ["Runtime"], ["*"] },
        { "Runtime", ["ModelSets", "Models", "Pipelines"], ["*"] },
        { "Diffusion", ["Runtime"], ["*"] },
        { "Checkpoints", [], ["ModuleLoader"] },
        { "ModelSets", ["Checkpoints", "Models", "Diffusion"], [] },
        { "Pipelines", ["Tokenizers", "Images", "Models", "Runtime", "Diffusion", "Checkpoints", "ModelSets", "Editing", "Inversion", "Sheets"], ["*"] },
        { "Editing", ["Images", "Models", "Runtime", "Diffusion", "Inversion", "Pipelines"], ["*"] },
        { "Inversion", ["Images", "Models", "Runtime", "Diffusion", "Checkpoints", "ModelSets", "Editing", "Pipelines"], ["*"] },
        { "Sheets", ["Images", "Pipelines"], ["*"] },
        { "Diagnostics", ["Tokenizers", "Images", "Models", "Runtime", "Diffusion", "Checkpoints", "ModelSets", "Editing", "Pipelines"], ["*"] },
        { "Batches", ["Pipelines", "ModelSets", "Images", "Editing"], [] },
    };

    [Theory, MemberData(nameof(Folders))]
    public void A_folder_uses_only_what_it_may(string folder, string[] allowed, string[] onTensors)
    {
        var own = s_uses.Where(use => use.User.StartsWith($"Glide.{folder}.", StringComparison.Ordinal)).ToList();
        Assert.NotEmpty(own);
        Assert.DoesNotContain(own, use => FolderOf(use.UsedNamespace) is { } used && used != folder && !allowed.Contains(used));
        Assert.DoesNotContain(own, use => Within(use.UsedNamespace, TorchRuntime) && !onTensors.Contains("*") && !onTensors.Contains(use.User.Split('.')[^1]));
    }

    // Types that the compiler makes for itself have no namespace.
    [Fact]
    public void Every_folder_has_a_rule() =>
        Assert.Empty(s_uses.Where(use => use.User.Contains('.')).Select(use => FolderOf(use.User[..use.User.LastIndexOf('.')])).OfType<string>().Distinct().Except(Folders.Select(row => (string)row[0])));

    [Theory, InlineData("Glide.Models"), InlineData("Glide.Diffusion")]
    public void Folders_side_by_side_use_each_other_in_one_direction_only(string parent)
    {
        string? Child(string name) => name.StartsWith(parent + ".", StringComparison.Ordinal) ? name[(parent.Length + 1)..].Split('.')[0] : null;
        var uses = s_uses.Where(use => use.User.Contains('.'))
            .Select(use => (From: Child(use.User[..use.User.LastIndexOf('.')]), To: Child(use.UsedNamespace)))
            .Where(use => use.From is not null && use.To is not null && use.From != use.To).Distinct().ToList();
        var left = uses.SelectMany(use => new[] { use.From, use.To }).ToHashSet();
        while (left.RemoveWhere(folder => !uses.Any(use => use.From == folder && left.Contains(use.To))) > 0)
        {
        }
        Assert.True(left.Count == 0, $"these folders of {parent} use each other in a circle: {string.Join(", ", left)}");
    }

    private static string? FolderOf(string name) => name.Split('.') is ["Glide", var folder, ..] ? folder : null;

    private static bool Within(string name, string root) => name == root || name.StartsWith(root + ".", StringComparison.Ordinal);
}
