using static TorchSharp.torch;

namespace Glide.Pipelines;

/// <summary>What a stage makes pictures from; the rows of all tensors belong to the same pictures. Whoever makes it keeps the tensors.</summary>
internal sealed record StageRows
{
    /// <summary>Prompts, one a picture.</summary>
    public required IReadOnlyList<string> Prompts { get; init; }

    /// <summary>What stands in place of the empty prompt, one a picture.</summary>
    public required IReadOnlyList<string> Negatives { get; init; }

    /// <summary>Pictures to be enlarged, [N, 3, s, s] in [−1, 1]; <c>null</c> for a base network.</summary>
    public Tensor? LowRes { get; init; }
}
