using Glide.Checkpoints;
using Glide.ModelSets;
using Glide.Runtime;
using Glide.Tokenizers;
using static TorchSharp.torch;

namespace Glide.Pipelines;

/// <summary>The models of a set, ready to make images. Networks are loaded when they are first wanted.</summary>
public sealed class GlidePipeline : IDisposable
{
    private readonly ModelSet _models;
    private readonly ModelHashes _hashes;
    private readonly Loras _loras;
    private readonly TorchRuntime _runtime;
    private readonly ModelCache _networks;
    private readonly Lazy<ClipModel> _clip;
    private readonly Task<GlideTokenizer> _tokenizer;

    private GlidePipeline(ModelSet models, TorchRuntime runtime, WeightPrefetch weights, Task<GlideTokenizer> tokenizer,
        Loras loras)
    {
        _models = models;
        _loras = loras;
        _hashes = new ModelHashes(models, loras);
        _runtime = runtime;
        _networks = new ModelCache(models, runtime, weights) { Loras = loras };
        _tokenizer = tokenizer;
        _clip = new Lazy<ClipModel>(() => ClipModel.Load(models, runtime, text => _networks.Warn?.Invoke(text)));
    }

    /// <summary>Chooses the device and makes ready; loads no network yet.</summary>
    /// <param name="models">The set.</param>
    /// <param name="options">Where and in which number type its networks run.</param>
    /// <param name="expected">A recipe that will be run, whose weights may be unpacked meanwhile; <c>null</c> for
    /// none.</param>
    /// <exception cref="UsageException">The device is not there.</exception>
    /// <exception cref="CheckpointException">A file that the user gave does not fit its network.</exception>
    /// <exception cref="ResourceException">There is too little memory to load libtorch.</exception>
    public static GlidePipeline Open(ModelSet models, DeviceOptions options, Recipe? expected = null)
    {
        MemoryBudget.RequireLibraries();
        GzipFile.LookUpFunctions();
        // Loading libtorch, which TorchRuntime.Start does, takes as long as all of this.
        var weights = new WeightPrefetch(models);
        foreach (string network in expected?.Networks ?? [])
            weights.Prepare(network);
        var tokenizer = Task.Run(GlideTokenizer.Load);
        try
        {
            var runtime = TorchRuntime.Start(options, models);
            // Before anything is drawn: an upsampler that does not fit would be found out after the first image.
            foreach (string network in models.Given.Keys)
            {
                using var checkpoint = models.OpenWeights(network);
                NetworkCheck.Fit(models, network, checkpoint);
            }
            return new GlidePipeline(models, runtime, weights, tokenizer, Loras.Open(models));
        }
        catch
        {
            weights.Dispose();
            throw;
        }
    }

    /// <summary>Makes images. Equal requests, recipe and models give equal images at every batch size.</summary>
    /// <param name="requests">The images.</param>
    /// <param name="recipe">How they are made.</param>
    /// <param name="options">Batch size, who gets the images, progress, cancellation.</param>
    /// <exception cref="UsageException">A step plan or sampler cannot be made.</exception>
    /// <exception cref="CheckpointException">A network's weights are missing or refused.</exception>
    /// <exception cref="ResourceException">Memory does not suffice.</exception>
    /// <exception cref="NumericsException">A network gave numbers that are not finite.</exception>
    /// <exception cref="OperationCanceledException">The run was stopped.</exception>
    public void Run(IReadOnlyList<ImageRequest> requests, Recipe recipe, RunOptions options)
    {
        using var noGradient = no_grad();
        RequireWeights(requests, recipe);
        _loras.WarnOfUnused(recipe, options.Warn);
        var run = new Cascade(Context(options), recipe, options, _clip);
        run.Make(requests);
    }

    /// <summary>Finds the noise that images come from, in the requests' order.</summary>
    /// <param name="requests">The images as <see cref="ImageRequest.Start"/>, and their prompts; what is no square is
    /// padded, what is larger than the base draws is scaled down.</param>
    /// <param name="recipe">Network, steps and guidance; <see cref="StageRecipe.Strength"/> ends the climb
    /// earlier.</param>
    /// <param name="options">Batch size, progress, cancellation.</param>
    /// <exception cref="UsageException">The step plan cannot be made.</exception>
    /// <exception cref="CheckpointException">The network's weights are missing or refused.</exception>
    /// <exception cref="ResourceException">Memory does not suffice.</exception>
    /// <exception cref="NumericsException">The network gave numbers that are not finite.</exception>
    /// <exception cref="OperationCanceledException">The run was stopped.</exception>
    internal IReadOnlyList<InvertedNoise> Invert(IReadOnlyList<ImageRequest> requests, StageRecipe recipe,
        RunOptions options)
    {
        using var noGradient = no_grad();
        return new InversionRun(Context(options), recipe, options).Find(requests);
    }

