namespace Microsoft.ML.Tokenizers;

/// <summary>Turns text into the ids of a vocabulary, and back.</summary>
public abstract class Tokenizer
{
    /// <summary>Ids of a text.</summary>
    /// <param name="text">The text; a lone surrogate counts as U+FFFD.</param>
    /// <param name="considerPreTokenization">Whether the text is split into words first.</param>
    /// <param name="considerNormalization">Whether the tokeniser's normaliser is applied, where it has one.</param>
    public IReadOnlyList<int> EncodeToIds(
        string text, bool considerPreTokenization = true, bool considerNormalization = true)
    {
        ArgumentNullException.ThrowIfNull(text);
        return EncodeToIds(text.AsSpan(), considerPreTokenization, considerNormalization);
    }

    /// <inheritdoc cref="EncodeToIds(string, bool, bool)"/>
    public IReadOnlyList<int> EncodeToIds(
        ReadOnlySpan<char> text, bool considerPreTokenization = true, bool considerNormalization = true) =>
        Encode(text, considerPreTokenization, considerNormalization);

    /// <summary>Text that ids stand for; ids that are not in the vocabulary are left out.</summary>
    public abstract string Decode(IEnumerable<int> ids);

    private protected abstract IReadOnlyList<int> Encode(
        ReadOnlySpan<char> text, bool considerPreTokenization, bool considerNormalization);
}
