using System.Text;

namespace Glide.Batches;

// prompt,seed,steps
// a red circle,7,
// "two, ""quoted""",,ddim50

/// <summary>
/// Comma-separated values (RFC 4180): a header, and quotes around values with commas, quotes or line ends. Spreadsheets
/// of many countries separate with semicolons, and others with tabs.
/// </summary>
internal static class CsvRows
{
    private static readonly (char Character, string Name)[] s_separators =
        [(',', "commas"), (';', "semicolons"), ('\t', "tabs")];

    /// <summary>Reads all rows of a batch; an empty cell is a value that is not given.</summary>
    /// <exception cref="UsageException">The header has no <c>prompt</c> or names a column twice.</exception>
    public static List<BatchRow> Parse(IReadOnlyList<TextLine> lines, ICollection<RowFault> faults) =>
        [.. Read(lines, [["prompt"]], faults).Select(BatchRowOf)];

    /// <summary>Reads all rows below the header.</summary>
    /// <param name="lines">The lines of the file.</param>
    /// <param name="needed">The columns that the header must have; each may have one of several names, written as
    /// <see cref="BatchRow.OptionName"/> gives them.</param>
    /// <param name="faults">Gets what is wrong with single rows.</param>
    /// <exception cref="UsageException">The header lacks a column or names one twice.</exception>
    public static List<CsvRow> Read(
        IReadOnlyList<TextLine> lines, IReadOnlyList<string[]> needed, ICollection<RowFault> faults)
    {
        string[] texts = [.. lines.Select(line => line.Text)];
        var separator = SeparatorOf(texts, needed);
        List<string>? header = null;
        var rows = new List<CsvRow>();
        for (int next = 0; next < lines.Count;)
        {
            int first = next;
            var cells = Record(texts, separator.Character, ref next, out string? fault);
            var unreadable = lines.Take(first..next).FirstOrDefault(line => line.Fault is not null);
            if (cells is [{ } only] && string.IsNullOrWhiteSpace(only))
                continue;
            if (header is null)
            {
                header = unreadable is null
                    ? Header(cells, needed, first + 1)
                    : throw new UsageException($"line {unreadable.Number}: {unreadable.Fault}");
            }
            else if (unreadable is not null)
            {
                faults.Add(new RowFault(unreadable.Number, unreadable.Fault!));
            }
            else if (fault is not null)
            {
                faults.Add(new RowFault(first + 1, fault));
            }
            else if (cells.Count != header.Count)
            {
                faults.Add(new RowFault(first + 1, $"found {Counted.Of(cells.Count, "value")} for the header's "
                    + $"{Counted.Of(header.Count, "column")}; put quotes around values with {separator.Name}"));
            }
            else
            {
                rows.Add(new CsvRow(first + 1, header, cells));
            }
        }
        return rows;
    }

    // The one that the header is separated with; with a single column any will do.
    private static (char Character, string Name) SeparatorOf(string[] lines, IReadOnlyList<string[]> needed)
    {
        string header = lines.FirstOrDefault(line => !string.IsNullOrWhiteSpace(line)) ?? "";
        return s_separators.FirstOrDefault(
            separator => header.Split(separator.Character) is { Length: > 1 } cells
                && cells.Any(cell => needed[0].Contains(BatchRow.OptionName(cell.Trim('"')))), s_separators[0]);
    }

    private static List<string> Header(List<string> cells, IReadOnlyList<string[]> needed, int line)
    {
        var names = cells.Select(BatchRow.OptionName).ToList();
        if (needed.FirstOrDefault(column => !column.Any(names.Contains)) is { } missing)
        {
            throw new UsageException($"line {line}: the header has no column '{string.Join("' or '", missing)}'; found "
                + $"{string.Join(", ", names)}; name the columns in the first line");
        }
        if (names.FirstOrDefault(name => names.Count(other => other == name) > 1) is { } twice)
            throw new UsageException($"line {line}: the header names the column '{twice}' twice; leave one out");
        return names;
    }

    private static BatchRow BatchRowOf(CsvRow row)
    {
        var options = new Dictionary<string, string>();
        for (int column = 0; column < row.Header.Count; column++)
        {
            if (row.Header[column] != "prompt" && row.Cells[column].Trim() is { Length: > 0 } value)
                options.Add(row.Header[column], value);
        }
        return new BatchRow(row.Line, row["prompt"]!, options);
    }

    private static List<string> Record(string[] lines, char separator, ref int next, out string? fault)
    {
        var cells = new List<string>();
        var cell = new StringBuilder();
        bool isQuoted = false;
        fault = null;
        string line = lines[next++];
        for (int i = 0; ; i++)
        {
            if (i == line.Length && isQuoted && next < lines.Length)
            {
                cell.Append('\n');
                line = lines[next++];
                i = -1;
            }
            else if (i == line.Length)
            {
                if (isQuoted)
                    fault = "a quote is opened and never closed";
                cells.Add(cell.ToString());
                return cells;
            }
            else if (isQuoted && line[i] == '"' && i + 1 < line.Length && line[i + 1] == '"')
            {
                cell.Append(line[i++]);
            }
            else if (line[i] == '"' && (isQuoted || cell.Length == 0))
            {
                isQuoted = !isQuoted;
            }
            else if (line[i] == separator && !isQuoted)
            {
                cells.Add(cell.ToString());
                cell.Clear();
            }
            else
            {
                cell.Append(line[i]);
            }
        }
    }
}

/// <summary>A row below the header.</summary>
/// <param name="Line">Line of the file that it begins in, from 1.</param>
/// <param name="Header">The names of the columns.</param>
/// <param name="Cells">As many values.</param>
internal sealed record CsvRow(int Line, IReadOnlyList<string> Header, IReadOnlyList<string> Cells)
{
    /// <summary>The value of the first of these columns that there is; <c>null</c> where there is none.</summary>
    public string? this[params string[] names]
    {
        get
        {
            foreach (string name in names)
            {
                for (int column = 0; column < Header.Count; column++)
                {
                    if (Header[column] == name)
                        return Cells[column];
                }
            }
            return null;
        }
    }
}
