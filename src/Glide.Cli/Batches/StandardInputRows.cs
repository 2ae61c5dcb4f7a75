using System.Collections.Concurrent;
using Glide.Batches;

namespace Glide.Cli.Batches;

/// <summary>Rows from stdin as they come: the first is made while others are still being written.</summary>
internal sealed class StandardInputRows(Stream input, BatchFormat format)
{
    private readonly BlockingCollection<TextLine> _lines = [];
    private UsageException? _error;

    /// <summary>All rows that are there, again and again until the input ends; waits for the first of each.</summary>
    /// <param name="faults">Gets what is wrong with single rows.</param>
    /// <param name="stop">Ends the waiting.</param>
    /// <exception cref="UsageException">It is no text.</exception>
    public IEnumerable<List<BatchRow>> Read(ICollection<RowFault> faults, CancellationToken stop)
    {
        new Thread(ReadLines) { IsBackground = true, Name = "stdin" }.Start();
        while (_lines.TryTake(out var line, Timeout.Infinite, stop))
        {
            var rows = new List<BatchRow>();
            do
            {
                if (BatchFile.ParseLine(line, format, faults) is { } row)
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
        try
        {
            foreach (var line in TextLines.Read(input, "stdin"))
                _lines.Add(line);
        }
        catch (UsageException exception)
        {
            _error = exception;
        }
        catch (IOException exception)
        {
            _error = new UsageException($"stdin cannot be read; {exception.Message}", exception);
        }
        _lines.CompleteAdding();
    }
}
