using System.Diagnostics;
using Glide.Diffusion;
using Glide.Editing;
using Glide.Images;
using Glide.Inversion;
using Glide.ModelSets;
using Glide.Runtime;
using static TorchSharp.torch;

namespace Glide.Pipelines;

/// <summary>One run over both stages: batches, the order of loading, rounding between the stages, records.</summary>
internal sealed class CascadeRun(
    ModelSet models, ModelHashes hashes, Engine engine, NetworkPool networks, PromptEncoder prompts, Recipe recipe, RunOptions options, Lazy<ClipJudge> clip)
{
    private Dictionary<string, int> _candidates = [];
    private int _done;
    private int _total;

    /// <summary>Makes the pictures in the order of the requests.</summary>
    public void Make(IReadOnlyList<PictureRequest> requests)
    {
        _total = requests.Count;
        _candidates = requests.CountBy(request => request.Prompt).ToDictionary();
        // Where memory holds one network only, all small pictures are drawn before the first is enlarged.
        bool keepsBoth = recipe.Upsample is null || networks.CanKeep([recipe.Base.Network, recipe.Upsample.Network]);
        if (!keepsBoth)
            networks.Release(recipe.Upsample!.Network);
        int batch = options.BatchSize ?? BatchSizes.Choose(networks.SettingsOf((recipe.Upsample ?? recipe.Base).Network), engine);
        var waiting = new Queue<Drawn>();
        try
        {
            foreach (var drawn in options.Cull is { } culling ? DrawCulled(requests, batch, culling) : DrawAll(requests, batch))
            {
                waiting.Enqueue(drawn);
                if (keepsBoth && options.KeepBest is null)
                    Finish(waiting.Dequeue());
            }
            if (options.KeepBest is { } best)
                KeepBest(waiting, best);
            if (!keepsBoth)
                networks.Release(recipe.Base.Network);
            while (waiting.TryDequeue(out var drawn))
                Finish(drawn);
            options.StopAfterBatch.ThrowIfCancellationRequested();
        }
        finally
        {
            foreach (var drawn in waiting)
                drawn.Dispose();
        }
    }

    private IEnumerable<Drawn> DrawAll(IReadOnlyList<PictureRequest> requests, int batch)
    {
        int first = 0;
        foreach (var chunk in requests.Chunk(batch))
        {
            if (options.StopAfterBatch.IsCancellationRequested)
                yield break;
            yield return Draw(chunk, [.. Enumerable.Range(first, chunk.Length)]);
            first += chunk.Length;
        }
    }

    private Drawn Draw(PictureRequest[] requests, int[] numbers)
    {
        if (requests[0].Small is not null)
        {
            var behind = Stage.NoiseBehind(recipe.Base, networks.SettingsOf(recipe.Base.Network), [.. requests.Select(request => request.Seed)], engine.Device);
            return new Drawn(requests, numbers, [.. requests.Select(request => request.Small!)], behind, TimeSpan.Zero);
        }
        var clock = Stopwatch.StartNew();
        var stage = NewStage(recipe.Base);
        var noise = stage.NewNoise([.. requests.Select(request => request.Seed)]);
        try
        {
            using var scope = NewDisposeScope();
            var x = stage.Run(GuidedRows(requests), noise, ReportBase(stage, numbers[0], requests.Length), options.Cancellation, Forming(BaseName, numbers));
            return new Drawn(requests, numbers, ImageTensors.FromTensor(x), noise, clock.Elapsed);
        }
        catch
        {
            noise.Dispose();
            throw;
        }
    }

    // Every batch rests where it is culled, since the candidates of one prompt may lie in several.
    private IEnumerable<Drawn> DrawCulled(IReadOnlyList<PictureRequest> requests, int batch, Culling culling)
    {
        var begun = new List<BegunBatch>();
        try
        {
            int first = 0;
            foreach (var chunk in requests.Chunk(batch))
            {
                begun.Add(Begin(chunk, [.. Enumerable.Range(first, chunk.Length)], culling));
                first += chunk.Length;
            }
            culling.Apply(begun);
            _total = begun.Sum(left => left.Requests.Length);
            first = 0;
            foreach (var left in begun.Where(left => left.Requests.Length > 0))
            {
                yield return GoOn(left, first);
                first += left.Requests.Length;
            }
        }
        finally
        {
            begun.ForEach(left => left.Dispose());
        }
    }

    private BegunBatch Begin(PictureRequest[] requests, int[] numbers, Culling culling)
    {
        var clock = Stopwatch.StartNew();
        var stage = NewStage(recipe.Base);
        var noise = stage.NewNoise([.. requests.Select(request => request.Seed)]);
        try
        {
            using var scope = NewDisposeScope();
            var resting = stage.Begin(GuidedRows(requests), noise, culling, ReportBase(stage, numbers[0], requests.Length), options.Cancellation, Forming(BaseName, numbers));
            double[] scores = clip.Value.ScoresOfNoisy(resting.X, resting.Timestep, [.. requests.Select(request => request.Prompt)]);
            return new BegunBatch(requests, numbers, noise, resting, scores, clock.Elapsed);
        }
        catch
        {
            noise.Dispose();
            throw;
        }
    }

    private Drawn GoOn(BegunBatch begun, int first)
    {
        var clock = Stopwatch.StartNew();
        var stage = NewStage(recipe.Base);
        using var scope = NewDisposeScope();
        var x = stage.Finish(begun.Resting, GuidedRows(begun.Requests), begun.Noise, ReportBase(stage, first, begun.Requests.Length, begun.Resting.Done), options.Cancellation, Forming(BaseName, begun.Numbers));
        return new Drawn(begun.Requests, begun.Numbers, ImageTensors.FromTensor(x), begun.TakeNoise(), begun.Time + clock.Elapsed) { CullScores = begun.Scores };
    }

    // Which pictures are enlarged at all is known when all small ones are there.
    private void KeepBest(Queue<Drawn> waiting, int best)
    {
        var scored = waiting.Select(drawn => drawn with { Scores = clip.Value.ScoresOfPairs(drawn.Images, [.. drawn.Requests.Select(request => request.Prompt)]) }).ToArray();
        var kept = scored
            .SelectMany(drawn => drawn.Scores!.Select((score, row) => (Drawn: drawn, Row: row, Score: score)))
            .GroupBy(candidate => candidate.Drawn.Requests[candidate.Row].Prompt)
            .SelectMany(candidates => candidates.OrderByDescending(candidate => candidate.Score).Take(best))
            .ToLookup(candidate => candidate.Drawn, candidate => candidate.Row);
        waiting.Clear();
        foreach (var drawn in scored)
        {
            if (kept[drawn].Any())
                waiting.Enqueue(drawn.Keep([.. kept[drawn].Order()]));
            else
                drawn.Dispose();
        }
        _total = kept.Sum(rows => rows.Count());
    }

    private void Finish(Drawn drawn)
    {
        using (drawn)
        {
            var clock = Stopwatch.StartNew();
            var images = recipe.Upsample is null ? drawn.Images : Enlarge(drawn, recipe.Upsample);
            double seconds = (drawn.Time + clock.Elapsed).TotalSeconds / images.Length;
            for (int row = 0; row < images.Length; row++)
            {
                _done++;
                options.Finished(new Picture(images[row], drawn.Images[row], RecordOf(drawn, row, images[row]), seconds) { Number = drawn.Numbers[row] });
            }
        }
    }

    private RgbImage[] Enlarge(Drawn drawn, StageRecipe upsample)
    {
        using var scope = NewDisposeScope();
        // From the 8-bit pictures: the original rounds between the stages too.
        var lowRes = cat(drawn.Images.Select(ImageTensors.ToTensor).ToArray(), dim: 0).to(engine.Device);
        var stage = NewStage(upsample);
        var x = stage.Run(Rows(drawn.Requests, upsample) with { LowRes = lowRes }, drawn.Noise, Report("upsample", stage.Steps, _done, drawn.Requests.Length), options.Cancellation, Forming("upsample", drawn.Numbers));
        return ImageTensors.FromTensor(x);
    }

    private Stage NewStage(StageRecipe stage) => new(networks.Get(stage.Network), networks.SettingsOf(stage.Network), stage, prompts);

    // Of the base, with CLIP's guidance where the recipe has it; the tensors are the caller's scope's.
    private StageRows GuidedRows(PictureRequest[] requests)
    {
        var rows = Rows(requests, recipe.Base);
        return recipe.Base.ClipScale is > 0 and { } scale ? rows with { Gradient = clip.Value.Towards(clip.Value.Read(rows.Prompts), scale) } : rows;
    }

    // The tensors are the caller's scope's.
    private StageRows Rows(PictureRequest[] requests, StageRecipe stage)
    {
        var rows = new StageRows
        {
            Prompts = [.. requests.Select(request => request.Prompt)],
            Negatives = [.. requests.Select(request => request.Negative)],
            Seeds = [.. requests.Select(request => request.Seed)],
        };
        var settings = networks.SettingsOf(stage.Network);
        if (requests.Any(request => request.Blend is not null))
            rows = rows with { Blends = [.. requests.Select(request => request.Blend)] };
        rows = SourceRows.AddKnown(rows, requests, settings.ImageSize, networks.SettingsOf(recipe.Base.Network).ImageSize, engine.Device);
        if (stage == recipe.Base && settings.Upsample)
            return SourceRows.AddEnlarged(rows, requests, BatchSizes.WindowsAtOnce(settings), engine.Device);
        if (stage == recipe.Base)
            rows = LatentRows.Add(rows, requests, engine.Device);
        return stage.Strength is null || rows.Latent is not null ? rows : SourceRows.AddStart(rows, requests, settings.ImageSize, engine.Device);
    }

    // An enlarging alone has the second network in the first place.
    private string BaseName => networks.SettingsOf(recipe.Base.Network).Upsample ? "upsample" : "base";

    private StageProgress ReportBase(Stage stage, int first, int rows, int done = 0) => Report(BaseName, stage.Steps, first, rows, done);

    private StageProgress Report(string stage, int steps, int first, int rows, int done = 0)
    {
        var progress = new StageProgress(step => options.Progress?.Report(new GenerationProgress(stage, step.Done, step.Total, first, rows, _done, _total)));
        progress.Report(new SamplingProgress(done, steps));
        return progress;
    }

    private Action<SamplingProgress, Tensor>? Forming(string stage, int[] numbers) => options.Forming is not { } show
        ? null
        : (step, x0) => show(new FormingPictures(stage, step.Done, step.Total, numbers, ImageTensors.FromTensor(x0)));

    private PictureRecord RecordOf(Drawn drawn, int row, RgbImage image) => new()
    {
        Task = options.Task,
        Prompt = drawn.Requests[row].Prompt,
        Negative = drawn.Requests[row].Negative,
        Seed = drawn.Requests[row].Seed,
        Model = models.Name,
        ModelHash = hashes.Of(recipe),
        Version = Installation.LibraryVersion,
        Device = engine.DeviceName,
        Dtype = engine.Precision.Name,
        // Side by side with others a picture has its share of them only.
        Threads = get_num_threads(),
        Recipe = recipe,
        Score = drawn.Scores?[row],
        Choice = drawn.Scores is null ? null : new PictureChoice(_candidates[drawn.Requests[row].Prompt]) { Cull = options.Cull?.ToString(), ScoreAtCull = drawn.CullScores?[row] },
        Width = image.Width,
        Height = image.Height,
    };

    /// <summary>Small pictures on their way to the second stage, with the generators that go on there.</summary>
    private sealed record Drawn(PictureRequest[] Requests, int[] Numbers, RgbImage[] Images, NoiseSource Noise, TimeSpan Time) : IDisposable
    {
        /// <summary>CLIP's scores of the pictures, where they were asked for.</summary>
        public double[]? Scores { get; init; }

        /// <summary>Their scores when others were culled.</summary>
        public double[]? CullScores { get; init; }

        /// <summary>Some of the pictures; takes the generators over.</summary>
        public Drawn Keep(int[] rows) => this with
        {
            Requests = [.. rows.Select(row => Requests[row])],
            Numbers = [.. rows.Select(row => Numbers[row])],
            Images = [.. rows.Select(row => Images[row])],
            Scores = [.. rows.Select(row => Scores![row])],
            CullScores = CullScores is null ? null : [.. rows.Select(row => CullScores[row])],
            Noise = Noise.Keep(rows),
        };

        public void Dispose() => Noise.Dispose();
    }

    /// <summary>Reports at once and in order.</summary>
    private sealed class StageProgress(Action<SamplingProgress> report) : IProgress<SamplingProgress>
    {
        public void Report(SamplingProgress value) => report(value);
    }
}
