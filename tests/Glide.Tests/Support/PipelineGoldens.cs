using System.Text.Json;
using Glide.Images;
using Glide.Pipelines;

namespace Glide.Tests.Support;

/// <summary>The whole runs in <c>golden/pipelines</c>.</summary>
internal static class PipelineGoldens
{
    /// <summary>The runs of a file, one JSON object each.</summary>
    public static IEnumerable<string> Lines(string file) =>
        File.ReadLines(GoldenFiles.PathOf(Path.Combine("pipelines", file))).Where(line => line.Length > 0);

    /// <summary>Whether a run is guided by CLIP, for which the built-in set has its own weights.</summary>
    public static bool IsClipGuided(string line) =>
        JsonDocument.Parse(line).RootElement.TryGetProperty("guidance", out _);

    /// <summary>A recipe with the settings of a run.</summary>
    public static Recipe Apply(JsonElement run, Recipe recipe) => recipe.WithBase(_ => recipe.Base with
    {
        Sampler = run.GetProperty("sampler").GetString()!,
        Steps = run.GetProperty("steps").GetString()!,
        Eta = run.TryGetProperty("eta", out var eta) ? eta.GetDouble() : 0,
        GuidanceScale = run.GetProperty("scale").GetDouble(),
    }).WithLater(_ => recipe.Stages[1] with
    {
        Sampler = run.GetProperty("upsample_sampler").GetString()!,
        Steps = run.GetProperty("upsample_steps").GetString()!,
        Temperature = run.GetProperty("upsample_temp").GetDouble(),
    });

    /// <summary>By how many levels of 255 an image's bytes are off a golden one's, on average.</summary>
    public static double MeanDifference(string file, RgbImage made) => Differences(file, made).Average();

    /// <summary>Fails where an image of a whole run is further from the golden one than the bounds.</summary>
    public static void AssertClose(string file, RgbImage made)
    {
        int[] differences = Differences(file, made);
        double share = (double)differences.Count(difference => difference <= 1) / differences.Length;
        double psnr = 10 * Math.Log10(255.0 * 255 / differences.Average(difference => (double)difference * difference));
        Assert.True(share >= Bounds.ShareWithinOne, $"{file}: only {share:P2} of the bytes are within 1");
        Assert.True(psnr >= Bounds.LeastPsnr, $"{file}: the PSNR is {psnr:F1} dB");
    }

    private static int[] Differences(string file, RgbImage made)
    {
        var golden = ImageFile.Load(GoldenFiles.PathOf(Path.Combine("pipelines", file))).Image;
        Assert.Equal((golden.Width, golden.Height), (made.Width, made.Height));
        return [.. golden.Pixels.Zip(made.Pixels, (a, b) => Math.Abs(a - b))];
    }
}
