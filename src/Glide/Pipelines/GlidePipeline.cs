using Glide.ModelStore;
using Glide.Pipelines.Clip;
using Glide.Pipelines.Playing;
using Glide.Tokenization;
using static TorchSharp.torch;

namespace Glide.Pipelines;

/// <summary>The models of a set, ready to make pictures. Networks are loaded when they are first wanted.</summary>
public sealed class GlidePipeline : IDisposable
{
    private readonly ModelSet _models;
    private readonly Engine _engine;
    private readonly NetworkPool _networks;
    private readonly Lazy<ClipJudge> _clip;
    private readonly Task<GlideTokenizer> _tokenizer;

    private GlidePipeline(ModelSet models, Engine engine, WeightFiles weights, Task<GlideTokenizer> tokenizer)
    {
        _models = models;
        _engine = engine;
        _networks = new NetworkPool(models, engine, weights);
        _tokenizer = tokenizer;
        _clip = new Lazy<ClipJudge>(() => ClipJudge.Load(models, engine));
    }

    /// <summary>Chooses the device and makes ready; loads no network yet.</summary>
    /// <param name="models">The set.</param>
    /// <param name="options">Where and in which number type its networks run.</param>
    /// <param name="expected">A recipe that will be run, whose weights may be unpacked meanwhile; <c>null</c> for none.</param>
    /// <exception cref="UsageException">The device is not there.</exception>
    public static GlidePipeline Open(ModelSet models, EngineOptions options, Recipe? expected = null)
    {
        // Loading libtorch, which Engine.Start does, takes as long as all of this.
        var weights = new WeightFiles(models);
        foreach (string network in new[] { expected?.Base.Network, expected?.Upsample?.Network }.OfType<string>())
            weights.Prepare(network);
        var tokenizer = Task.Run(GlideTokenizer.Load);
        try
        {
            return new GlidePipeline(models, Engine.Start(options, models), weights, tokenizer);
        }
        catch
        {
            weights.Dispose();
            throw;
        }
    }

    /// <summary>Makes pictures. Equal requests, recipe and models give equal pictures at every batch size.</summary>
    /// <param name="requests">The pictures.</param>
    /// <param name="recipe">How they are made.</param>
    /// <param name="options">Batch size, who gets the pictures, progress, cancellation.</param>
    /// <exception cref="UsageException">A step plan or sampler cannot be made.</exception>
    /// <exception cref="CheckpointException">A network's weights are missing or refused.</exception>
    /// <exception cref="ResourceException">Memory does not suffice.</exception>
    /// <exception cref="NumericsException">A network gave numbers that are not finite.</exception>
    /// <exception cref="OperationCanceledException">The run was stopped.</exception>
    public void Run(IReadOnlyList<PictureRequest> requests, Recipe recipe, RunOptions options)
    {
        using var noGradient = no_grad();
        var run = new CascadeRun(_models, _engine, _networks, new PromptEncoder(_tokenizer.GetAwaiter().GetResult(), options.Warn), recipe, options, _clip);
        run.Make(requests);
    }

    /// <summary>Finds the noise that pictures come from, in the requests' order.</summary>
    /// <param name="requests">The pictures as <see cref="PictureRequest.Start"/>, and their prompts; what is no square is padded, what is larger than the base draws is scaled down.</param>
    /// <param name="recipe">Network, steps and guidance; <see cref="StageRecipe.Strength"/> ends the climb earlier.</param>
    /// <param name="options">Batch size, progress, cancellation.</param>
    /// <exception cref="UsageException">The step plan cannot be made.</exception>
    /// <exception cref="CheckpointException">The network's weights are missing or refused.</exception>
    /// <exception cref="ResourceException">Memory does not suffice.</exception>
    /// <exception cref="NumericsException">The network gave numbers that are not finite.</exception>
    /// <exception cref="OperationCanceledException">The run was stopped.</exception>
    public IReadOnlyList<Latent> Invert(IReadOnlyList<PictureRequest> requests, StageRecipe recipe, RunOptions options)
    {
        using var noGradient = no_grad();
        return new InversionRun(_models, _engine, _networks, new PromptEncoder(_tokenizer.GetAwaiter().GetResult(), options.Warn), recipe, options).Find(requests);
    }

    /// <summary>What the pictures of a recipe depend on beside prompt and seed; loads no network.</summary>
    public RunSettings SettingsOf(Recipe recipe) => new()
    {
        Model = _models.Name,
        ModelHash = ModelHashes.Of(_models, recipe),
        Version = Installation.LibraryVersion,
        Device = _engine.DeviceName,
        Dtype = _engine.Precision.Name,
        Recipe = recipe,
    };

    /// <summary>
    /// Pictures per forward pass for runs that must come to the same bytes however they are divided. On a CPU the sums of
    /// a larger batch are added in another order, which may change a byte of a picture by one, so it is one there.
    /// </summary>
    public int ExactBatchSizeOf(Recipe recipe) => !_engine.IsCuda
        ? 1
        : BatchSizeOf(recipe);

    /// <summary>Pictures per forward pass where nobody says another number, by the memory there is.</summary>
    public int BatchSizeOf(Recipe recipe) => BatchSizes.Choose(_networks.SettingsOf((recipe.Upsample ?? recipe.Base).Network), _engine);

    /// <summary>Side of the pictures that a recipe's last stage makes.</summary>
    public int SizeOf(Recipe recipe) => SizeOf(recipe.Upsample ?? recipe.Base);

    /// <summary>Side of the pictures that a stage makes.</summary>
    public int SizeOf(StageRecipe stage) => _networks.SettingsOf(stage.Network).ImageSize;

    /// <inheritdoc/>
    public void Dispose()
    {
        _networks.Dispose();
        if (_clip.IsValueCreated)
            _clip.Value.Dispose();
    }
}
