using System.Text;

namespace Glide.Batches;

/// <summary>Reads batch files: text, <c>.jsonl</c> and <c>.csv</c>, in UTF-8 with or without a byte order mark, with any line ends.</summary>
public static class BatchFile
{
    private static readonly UTF8Encoding s_strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>The format that a file's name stands for.</summary>
    public static BatchFormat FormatOf(string path) => Path.GetExtension(path).ToLowerInvariant() switch
    {
        ".jsonl" or ".ndjson" => BatchFormat.JsonLines,
        ".csv" => BatchFormat.Csv,
        _ => BatchFormat.Text,
    };

    /// <summary>Reads a whole file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="faults">Gets what is wrong with single rows.</param>
    /// <exception cref="UsageException">There is no such file, it is not UTF-8 text, or it has no rows.</exception>
    public static IReadOnlyList<BatchRow> Read(string path, ICollection<RowFault> faults) => Read(path, FormatOf(path), faults);

    /// <summary>Reads a whole file whose name does not tell its format.</summary>
    /// <inheritdoc cref="Read(string, ICollection{RowFault})"/>
    public static IReadOnlyList<BatchRow> Read(string path, BatchFormat format, ICollection<RowFault> faults)
    {
        byte[] bytes;
        try
        {
            if (Directory.Exists(path))
                throw new UsageException($"'{path}' is a folder; give a file of prompts: text, .jsonl or .csv");
            bytes = File.ReadAllBytes(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"the file of prompts cannot be read; '{path}'; {exception.Message}", exception);
        }
        return Parse(bytes, path, format, faults);
    }

    /// <summary>Reads the bytes of a file.</summary>
    /// <param name="bytes">All of it.</param>
    /// <param name="name">How messages call it.</param>
    /// <param name="format">How its rows are written.</param>
    /// <param name="faults">Gets what is wrong with single rows.</param>
    /// <exception cref="UsageException">It is not UTF-8 text, or it has no rows.</exception>
    public static IReadOnlyList<BatchRow> Parse(ReadOnlySpan<byte> bytes, string name, BatchFormat format, ICollection<RowFault> faults)
    {
        int before = faults.Count;
        var lines = Decode(bytes, name);
        var rows = format == BatchFormat.Csv
            ? CsvRows.Parse(lines, faults)
            : lines.Select((line, index) => ParseLine(line, index + 1, format, faults)).OfType<BatchRow>().ToList();
        if (rows.Count == 0 && faults.Count == before)
            throw new UsageException($"there are no prompts in '{name}'; found {bytes.Length} bytes without a row; write one prompt a line");
        return rows;
    }

    /// <summary>One line of text or JSON; <c>null</c> for a blank, a comment, or a fault.</summary>
    public static BatchRow? ParseLine(string line, int number, BatchFormat format, ICollection<RowFault> faults)
    {
        if (string.IsNullOrWhiteSpace(line))
            return null;
        if (format == BatchFormat.JsonLines)
            return JsonRow.Parse(line, number, faults);
        return line.AsSpan().TrimStart()[0] == '#' ? null : new BatchRow(number, line, new Dictionary<string, string>());
    }

    // Line by line, so that a fault has a line number.
    private static List<string> Decode(ReadOnlySpan<byte> bytes, string name)
    {
        if (bytes.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xFE]) || bytes.StartsWith((ReadOnlySpan<byte>)[0xFE, 0xFF]))
            throw new UsageException($"'{name}' line 1: the text is UTF-16; allowed is UTF-8; save the file in that encoding");
        if (bytes.StartsWith((ReadOnlySpan<byte>)[0xEF, 0xBB, 0xBF]))
            bytes = bytes[3..];
        var lines = new List<string>();
        while (bytes.Length > 0)
        {
            int end = bytes.IndexOfAny((byte)'\n', (byte)'\r');
            var line = end < 0 ? bytes : bytes[..end];
            int next = end < 0 ? bytes.Length : end + (bytes[end..].StartsWith("\r\n"u8) ? 2 : 1);
            if (line.Contains((byte)0))
                throw new UsageException($"'{name}' line {lines.Count + 1}: there is a NUL byte; allowed is UTF-8 text; this looks like another kind of file");
            try
            {
                lines.Add(s_strict.GetString(line));
            }
            catch (DecoderFallbackException fault)
            {
                string found = fault.BytesUnknown is { Length: > 0 } unknown ? $"byte 0x{unknown[0]:X2}" : "a byte";
                throw new UsageException($"'{name}' line {lines.Count + 1}: {found} is not UTF-8; save the file in that encoding", fault);
            }
            bytes = bytes[next..];
        }
        return lines;
    }
}
