using System.Diagnostics;
using Glide.Cli.Tests.Support;
using Glide.ModelSets;
using Glide.Tests.Datasets;
using Glide.Tests.Support;

namespace Glide.Cli.Tests.Training;

/// <summary><c>scripts/train-emoji</c> on a CPU, with batches that one can compute.</summary>
public sealed class TrainEmojiTests : IDisposable
{
    private const long MostBytesOfPiece = 16_000_000;

    private readonly GlideProcess _glide = new();

    public void Dispose() => _glide.Dispose();

    [NightlyFact]
    public void All_networks_are_trained_and_another_machine_goes_on_from_the_pieces()
    {
        using var sprites = SpriteFolder.Whole();
        Train(sprites, "first", minutes: "2");
        var set = ModelSet.Read(_glide.PathOf("first/set"));
        Assert.Equal(["base-inpaint", "clip/image-enc", "clip/text-enc", "upsample"], set.Networks.Keys.Order());
        Assert.All(Directory.GetFiles(_glide.PathOf("first/pieces")), piece =>
            Assert.InRange(new FileInfo(piece).Length, 1, MostBytesOfPiece));
        Assert.Equal(0, _glide.Run("sample", "-m", _glide.PathOf("first/set"), "a cat", "--steps", "2", "-o", "cat.png")
            .ExitCode);

        Directory.CreateDirectory(_glide.PathOf("other"));
        Directory.Move(_glide.PathOf("first/pieces"), _glide.PathOf("other/pieces"));
        string said = Train(sprites, "other", minutes: "1");
        Assert.Contains("going on from the weights in other/pieces", said, StringComparison.Ordinal);
        Assert.Equal(set.Networks.Keys.Order(), ModelSet.Read(_glide.PathOf("other/set")).Networks.Keys.Order());
        string plan = File.ReadAllText(Directory.GetFiles(_glide.PathOf("other/runs"), "train.json",
            SearchOption.AllDirectories)[0]);
        Assert.Contains("\"from\": \"other/set\"", plan, StringComparison.Ordinal);
    }

    private string Train(SpriteFolder sprites, string output, string minutes)
    {
        var start = new ProcessStartInfo(Path.Combine(GlideProcess.Checkout, "scripts", "train-emoji"),
            ["--minutes", minutes, "--data", sprites.Data.Path, "--tiny", output])
        {
            WorkingDirectory = _glide.Folder,
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        };
        start.Environment["GLIDE"] = GlideProcess.Program;
        using var process = Process.Start(start)!;
        var written = process.StandardOutput.ReadToEndAsync();
        string said = process.StandardError.ReadToEnd();
        written.Wait();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, said);
        return said;
    }
}
