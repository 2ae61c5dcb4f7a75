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

    /// <summary>Reads all rows below the header; an empty cell is a value that is not given.</summary>
    /// <exception cref="UsageException">The header has no <c>prompt</c> or names a column twice.</exception>
    public static List<BatchRow> Parse(IReadOnlyList<TextLine> lines, ICollection<RowFault> faults)
    {
        string[] texts = [.. lines.Select(line => line.Text)];
        var separator = SeparatorOf(texts);
        List<string>? header = null;
        var rows = new List<BatchRow>();
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
                    ? Header(cells, first + 1)
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
                rows.Add(Row(header, cells, first + 1));
            }
        }
        return rows;
    }

    // The one that the header is separated with; with a single column any will do.
    private static (char Character, string Name) SeparatorOf(string[] lines)
    {
        string header = lines.FirstOrDefault(line => !string.IsNullOrWhiteSpace(line)) ?? "";
        return s_separators.FirstOrDefault(
            separator => header.Split(separator.Character) is { Length: > 1 } cells
                && cells.Any(cell => BatchRow.OptionName(cell.Trim('"')) == "prompt"), s_separators[0]);
    }

    private static List<string> Header(List<string> cells, int line)
    {
        var names = cells.Select(BatchRow.OptionName).ToList();
        if (!names.Contains("prompt"))
        {
            throw new UsageException($"line {line}: the header has no column 'prompt'; found "
                + $"{string.Join(", ", names)}; name the columns in the first line");
        }
        if (names.FirstOrDefault(name => names.Count(other => other == name) > 1) is { } twice)
            throw new UsageException($"line {line}: the header names the column '{twice}' twice; leave one out");
        return names;
    }

    private static BatchRow Row(List<string> header, List<string> cells, int line)
    {
        var options = new Dictionary<string, string>();
        for (int column = 0; column < header.Count; column++)
        {
            if (header[column] != "prompt" && cells[column].Trim() is { Length: > 0 } value)
                options.Add(header[column], value);
        }
        return new BatchRow(line, cells[header.IndexOf("prompt")], options);
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
