namespace Glide.Tokenization;

/// <summary>What is left of a prompt that is longer than the text context.</summary>
/// <param name="KeptTokens">How many of the prompt's own ids the network reads; start and end ids do not count.</param>
/// <param name="TotalTokens">How many the whole prompt has.</param>
/// <param name="KeptEnd">The last characters, at most twenty, of the part that was kept.</param>
internal sealed record PromptCut(int KeptTokens, int TotalTokens, string KeptEnd)
{
    private const int ShownCharacters = 20;

    /// <summary>Says it to the user.</summary>
    public string Message => $"the prompt is cut to {KeptTokens} of {TotalTokens} tokens at '{KeptEnd}'";

    /// <summary>Describes a cut.</summary>
    /// <param name="encoded">The whole prompt.</param>
    /// <param name="source">The prompt's text before it was lower-cased.</param>
    /// <param name="keptTokens">How many ids are kept.</param>
    /// <returns>Null if all ids are kept.</returns>
    internal static PromptCut? Of(EncodedText encoded, string source, int keptTokens)
    {
        if (encoded.Ids.Count <= keptTokens)
            return null;
        int end = LowerCase.SourceLength(source, encoded.CharactersIn(keptTokens));
        int start = Math.Max(0, end - ShownCharacters);
        if (start < end && char.IsLowSurrogate(source[start]))
            start++;
        return new PromptCut(keptTokens, encoded.Ids.Count, source[start..end]);
    }
}