    /// <summary>What the images of a recipe depend on beside prompt and seed; loads no network.</summary>
    internal RunSettings SettingsOf(Recipe recipe) => new()
    {
        Model = _models.Name,
        ModelHash = _hashes.Of(recipe),
        Weights = _hashes.Given(recipe),
        Loras = _hashes.LorasOf(recipe),
        Version = ImageMetadata.LibraryVersion,
        Device = _runtime.DeviceName,
        Dtype = _runtime.Precision.Name,
        Recipe = recipe,
    };

    /// <summary>
    /// Makes images so that they come to the same bytes however a batch is divided: on a CPU each in a pass of its own,
    /// several at a time; on a GPU together.
    /// </summary>
    /// <inheritdoc cref="Run"/>
    internal void RunInParallel(IReadOnlyList<ImageRequest> requests, Recipe recipe, RunOptions options)
    {
        int count = options.BatchSize ?? CountInParallel(recipe);
        if (_runtime.IsCuda || !CanRunInParallel(recipe) || !TryLoadAll(recipe, options))
        {
            RunInChunks(requests, recipe, options with { BatchSize = _runtime.IsCuda ? count : 1 });
        }
        else
        {
            new ParallelRunner(_runtime.Threads, _runtime.Threads / MostInParallel, (some, ofSome) =>
                Run(some, recipe, ofSome)).Make(requests, count, options);
        }
    }

    /// <summary>
    /// Makes many images so that each is handed on soon after it was begun, also where memory holds one network only.
    /// </summary>
    /// <inheritdoc cref="Run"/>
    internal void RunInChunks(IReadOnlyList<ImageRequest> requests, Recipe recipe, RunOptions options)
    {
        int size = TryLoadAll(recipe, options)
            ? Math.Max(1, requests.Count)
            : Math.Max(options.BatchSize ?? 1, BatchSizes.MostOnCpu);
        new ChunkedRunner(size, (some, ofSome) => Run(some, recipe, ofSome)).Make(requests, options);
    }

    /// <summary>Images that <see cref="RunInParallel"/> makes at a time when nobody says how many.</summary>
    /// <param name="recipe">How they are made.</param>
    /// <param name="further">Further prompts of an image at most.</param>
    internal int CountInParallel(Recipe recipe, int further = 0)
    {
        int most = BatchSizeOf(recipe, further);
        if (_runtime.IsCuda)
            return most;
        return CanRunInParallel(recipe) ? Math.Min(most, MostInParallel) : 1;
    }

    /// <summary>Images per forward pass where nobody says another number, by the memory there is.</summary>
    /// <param name="recipe">How they are made.</param>
    /// <param name="further">Further prompts of an image at most.</param>
    internal int BatchSizeOf(Recipe recipe, int further = 0) =>
        BatchSizes.Choose(_networks, recipe, _runtime, further);

    /// <summary>Side of the images that the network of a recipe's last stage was trained on.</summary>
    internal int SizeOf(Recipe recipe) => SizeOf(recipe.Last);

    /// <summary>Side of the images that the network of a stage was trained on.</summary>
    internal int SizeOf(StageRecipe stage) => _networks.SettingsOf(stage.Network).ImageSize;

    // Before anything is drawn; what the images begin with needs no network.
    private void RequireWeights(IReadOnlyList<ImageRequest> requests, Recipe recipe)
    {
        bool begins = requests.Count > 0 && requests.All(request => request.Small is null);
        for (int stage = begins ? 0 : 1; stage < recipe.Stages.Count; stage++)
        {
            _ = _models.WeightsOf(recipe.Stages[stage].Network,
                begins && stage > 0 ? "stop at the small image with --no-upsample" : null);
        }
    }

    private RunContext Context(RunOptions options)
    {
        if (_runtime.IsCuda)
            CudaLibrary.Notice.Say(options.Warn);
        _networks.Warn = options.Warn;
        var prompts = new PromptEncoder(_tokenizer.GetAwaiter().GetResult(), options.Warn);
        return new RunContext(_models, _hashes, _runtime, _networks, prompts);
    }

    // The threads decide it and not the memory, which differs from run to run: an image's share must not change.
    private int MostInParallel => Math.Min(BatchSizes.MostOnCpu, _runtime.Threads);

    // There is one CLIP, whose gradients on several threads would meet.
    private static bool CanRunInParallel(Recipe recipe) => recipe.Base.ClipScale is not > 0;

    // Passes on several threads must not load and free networks under each other.
    private bool TryLoadAll(Recipe recipe, RunOptions options)
    {
        _networks.Warn = options.Warn;
        if (!_networks.CanHold(recipe.Networks))
            return false;
        foreach (string network in recipe.Networks)
            _ = _networks.Get(network);
        return true;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _networks.Dispose();
        if (_clip.IsValueCreated)
            _clip.Value.Dispose();
    }
}

/// <summary>What every run of a pipeline works with.</summary>
/// <param name="Models">The model set.</param>
/// <param name="Hashes">The hashes of its networks.</param>
/// <param name="Runtime">The device and number type.</param>
/// <param name="Networks">The networks that are loaded.</param>
/// <param name="Prompts">Encodes prompts.</param>
internal sealed record RunContext(
    ModelSet Models, ModelHashes Hashes, TorchRuntime Runtime, ModelCache Networks, PromptEncoder Prompts);
