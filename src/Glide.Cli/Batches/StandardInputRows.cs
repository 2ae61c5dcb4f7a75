using System.Collections.Concurrent;
using System.Text;
using Glide.Batches;

namespace Glide.Cli.Batches;

/// <summary>Rows from stdin as they come: the first is made while others are still being written.</summary>
internal sealed class StandardInputRows(Stream input, BatchFormat format)
{
    private readonly BlockingCollection<(int Number, string Line)> _lines = [];
    private Exception? _error;

    /// <summary>All rows that are there, again and again until the input ends; waits for the first of each.</summary>
    /// <param name="faults">Gets what is wrong with single rows.</param>
    /// <param name="stop">Ends the waiting.</param>
    /// <exception cref="UsageException">A line is no UTF-8.</exception>
    public IEnumerable<List<BatchRow>> Read(ICollection<RowFault> faults, CancellationToken stop)
    {
        new Thread(ReadLines) { IsBackground = true, Name = "stdin" }.Start();
        while (_lines.TryTake(out var line, Timeout.Infinite, stop))
        {
            var rows = new List<BatchRow>();
            do
            {
                if (BatchFile.ParseLine(line.Line, line.Number, format, faults) is { } row)
                    rows.Add(row);
            }
            while (_lines.TryTake(out line));
            yield return rows;
        }
        if (_error is not null)
            throw _error;
    }

    private void ReadLines()
    {
        int number = 0;
        try
        {
            using var reader = new StreamReader(input, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true));
            while (reader.ReadLine() is { } line)
                _lines.Add((++number, line));
        }
        catch (DecoderFallbackException exception)
        {
            _error = new UsageException($"stdin after line {number}: the text is not UTF-8; give it in that encoding", exception);
        }
        catch (IOException exception)
        {
            _error = new UsageException($"stdin cannot be read after line {number}; {exception.Message}", exception);
        }
        _lines.CompleteAdding();
    }
}
