using Glide.Pipelines;

namespace Glide.Tests.Architecture;

/// <summary>Who may import whom; the errors in the namespace Glide itself are everybody's.</summary>
public sealed class ImportTests
{
    private const string TorchRuntime = "TorchSharp";

    private static readonly IReadOnlyList<TypeUses.Use> s_uses = TypeUses.In(typeof(GlidePipeline));

    /// <summary>
    /// A folder, which other folders it may use, and which of its types touch tensors: <c>*</c> for all.
    /// </summary>
    public static TheoryData<string, string[], string[]> Folders => new()
    {
        { "Tokenizers", [], [] },
        { "Images", [], ["ImageTensors"] },
        { "Runtime", [], ["*"] },
        { "Models", ["Runtime"], ["*"] },
        { "Diffusion", ["Runtime"], ["*"] },
        { "Checkpoints", [], ["ModuleLoader"] },
        { "ModelSets", ["Checkpoints", "Models", "Diffusion"], [] },
        { "Pipelines", ["Tokenizers", "Images", "Models", "Runtime", "Diffusion", "Checkpoints", "ModelSets"], ["*"] },
        { "Editing", ["Images", "Pipelines"], [] },
        { "Inversion", ["Images", "Diffusion", "Checkpoints", "Pipelines"], ["*"] },
        { "Sheets", ["Images", "Pipelines"], [] },
        {
            "Diagnostics",
            ["Tokenizers", "Images", "Models", "Runtime", "Diffusion", "Checkpoints", "ModelSets", "Editing",
                "Pipelines"],
            ["*"]
        },
        { "Batches", ["Images", "ModelSets", "Pipelines", "Editing"], [] },
        { "Datasets", ["Tokenizers", "Images", "Runtime", "Batches"], ["TrainingBatches", "TrainingBatch"] },
        {
            "Training",
            ["Tokenizers", "Images", "Models", "Runtime", "Diffusion", "Checkpoints", "ModelSets", "Pipelines",
                "Datasets"],
            ["*"]
        },
    };

    [Theory, MemberData(nameof(Folders))]
    public void A_folder_uses_only_what_it_may(string folder, string[] allowed, string[] onTensors)
    {
        var own = s_uses.Where(use => use.User.StartsWith($"Glide.{folder}.", StringComparison.Ordinal)).ToList();
        Assert.NotEmpty(own);
        Assert.DoesNotContain(own, use => FolderOf(use.UsedNamespace) is { } used && used != folder
            && !allowed.Contains(used));
        Assert.DoesNotContain(own, use => Within(use.UsedNamespace, TorchRuntime) && !onTensors.Contains("*")
            && !onTensors.Contains(use.User.Split('.')[^1]));
    }

    // Types that the compiler makes for itself have no namespace.
    [Fact]
    public void Every_folder_has_a_rule() =>
        Assert.Empty(s_uses.Where(use => use.User.Contains('.'))
            .Select(use => FolderOf(use.User[..use.User.LastIndexOf('.')])).OfType<string>().Distinct()
            .Except(Folders.Select(row => (string)row[0])));

    /// <summary>Sibling folders, at any depth, do not use each other in a circle.</summary>
    [Fact]
    public void There_are_no_circles_between_sibling_folders()
    {
        var uses = s_uses.Where(use => use.User.Contains('.'))
            .Select(use => (User: use.User[..use.User.LastIndexOf('.')], Used: use.UsedNamespace))
            .Where(use => Within(use.Used, "Glide")).Distinct().SelectMany(use => Siblings(use.User, use.Used))
                .ToLookup(
                edge => edge.From, edge => edge.To);
        foreach (var folder in uses)
            Assert.DoesNotContain(folder.Key, Reached(folder.Key, uses));
    }

    // Glide.A.B.C and Glide.A.D are below the siblings Glide.A.B and Glide.A.D.
    private static IEnumerable<(string From, string To)> Siblings(string user, string used)
    {
        string[] from = user.Split('.'), to = used.Split('.');
        int same = from.Zip(to).TakeWhile(pair => pair.First == pair.Second).Count();
        if (same < from.Length && same < to.Length)
            yield return (string.Join('.', from[..(same + 1)]), string.Join('.', to[..(same + 1)]));
    }

    private static HashSet<string> Reached(string start, ILookup<string, string> uses)
    {
        var reached = new HashSet<string>();
        var waiting = new Queue<string>(uses[start]);
        while (waiting.TryDequeue(out string? folder))
        {
            if (!reached.Add(folder))
                continue;
            foreach (string next in uses[folder])
                waiting.Enqueue(next);
        }
        return reached;
    }

    private static string? FolderOf(string name) => name.Split('.') is ["Glide", var folder, ..] ? folder : null;

    private static bool Within(string name, string root) => name == root
        || name.StartsWith(root + ".", StringComparison.Ordinal);
}
