namespace Glide.Tokenization;

/// <summary>Turns a prompt into the ids that a network reads.</summary>
internal interface ITokenizer
{
    /// <summary>All ids of a prompt, neither framed nor cut nor padded.</summary>
    IReadOnlyList<int> Encode(string prompt);

    /// <summary>The ids of a prompt, brought to a network's text context.</summary>
    /// <param name="prompt">Any text; lone surrogates count as U+FFFD.</param>
    /// <param name="textContext">How many ids the network reads.</param>
    /// <exception cref="ArgumentOutOfRangeException">The context has no room for a token.</exception>
    TokenSequence Tokenize(string prompt, int textContext);
}
