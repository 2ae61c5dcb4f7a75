using System.Diagnostics;
using Glide.Diffusion;
using Glide.Images;
using static TorchSharp.torch;

namespace Glide.Pipelines;

/// <summary>One run over all stages: batches, the order of loading, rounding between the stages, records.</summary>
internal sealed class Cascade(RunContext context, Recipe recipe, RunOptions options, Lazy<ClipModel> clip)
{
    private readonly ModelCache _networks = context.Networks;
    private readonly TorchRuntime _runtime = context.Runtime;
    private Dictionary<string, int> _candidates = [];
    private int _done;
    private int _total;

    /// <summary>Makes the images in the order of the requests.</summary>
    public void Make(IReadOnlyList<ImageRequest> requests)
    {
        _total = requests.Count;
        _candidates = requests.CountBy(request => request.JoinedPrompt).ToDictionary();
        // Where memory cannot hold all networks, each stage is made for all images before the next one begins.
        bool keepsAll = recipe.Stages.Count == 1 || _networks.CanKeep(recipe.Networks);
        if (!keepsAll)
            recipe.Networks.Skip(1).ToList().ForEach(_networks.Release);
        int batch = options.BatchSize ?? BatchSizes.Choose(_networks, recipe, _runtime,
            requests.Max(request => request.And.Guiding.Count));
        var waiting = new Queue<BaseSamples>();
        try
        {
            foreach (var drawn in options.Cull is { } pruning
                ? DrawCulled(requests, batch, pruning)
                : DrawAll(requests, batch))
            {
                waiting.Enqueue(drawn);
                if (keepsAll && options.KeepBest is null)
                    Finish(waiting.Dequeue());
            }
            if (options.KeepBest is { } best)
                KeepBest(waiting, best);
            for (int stage = 1; stage < recipe.Stages.Count && !keepsAll; stage++)
            {
                Release(stage - 1);
                if (stage < recipe.Stages.Count - 1)
                    waiting = new Queue<BaseSamples>(waiting.Select(drawn => Enlarged(drawn, stage)).ToList());
            }
            while (waiting.TryDequeue(out var drawn))
                Finish(drawn);
            options.StopAfterBatch.ThrowIfCancellationRequested();
        }
        finally
        {
            waiting.ToList().ForEach(drawn => drawn.Dispose());
        }
    }

    // A network that a later stage has too stays.
    private void Release(int stage)
    {
        string network = recipe.Stages[stage].Network;
        if (recipe.Stages.Skip(stage + 1).All(later => later.Network != network))
            _networks.Release(network);
    }

    private IEnumerable<BaseSamples> DrawAll(IReadOnlyList<ImageRequest> requests, int batch)
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

    private BaseSamples Draw(ImageRequest[] requests, int[] numbers)
    {
        if (requests[0].Small is not null)
            return Given(requests, numbers);
        var clock = Stopwatch.StartNew();
        var stage = NewStage(recipe.Base);
        var noise = stage.NewNoise([.. requests.Select(request => request.Seed)]);
        try
        {
            using var scope = NewDisposeScope();
            var x = stage.Run(GuidedRows(requests), noise, Callbacks(BaseName, stage, numbers[0], numbers));
            return new BaseSamples(requests, numbers, ImageTensors.FromTensor(x), noise, clock.Elapsed);
        }
        catch
        {
            noise.Dispose();
            throw;
        }
    }

