namespace Glide.Cli.Output;

/// <summary>
/// Columns of text, as wide as they must be; no lines, no colors, so that other programs can read them.
/// </summary>
internal sealed class TextTable(params string[] header)
{
    private readonly List<string[]> _rows = [header];

    /// <summary>Adds a row of as many cells as the header has; cells may quote files that nobody trusts.</summary>
    public void Add(params string[] cells) => _rows.Add([.. cells.Select(Messages.OneLine)]);

    public void Write(TextWriter output)
    {
        int[] widths = [.. header.Select((_, column) => _rows.Max(row => row[column].Length))];
        foreach (string[] row in _rows)
            output.WriteLine(string.Join("  ", row.Select((cell, column) => cell.PadRight(widths[column]))).TrimEnd());
    }
}
