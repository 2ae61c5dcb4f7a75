using System.Diagnostics;
using System.Globalization;
using Glide.Diffusion;
using Glide.Images;
using Glide.ModelSets;
using Glide.Pipelines;
using Glide.Runtime;
using Glide.Tokenizers;
using static TorchSharp.torch;

namespace Glide.Diagnostics;

/// <summary>
/// Examines an installation: folders, native libraries, device, memory; the original's golden numbers where a model set
/// has some; and one forward pass of every network whose weights are there.
/// </summary>
/// <param name="options">Where the networks run; golden images are made in float32 whatever it says.</param>
/// <param name="sets">The model sets.</param>
internal sealed class Doctor(DeviceOptions options, IReadOnlyList<ModelSet> sets)
{
    // A run on the mini models with what .NET and libtorch take by themselves.
    private const long LeastMemory = 700_000_000;

    // Sums of a thousand float64, in another order than numpy's.
    private const double SumTolerance = 1e-9;

    // Normal numbers go through logarithm and cosine, whose last bit differs between libraries.
    private const double RandomTolerance = 1e-5;

    // Another libtorch rounds differently, and a byte at the edge between two levels may flip. The ratio, in dB, leaves
    // room for a few bytes at hard edges, but not for a region that looks different.
    private const double ShareWithinOne = 0.999;
    private const double LeastPsnr = 45;
    private const double CosineTolerance = 1e-3;

    /// <summary>Makes the checks one after the other; what a failed one would need further on is left out.</summary>
    /// <param name="folder">Where images would go.</param>
    /// <param name="cancellation">Looked at between two checks and two steps.</param>
    public IEnumerable<CheckResult> Examine(string folder, CancellationToken cancellation)
    {
        var libraries = Check("libraries", () =>
        {
            var found = Installation.Describe();
            return $"libtorch {found.Libtorch}; glide {found.Version}";
        });
        yield return libraries;
        yield return Check("images", CheckImageFiles);
        yield return Check("folders", () => CheckFolders(folder));
        yield return Check("memory", CheckMemory);
        if (libraries.State == CheckState.Failed)
            yield break;
        var device = Check("device", () =>
        {
            var runtime = TorchRuntime.Start(options);
            return string.Create(CultureInfo.InvariantCulture,
                $"{runtime.DeviceName}, {runtime.Precision.Name}, {Counted.Of(runtime.Threads, "thread")}; devices: "
                    + $"{string.Join(", ", Installation.Describe().Devices)}");
        });
        yield return device;
        if (device.State == CheckState.Failed)
            yield break;
        foreach (var set in sets)
        {
            foreach (var result in Examine(set, cancellation))
            {
                cancellation.ThrowIfCancellationRequested();
                yield return result;
            }
        }
    }

    private IEnumerable<CheckResult> Examine(ModelSet set, CancellationToken cancellation)
    {
        GoldenNumbers? golden = null;
        var read = Check($"{set.Name} set", () =>
        {
            golden = GoldenNumbers.Read(set.DefinitionFolder);
            return golden is null ? set.Title : $"{set.Title}; golden numbers: {golden.Source}";
        });
        yield return read;
        if (golden is not null)
        {
            // Hashes of small files only: those of the published ones take minutes, and 'glide models verify' checks
            // them.
            var files = Check($"{set.Name} files", () => CheckFiles(set, cancellation));
            yield return files;
            yield return Check($"{set.Name} tokens", () => CheckTokens(golden.Tokens));
            yield return Check($"{set.Name} schedules", () => CheckSchedules(golden));
            yield return Check($"{set.Name} random numbers", () => CheckRandom(golden.Random));
            yield return Check($"{set.Name} golden image", () => CheckImage(set, golden.Image, cancellation));
            if (golden.Clip is { } clip)
                yield return Check($"{set.Name} CLIP scores", () => CheckClip(set, clip, golden.Image));
        }

        foreach (string network in set.Networks.Keys)
        {
            cancellation.ThrowIfCancellationRequested();
            yield return set.FindWeights(network) is null
                ? new CheckResult($"{set.Name} {network}", CheckState.Skipped, "not on this machine", 0)
                : Check($"{set.Name} {network}", () => ForwardPass.Of(set, network, TorchRuntime.Start(options, set)));
        }
    }