    // Every batch rests where it is culled, since the candidates of one prompt may lie in several.
    private IEnumerable<BaseSamples> DrawCulled(IReadOnlyList<ImageRequest> requests, int batch, EarlyPruning culling)
    {
        var begun = new List<PausedBatch>();
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

    private PausedBatch Begin(ImageRequest[] requests, int[] numbers, EarlyPruning culling)
    {
        var clock = Stopwatch.StartNew();
        var stage = NewStage(recipe.Base);
        var noise = stage.NewNoise([.. requests.Select(request => request.Seed)]);
        try
        {
            using var scope = NewDisposeScope();
            var resting = stage.Begin(GuidedRows(requests), noise, culling,
                Callbacks(BaseName, stage, numbers[0], numbers));
            double[] scores = clip.Value.ScoresOfNoisy(resting.X, resting.Timestep,
                Described(requests));
            return new PausedBatch(requests, numbers, noise, resting, scores, clock.Elapsed);
        }
        catch
        {
            noise.Dispose();
            throw;
        }
    }

    // Drawn before: only the later stages run, with the generators as the first stage leaves them.
    private BaseSamples Given(ImageRequest[] requests, int[] numbers) => new(
        requests, numbers, [.. requests.Select(request => request.Small!)],
        Stage.NoiseBehind(recipe.Base, _networks.SettingsOf(recipe.Base.Network),
            [.. requests.Select(request => request.Seed)], _runtime.Device), TimeSpan.Zero);

    private BaseSamples GoOn(PausedBatch begun, int first)
    {
        var clock = Stopwatch.StartNew();
        var stage = NewStage(recipe.Base);
        using var scope = NewDisposeScope();
        var x = stage.Finish(begun.Resting, GuidedRows(begun.Requests), begun.Noise,
            Callbacks(BaseName, stage, first, begun.Numbers, begun.Resting.Done));
        var time = begun.Time + clock.Elapsed;
        return new BaseSamples(begun.Requests, begun.Numbers, ImageTensors.FromTensor(x), begun.TakeNoise(), time)
        {
            CullScores = begun.Scores,
        };
    }

    // Which images are enlarged at all is known when all small ones are there.
    private void KeepBest(Queue<BaseSamples> waiting, int best)
    {
        var scored = waiting.Select(drawn => drawn with
        {
            Scores = clip.Value.ScoresOfPairs(drawn.Images, Described(drawn.Requests)),
        }).ToArray();
        var kept = scored
            .SelectMany(drawn => drawn.Scores!.Select((score, row) => (BaseSamples: drawn, Row: row, Score: score)))
            .GroupBy(candidate => candidate.BaseSamples.Requests[candidate.Row].JoinedPrompt)
            .SelectMany(candidates => candidates.OrderByDescending(candidate => candidate.Score).Take(best))
            .ToLookup(candidate => candidate.BaseSamples, candidate => candidate.Row);
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

    private void Finish(BaseSamples drawn)
    {
        using (drawn)
        {
            var done = drawn;
            for (int stage = drawn.StagesDone; stage < recipe.Stages.Count; stage++)
                done = Enlarged(done, stage);
            double seconds = done.Time.TotalSeconds / done.Images.Length;
            for (int row = 0; row < done.Images.Length; row++)
            {
                _done++;
                var record = RecordOf(done, row);
                options.Finished(new GeneratedImage(done.Images[row], done.Small[row], record, seconds)
                {
                    Number = done.Numbers[row],
                });
            }
        }
    }

    private BaseSamples Enlarged(BaseSamples drawn, int place)
    {
        var clock = Stopwatch.StartNew();
        using var scope = NewDisposeScope();
        // From the 8-bit images: the original rounds between the stages too.
        var lowRes = cat(drawn.Images.Select(ImageTensors.ToTensor).ToArray(), dim: 0).to(_runtime.Device);
        var stage = NewStage(recipe.Stages[place]);
        var x = stage.Run(
            Rows(drawn.Requests, place) with { LowRes = lowRes }, drawn.Noise,
            Callbacks(Recipe.NameOf(place), stage, _done, drawn.Numbers));
        return drawn with
        {
            Images = ImageTensors.FromTensor(x),
            StagesDone = place + 1,
            Time = drawn.Time + clock.Elapsed,
        };
    }

    private Stage NewStage(StageRecipe stage) =>
        new(_networks.Get(stage.Network), stage, context.Prompts);

    // The first stage's inputs, with CLIP guidance if the recipe asks for it. The caller's scope owns the tensors.
    private StageInputs GuidedRows(ImageRequest[] requests)
    {
        var rows = Rows(requests, place: 0);
        return recipe.Base.ClipScale is > 0 and { } scale
            ? rows with { Gradient = clip.Value.Towards(clip.Value.Read(Described(requests)), scale) }
            : rows;
    }

    private StageInputs Rows(ImageRequest[] requests, int place)
    {
        var stage = recipe.Stages[place];
        var settings = _networks.SettingsOf(stage.Network);
        // Later stages add detail to what is there already: each reads all prompts as one.
        var rows = StageInputs.Of(requests, composes: place == 0 && !settings.Upsample);
        rows = InitImageInputs.AddKnown(rows, requests, settings.ImageSize,
            _networks.SettingsOf(recipe.Base.Network).ImageSize, _runtime.Device);
        if (place == 0 && settings.Upsample)
            return InitImageInputs.AddEnlarged(rows, requests, BatchSizes.WindowsAtOnce(settings), _runtime.Device);
        if (place == 0)
            rows = InversionInputs.Add(rows, requests, _runtime.Device);
        return stage.Strength is null || rows.InvertedNoise is not null
            ? rows
            : InitImageInputs.AddStart(rows, requests, _networks.SizeOf(stage), _runtime.Device);
    }

    private static string[] Described(ImageRequest[] requests) =>
        [.. requests.Select(request => request.JoinedPrompt)];

    private string BaseName => Recipe.NameOf(_networks.SettingsOf(recipe.Base.Network).Upsample ? 1 : 0);

    private StepCallbacks Callbacks(string name, Stage stage, int first, int[] numbers, int done = 0)
    {
        var progress = new ImmediateProgress<SamplingProgress>(step => options.Progress?.Report(
            new GenerationProgress(name, step.Done, step.Total, first, numbers.Length, _done, _total)));
        progress.Report(new SamplingProgress(done, stage.Steps));
        return new StepCallbacks
        {
            Progress = progress,
            Preview = options.Preview is not { } show ? null
                : (step, x0) =>
                    show(new StepPreview(name, step.Done, step.Total, numbers, ImageTensors.FromTensor(x0))),
            Cancellation = options.Cancellation,
        };
    }

    private ImageMetadata RecordOf(BaseSamples drawn, int row) => new()
    {
        Task = options.Task,
        Prompt = drawn.Requests[row].Prompt,
        Negative = drawn.Requests[row].Negative,
        And = drawn.Requests[row].And.ToRecord(),
        Seed = drawn.Requests[row].Seed,
        Model = context.Models.Name,
        ModelHash = context.Hashes.Of(recipe),
        Weights = context.Hashes.Given(recipe),
        Loras = context.Hashes.LorasOf(recipe),
        Version = ImageMetadata.LibraryVersion,
        Device = _runtime.DeviceName,
        Dtype = _runtime.Precision.Name,
        Threads = get_num_threads(),
        Recipe = recipe,
        Score = drawn.Scores?[row],
        Choice = drawn.Scores is null ? null : new RerankChoice(_candidates[drawn.Requests[row].JoinedPrompt])
        {
            Cull = options.Cull?.ToString(),
            ScoreAtCull = drawn.CullScores?[row],
        },
        Width = drawn.Images[row].Width,
        Height = drawn.Images[row].Height,
    };
}
