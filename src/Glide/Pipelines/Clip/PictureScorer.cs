using Glide.Imaging;
using Glide.ModelStore;
using static TorchSharp.torch;

namespace Glide.Pipelines.Clip;

/// <summary>Scores finished pictures, without any network that draws.</summary>
public sealed class PictureScorer : IDisposable
{
    private readonly ClipJudge _judge;

    private PictureScorer(ClipJudge judge) => _judge = judge;

    /// <summary>Loads the CLIP of a model set.</summary>
    /// <exception cref="UsageException">The set has no CLIP, or the device is not there.</exception>
    /// <exception cref="CheckpointException">Weights are missing or refused.</exception>
    public static PictureScorer Open(ModelSet models, EngineOptions options) => new(ClipJudge.Load(models, Engine.Start(options)));

    /// <summary>Scores picture files.</summary>
    /// <param name="paths">Pictures of any size.</param>
    /// <param name="prompts">Prompts.</param>
    /// <param name="warn">Hears of prompts that are too long; <c>null</c> to hear nothing.</param>
    /// <exception cref="UsageException">A file cannot be read as a picture.</exception>
    public ScoreMatrix Score(IReadOnlyList<string> paths, IReadOnlyList<string> prompts, Action<string>? warn = null)
    {
        using var noGradient = no_grad();
        var pictures = paths.Select(path => ImageFile.Load(path).Image).ToArray();
        return new ScoreMatrix(prompts, _judge.Scores(pictures, prompts, warn));
    }

    /// <inheritdoc/>
    public void Dispose() => _judge.Dispose();
}
