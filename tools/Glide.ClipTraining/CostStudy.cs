using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Glide.Diffusion;
using Glide.Models;
using Glide.Models.NoisedClip;
using Glide.Models.UNet;
using Glide.ModelStore;
using Glide.Pipelines;
using Glide.Tokenization;
using static TorchSharp.torch;

namespace Glide.ClipTraining;

/// <summary>Measures time and memory of a step of the base for one picture, with and without guidance. Weights follow from a formula.</summary>
/// <param name="models">Says how large the networks are; its weights are not read.</param>
/// <param name="steps">Step plan of the base; two or more.</param>
/// <param name="report">Gets the rows of a Markdown table.</param>
internal sealed partial class CostStudy(ModelSet models, string steps, Action<string> report)
{
    private const double CfgScale = 3;

    /// <summary>Measures one kind of guidance after the other, those with the smaller batches first.</summary>
    public void Run()
    {
        using var noGradient = no_grad();
        var settings = models.Network("base").UNet!;
        using var network = new UNetModel(UNetConfig.From(settings), Precision.Float32, CPU);
        using var image = new ClipImageEncoder(ClipImageConfig.From(models.Network("clip/image-enc").ClipImage!), CPU);
        FormulaWeights.Fill(network);
        FormulaWeights.Fill(image);
        var gradient = new ClipGradient(image);
        using var text = ones(1, image.Config.EmbeddingWidth);
        var recipe = Recipe.For(models, "sample").Base with { Steps = steps, GuidanceScale = 1 };
        var prompts = new PromptEncoder(GlideTokenizer.Load(), warn: null);

        report("| guidance | a step | memory above the weights |");
        report("| --- | --- | --- |");
        foreach (var (name, scale, usesClip) in new[] { ("none", 1.0, false), ("`clip`", 1.0, true), ("`cfg`", CfgScale, false), ("`both`", CfgScale, true) })
        {
            var stage = new Stage(network, settings, recipe with { GuidanceScale = scale }, prompts);
            var rows = new StageRows { Prompts = ["a red circle"], Negatives = [""], Seeds = [7], Gradient = usesClip ? (x, t) => gradient.Gradient(x, t, text, StageRecipe.DefaultClipScale) : null };
            // What the run before has freed is not to be counted, nor to be used again.
            GC.Collect();
            _ = TrimHeap(0);
            long before = MemoryOf("VmRSS:");
            // From now on the peak is that of what follows.
            File.WriteAllText("/proc/self/clear_refs", "5");
            var ends = new List<TimeSpan>();
            var clock = Stopwatch.StartNew();
            using var noise = stage.NewNoise([7]);
            stage.Run(rows, noise, new Each(() => ends.Add(clock.Elapsed)), CancellationToken.None).Dispose();
            double[] times = [.. ends.Zip(ends.Skip(1), (start, end) => (end - start).TotalMilliseconds).Order()];
            report(string.Create(CultureInfo.InvariantCulture, $"| {name} | {times[times.Length / 2]:F0} ms | {MemoryBudget.InMegabytes(Math.Max(0, MemoryOf("VmHWM:") - before))} |"));
        }
    }

    [LibraryImport("libc", EntryPoint = "malloc_trim")]
    private static partial int TrimHeap(nuint keep);

    private static long MemoryOf(string field) => long.Parse(
        File.ReadLines("/proc/self/status").First(line => line.StartsWith(field, StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2], CultureInfo.InvariantCulture) * 1024;

    private sealed class Each(Action action) : IProgress<SamplingProgress>
    {
        public void Report(SamplingProgress value) => action();
    }
}
