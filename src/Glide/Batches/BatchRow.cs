namespace Glide.Batches;

/// <summary>A row of a batch file.</summary>
/// <param name="Line">Line of the file that the row begins in, from 1.</param>
/// <param name="Prompt">The prompt, exactly as it stands there.</param>
/// <param name="Options">What the row says beside the prompt, by field name (<c>seed</c>, <c>steps</c>, ...), as text.</param>
public sealed record BatchRow(int Line, string Prompt, IReadOnlyDictionary<string, string> Options)
{
    /// <summary>Field names as the options are called: <c>guidance_scale</c> and <c>--guidance-scale</c> are <c>guidance-scale</c>.</summary>
    public static string OptionName(string field) => field.Trim().TrimStart('-').Replace('_', '-').ToLowerInvariant();
}
