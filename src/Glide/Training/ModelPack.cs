using System.Text;
using System.Text.Json;
using Glide.Checkpoints;
using Glide.Diffusion.Samplers;
using Glide.Images;
using Glide.ModelSets;

namespace Glide.Training;

/// <summary>Makes a model set of trained networks, or puts them into one.</summary>
internal static class ModelPack
{
    private const double SampleGuidance = 3, InpaintGuidance = 5, ClipGuidance = 3, UpsampleTemperature = 0.997;

    /// <summary>Writes the averaged weights of runs as fp16, and a <c>model.json</c>.</summary>
    /// <param name="runs">Folders of runs, each of another network.</param>
    /// <param name="folder">The set's folder; networks of a set that is there are replaced or joined.</param>
    /// <param name="licence">License of the weights; <c>null</c> keeps the set's.</param>
    /// <param name="cancellation">Cancels between two networks.</param>
    /// <returns>The set.</returns>
    /// <exception cref="UsageException">A folder has no run or no checkpoint, or two runs are of one network.
    /// </exception>
    /// <exception cref="CheckpointException">A number is too large for fp16.</exception>
    public static ModelSet Pack(
        IReadOnlyList<string> runs, string folder, string? licence, CancellationToken cancellation)
    {
        var opened = runs.Select(run => TrainingRun.Open(run)).ToList();
        if (opened.GroupBy(run => run.Plan.Network).FirstOrDefault(same => same.Count() > 1) is { } twice)
        {
            throw new UsageException($"several runs are of the network '{twice.Key}': "
                + $"{string.Join(", ", twice.Select(run => run.Folder))}; leave one out");
        }
        Directory.CreateDirectory(folder);
        string description = Path.Combine(folder, ModelSet.FileName);
        var before = File.Exists(description) ? ModelSet.Read(folder) : null;
        var networks = before?.Networks.ToDictionary() ?? [];
        foreach (var run in opened)
        {
            cancellation.ThrowIfCancellationRequested();
            foreach (var (name, entry) in Write(run, folder))
                networks[name] = entry;
        }
        var set = new ModelSet
        {
            Name = before?.Name ?? NameOf(folder),
            Title = before?.Title ?? $"Networks trained with glide: {string.Join(", ", networks.Keys)}",
            Licence = licence ?? before?.Licence ?? "not stated",
            Tokenizer = new TokenizerSettings { Kind = TokenizerSettings.GlideBpe },
            Networks = networks,
            Recipes = Recipes(networks.Keys.ToHashSet(), before),
        };
        AtomicFile.Write(description, stream => JsonSerializer.Serialize(stream, set, ModelSetJson.Default.ModelSet));
        return ModelSet.Read(folder);
    }

    private static IEnumerable<(string Name, NetworkEntry Entry)> Write(TrainingRun run, string folder)
    {
        string last = run.FindCheckpoints() is [.., var path]
            ? path
            : throw new UsageException($"the run '{run.Folder}' has no checkpoint yet; let it train until "
                + "--save-every, or stop it with Ctrl-C, which saves");
        if (run.Plan.Settings.Lora is not null)
        {
            throw new UsageException($"the run '{run.Folder}' has adapters and no network; use them with --lora "
                + $"{run.LoraPath}, or merge them with 'glide models convert --lora'");
        }
        string average = TrainingState.AveragePrefix;
        if (run.Plan.Network != TrainingPlan.Clip)
        {
            var file = Convert(last, folder, run.Plan.Network, average);
            return [(run.Plan.Network, new NetworkEntry { Weights = file, UNet = run.Plan.UNet })];
        }
        var image = Convert(last, folder, "clip-image-enc", average + ClipObjective.ImagePrefix);
        var text = Convert(last, folder, "clip-text-enc", average + ClipObjective.TextPrefix);
        return
        [
            ("clip/image-enc", new NetworkEntry
            {
                Weights = image,
                ClipImage = run.Plan.ClipImage! with { LogitScale = ScaleOf(last) },
            }),
            ("clip/text-enc", new NetworkEntry { Weights = text, ClipText = run.Plan.ClipText }),
        ];
    }

    private static ModelFile Convert(string checkpoint, string folder, string name, string prefix)
    {
        string file = $"{name}.safetensors", path = Path.Combine(folder, file);
        CheckpointConverter.ConvertAs(
            checkpoint, path, ElementType.Float16, new ConvertedWeights(prefix.TrimEnd('.'), []));
        return new ModelFile
        {
            File = file,
            Bytes = new FileInfo(path).Length,
            Sha256 = FileRecords.Compute(path),
        };
    }

    private static double ScaleOf(string checkpoint)
    {
        using var file = Checkpoint.OpenAll(checkpoint);
        string name = TrainingState.AveragePrefix + ClipObjective.LogScale;
        return Math.Round(Math.Exp(file.Read<float>(file.Tensors[name])[0]), 3);
    }

    // A network for inpainting also draws where nothing is known.
    private static Dictionary<string, RecipeSettings> Recipes(HashSet<string> networks, ModelSet? before)
    {
        var recipes = before?.Recipes.ToDictionary() ?? [];
        string? plain = First("base", "base-inpaint"), upsample = First("upsample", "upsample-inpaint");
        if (plain is not null)
            Put("sample", Recipe(plain, upsample, SampleGuidance));
        if (networks.Contains("base-inpaint"))
            Put("inpaint", Recipe("base-inpaint", First("upsample-inpaint", "upsample"), InpaintGuidance));
        if (plain is not null && networks.Contains("clip/image-enc"))
            Put("clip", Recipe(plain, upsample, guidance: 1, ClipGuidance));
        return recipes;

        // What is there stays, unless it could not upsample until now.
        void Put(string task, RecipeSettings recipe)
        {
            if (recipes.GetValueOrDefault(task) is not { } known || known is { Stages: null, Upsample: null })
                recipes[task] = recipe;
        }

        string? First(params string[] names) => names.FirstOrDefault(networks.Contains);
    }

    // The published settings.
    private static RecipeSettings Recipe(string first, string? second, double guidance, double clip = 0) => new()
    {
        Base = new StageSettings
        {
            Network = first,
            Sampler = SamplerNames.Ddpm,
            Steps = "100",
            GuidanceScale = guidance,
            ClipScale = clip,
        },
        Upsample = second is null
            ? null
            : new StageSettings
            {
                Network = second,
                Sampler = SamplerNames.Ddim,
                Steps = "fast27",
                Temperature = UpsampleTemperature,
            },
    };

    private static string NameOf(string folder)
    {
        var name = new StringBuilder();
        foreach (char c in Path.GetFileName(Path.GetFullPath(folder).TrimEnd(Path.DirectorySeparatorChar)))
            name.Append(char.IsAsciiLetterOrDigit(c) || c is '-' or '_' ? c : '-');
        return name.ToString().Trim('-') is { Length: > 0 } plain ? plain : "trained";
    }
}
