namespace Microsoft.ML.Tokenizers;

/// <summary>What a <see cref="BpeTokenizer"/> is made of.</summary>
public sealed class BpeOptions
{
    /// <summary>Starts from a vocabulary: each token's text and id.</summary>
    public BpeOptions(IEnumerable<KeyValuePair<string, int>> vocabulary)
    {
        ArgumentNullException.ThrowIfNull(vocabulary);
        Vocabulary = vocabulary;
    }

    /// <summary>Each token's text and id.</summary>
    public IEnumerable<KeyValuePair<string, int>> Vocabulary { get; }

    /// <summary>Pairs of tokens with one space between them, the first to be merged first.</summary>
    public IEnumerable<string>? Merges { get; set; }

    /// <summary>Texts that stand for one id where a whole word equals them.</summary>
    public IReadOnlyDictionary<string, int>? SpecialTokens { get; set; }

    /// <summary>What is appended to the last symbol of a word before merging, such as <c>&lt;/w&gt;</c>.</summary>
    public string? EndOfWordSuffix { get; set; }

    /// <summary>Whether a symbol is a byte of the text's UTF-8, written as GPT-2 writes bytes, rather than a character.</summary>
    public bool ByteLevel { get; set; }
}