    private static CheckResult Check(string name, Func<string> check)
    {
        var clock = Stopwatch.StartNew();
        try
        {
            return new CheckResult(name, CheckState.Ok, check(), clock.Elapsed.TotalSeconds);
        }
        // A doctor goes on to the next check, whatever this one dies of.
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            var cause = exception is TypeInitializationException { InnerException: { } inner } ? inner : exception;
            return new CheckResult(name, CheckState.Failed, cause.Message.Split('\n')[0],
                clock.Elapsed.TotalSeconds)
            { Error = cause };
        }
    }

    private static string CheckImageFiles()
    {
        string folder = Directory.CreateTempSubdirectory("glide-doctor-").FullName;
        try
        {
            var image = new RgbImage(3, 2, [.. Enumerable.Range(0, 18).Select(i => (byte)(14 * i))]);
            string path = Path.Combine(folder, "a.png");
            ImageFile.SavePng(path, image, [new("prompt", "ä")]);
            bool isSame = ImageFile.Load(path).Image.Pixels.AsSpan().SequenceEqual(image.Pixels)
                && ImageFile.ReadTexts(path) is [{ Value: "ä" }];
            return isSame ? "a PNG with text comes back as it was" : throw Wrong("a PNG comes back changed");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static string CheckFolders(string folder)
    {
        GeneratedImageFile.Probe(folder);
        var models = ModelFolders.FromEnvironment().DataIfKnown;
        bool isThere = Directory.Exists(models);
        if (isThere)
            GeneratedImageFile.Probe(models!);
        string missing = isThere ? "" : ", which is not there yet; 'glide models download' makes it";
        return $"images go to {Path.GetFullPath(folder)}; models to "
            + (models is null ? $"no folder; set {ModelFolders.Variable}" : models + missing);
    }

    private static string CheckMemory()
    {
        MemoryBudget.Require("the mini models", LeastMemory);
        return $"{MemoryBudget.InMegabytes(MemoryBudget.AvailableBytes())} available";
    }

    private static string CheckFiles(ModelSet set, CancellationToken cancellation)
    {
        // Whether they fit is seen when they are loaded, which also needs libtorch.
        var files = new ModelVerifier(set, fits: (_, _) => { }).Verify(cancellation: cancellation);
        var bad = files.Where(file => file.Condition is FileCondition.Damaged or FileCondition.Changed).ToList();
        return bad.Count == 0
            ? $"{Counted.Of(files.Count(file => file.Path is not null), "file")} in {set.DefinitionFolder}"
            : throw new CheckpointException(
                $"damaged; {string.Join("; ", bad.Select(file => $"{file.Path}: {file.Detail}"))}; restore the files");
    }

    private static string CheckTokens(IReadOnlyList<GoldenTokens> golden)
    {
        var tokenizer = GlideTokenizer.Load();
        foreach (var (prompt, ids) in golden)
        {
            var found = tokenizer.Encode(prompt);
            if (!found.SequenceEqual(ids))
                throw Wrong($"'{prompt}' became {string.Join(' ', found)}, not {string.Join(' ', ids)}");
        }
        return $"{Counted.Of(golden.Count, "prompt")} as the original reads them";
    }

    private static string CheckSchedules(GoldenNumbers golden)
    {
        foreach (var schedule in golden.Schedules)
        {
            double[] betas = BetaTable.Parse(schedule.Name, schedule.Steps);
            CheckClose($"the sum over β of {schedule.Name}", betas.Sum(), schedule.SumBetas, SumTolerance);
            CheckClose($"the sum over ᾱ of {schedule.Name}", new NoiseSchedule(betas).AlphasCumprod.Sum(),
                schedule.SumAlphasCumprod, SumTolerance);
        }
        foreach (var (plan, timesteps) in golden.Plans)
        {
            if (!TimestepRespacing.Parse(plan, 1000).Timesteps.SequenceEqual(timesteps))
                throw Wrong($"{plan} keeps other steps than the original's");
        }
        return string.Join(", ",
            [.. golden.Schedules.Select(schedule => schedule.Name), .. golden.Plans.Select(plan => plan.Plan)]);
    }

    private static string CheckRandom(GoldenRandom golden)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator((ulong)golden.Seed);
        float[] numbers = randn([.. golden.Shape], generator: generator).data<float>().ToArray();
        foreach (var (found, expected) in numbers[..golden.First.Count].Zip(golden.First)
            .Concat(numbers[^golden.Last.Count..].Zip(golden.Last)))
        {
            CheckClose($"a normal number of seed {golden.Seed}", found, expected, RandomTolerance);
        }
        return $"{numbers.Length} normal numbers of seed {golden.Seed}";
    }

    private string CheckImage(ModelSet set, GoldenImage golden, CancellationToken cancellation)
    {
        var published = Recipe.For(set, "sample");
        var recipe = published
            .WithBase(stage => stage with
            {
                Steps = golden.Steps,
                Sampler = golden.Sampler,
                GuidanceScale = golden.GuidanceScale,
            })
            .WithLater(stage => stage with
            {
                Steps = golden.UpsampleSteps,
                Sampler = golden.UpsampleSampler,
                Temperature = golden.UpsampleTemperature,
            });
        using var pipeline = GlidePipeline.Open(set, options with { Dtype = "fp32" });
        GeneratedImage? made = null;
        pipeline.Run([new ImageRequest(golden.Prompt, golden.Seed)], recipe,
            new RunOptions { Finished = image => made = image, Cancellation = cancellation });
        int off = Math.Max(
            LargestDifference("the base image", made!.Base.Pixels, golden.Base),
            LargestDifference("the enlarged image", EveryNth(made.Image, golden.Stride), golden.Image));
        return off == 0
            ? $"'{golden.Prompt}', seed {golden.Seed}: equal"
            : $"'{golden.Prompt}', seed {golden.Seed}: within {off} of 255 levels";
    }

    private string CheckClip(ModelSet set, GoldenScores golden, GoldenImage image)
    {
        using var noGradient = no_grad();
        int side = (int)Math.Sqrt(image.Base.Length / 3);
        using var judge = ClipModel.Load(set, TorchRuntime.Start(options with { Dtype = "fp32" }));
        double[] found = judge.Scores([new RgbImage(side, side, image.Base)], golden.Prompts)[0];
        for (int i = 0; i < found.Length; i++)
            CheckClose($"CLIP's score with '{golden.Prompts[i]}'", found[i], golden.Cosines[i], CosineTolerance);
        return $"{Counted.Of(found.Length, "score")} of the golden image";
    }

    private static byte[] EveryNth(RgbImage image, int stride) =>
        [.. Enumerable.Range(0, image.Height).Where(y => y % stride == 0)
            .SelectMany(y => image.Row(y).ToArray().Chunk(3).Where((_, x) => x % stride == 0)).SelectMany(rgb => rgb)];

    private static int LargestDifference(string what, byte[] found, byte[] golden)
    {
        if (found.Length != golden.Length)
            throw Wrong($"{what} has {found.Length} bytes, not {golden.Length}");
        int[] differences = [.. found.Zip(golden, (a, b) => Math.Abs(a - b))];
        int most = differences.Max();
        double share = (double)differences.Count(difference => difference <= 1) / differences.Length;
        double psnr = 10 * Math.Log10(255.0 * 255 / differences.Average(difference => (double)difference * difference));
        return psnr >= LeastPsnr && share >= ShareWithinOne
            ? most
            : throw Wrong(string.Create(CultureInfo.InvariantCulture,
                $"{what} differs from the original's: by up to {most} of 255 levels, {1 - share:P1} of the bytes by "
                    + $"more than one"));
    }

    private static void CheckClose(string what, double found, double expected, double tolerance)
    {
        if (!(Math.Abs(found - expected) <= tolerance * Math.Max(1, Math.Abs(expected))))
            throw Wrong(string.Create(CultureInfo.InvariantCulture, $"{what} is {found}, not {expected}"));
    }

    private static NumericsException Wrong(string what) =>
        new($"{what}; this libtorch or this build computes something else; run scripts/setup again, or report it with "
            + $"the output of 'glide info'");
}

/// <summary>What a check of the installation found.</summary>
/// <param name="Name">What was checked.</param>
/// <param name="State">How it ended.</param>
/// <param name="Detail">What was found, or what is wrong.</param>
/// <param name="Seconds">How long it took.</param>
internal sealed record CheckResult(string Name, CheckState State, string Detail, double Seconds)
{
    /// <summary>What went wrong; <c>null</c> where nothing did.</summary>
    public Exception? Error { get; init; }
}

/// <summary>How a check ended.</summary>
internal enum CheckState
{
    Ok,

    Skipped,

    Failed,
}
