using System.Text.Json.Nodes;
using Glide.Diagnostics;
using Glide.ModelSets;
using Glide.Pipelines;
using Glide.Tests.Images;
using Glide.Tests.Support;

namespace Glide.Tests.Diagnostics;

[Collection(TorchCollection.Name)]
public sealed class DoctorTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>
    /// A build that computes anything else than the original: seen from it, each golden number is a little off.
    /// </summary>
    [Fact]
    public void Every_golden_number_that_is_not_found_again_is_named()
    {
        string mini = Path.Combine(GoldenFiles.Checkout, "models", "mini");
        foreach (string file in Directory.GetFiles(mini, "*.gz").Append(Path.Combine(mini, ModelSet.FileName)))
            File.CreateSymbolicLink(_folder[Path.GetFileName(file)], file);
        var golden = JsonNode.Parse(File.ReadAllText(Path.Combine(mini, GoldenNumbers.FileName)))!;
        golden["tokens"]![1]!["ids"]![2] = 1;
        golden["schedules"]![1]!["sum_alphas_cumprod"] =
            golden["schedules"]![1]!["sum_alphas_cumprod"]!.GetValue<double>() * (1 + 1e-7);
        golden["random"]!["last"]![3] = golden["random"]!["last"]![3]!.GetValue<double>() + 1e-4;
        golden["image"]!["steps"] = "2";
        golden["image"]!["upsample_steps"] = "2";
        string cosine = golden["clip"]!["cosines"]![0]!.ToJsonString()[..7];
        golden["clip"]!["cosines"]![0] = 0;
        File.WriteAllText(_folder[GoldenNumbers.FileName], golden.ToJsonString());

        var checks = new Doctor(new DeviceOptions { Device = "cpu", Threads = 1 }, [ModelSet.Read(_folder.Path)])
            .Examine(_folder.Path, CancellationToken.None).ToList();
        var failed = checks.Where(check => check.State == CheckState.Failed)
            .ToDictionary(check => check.Name, check => check.Detail);
        Assert.Equal(["mini tokens", "mini schedules", "mini random numbers", "mini golden image", "mini CLIP scores"],
            failed.Keys);
        Assert.Contains("'a red circle above a blue square on a yellow background' became 64 2266 9197 ",
            failed["mini tokens"], StringComparison.Ordinal);
        Assert.StartsWith("the sum over ᾱ of squaredcos_cap_v2 is 495.57751", failed["mini schedules"],
            StringComparison.Ordinal);
        Assert.StartsWith("a normal number of seed 7 is -0.979839", failed["mini random numbers"],
            StringComparison.Ordinal);
        Assert.StartsWith("the base image differs from the original's: by up to ", failed["mini golden image"],
            StringComparison.Ordinal);
        Assert.StartsWith($"CLIP's score with 'a red circle above a blue square on a yellow background' is {cosine}",
            failed["mini CLIP scores"], StringComparison.Ordinal);
        Assert.All(checks.Where(check => check.Error is not null), check =>
            Assert.IsType<NumericsException>(check.Error));
        Assert.Contains(checks, check => check is { Name: "mini upsample-inpaint", State: CheckState.Ok });
    }

    [Fact]
    public void A_folder_that_cannot_be_written_to_and_damaged_numbers_are_found()
    {
        File.WriteAllText(_folder[GoldenNumbers.FileName], "{");
        File.WriteAllText(_folder["file"], "");
        var mini = ModelSet.Read(Path.Combine(GoldenFiles.Checkout, "models", "mini"));
        var bare = mini with { Folder = _folder.Path, DefinitionFolder = _folder.Path };
        var checks = new Doctor(new DeviceOptions { Device = "cpu", Threads = 1 }, [bare])
            .Examine(_folder["file"], CancellationToken.None).ToDictionary(check => check.Name, check => check);
        Assert.IsType<UsageException>(checks["folders"].Error);
        Assert.IsType<CheckpointException>(checks["mini set"].Error);
        Assert.Equal(CheckState.Skipped, checks["mini base"].State);
        Assert.Equal(["file", "golden.json"], Directory.GetFileSystemEntries(_folder.Path).Select(Path.GetFileName)
            .Order());
    }
}
