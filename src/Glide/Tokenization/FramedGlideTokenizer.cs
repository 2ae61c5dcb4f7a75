namespace Glide.Tokenization;

/// <summary>GLIDE's ids between a start and an end id, for a CLIP that was trained on them ("glide-bpe").</summary>
internal sealed class FramedGlideTokenizer : ITokenizer
{
    private readonly GlideTokenizer _inner;
    private readonly int _startId;
    private readonly int _endId;

    /// <summary>Frames a tokeniser's ids.</summary>
    public FramedGlideTokenizer(GlideTokenizer inner, int startId, int endId)
    {
        _inner = inner;
        _startId = startId;
        _endId = endId;
    }

    /// <inheritdoc/>
    public IReadOnlyList<int> Encode(string prompt) => _inner.Encode(prompt);

    /// <summary>Start, the prompt's ids, end, and zeros behind.</summary>
    /// <inheritdoc/>
    public TokenSequence Tokenize(string prompt, int textContext) =>
        TokenSequence.Frame(_inner.EncodeText(prompt), prompt, textContext, _startId, _endId);
}
