namespace Glide.Images;

/// <summary>Reads parts of a file as one sequential stream.</summary>
/// <param name="file">Seekable; not disposed.</param>
/// <param name="parts">In the order in which they are read; enumerated lazily.</param>
internal sealed class PartsStream(Stream file, IEnumerable<FilePart> parts) : Stream
{
    private readonly IEnumerator<FilePart> _parts = parts.GetEnumerator();
    private long _position;
    private long _end;

    /// <summary>Whether a reader tried to read past the last byte.</summary>
    public bool IsExhausted { get; private set; }

    /// <summary>Why the parts ended early; exceptions must not pass through a native decoder.</summary>
    public IOException? Failure { get; private set; }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override int Read(Span<byte> buffer)
    {
        int total = 0;
        try
        {
            // Always fills the buffer: a decoder treats a short read as the end.
            while (total < buffer.Length && MoveOn())
            {
                file.Position = _position;
                int read = file.ReadAtLeast(buffer[total..(int)Math.Min(buffer.Length, total + _end - _position)], 1);
                total += read;
                _position += read;
            }
        }
        catch (IOException exception)
        {
            Failure = exception;
        }

        IsExhausted |= total == 0;
        return total;
    }

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _parts.Dispose();
        base.Dispose(disposing);
    }

    private bool MoveOn()
    {
        while (_position == _end)
        {
            if (!_parts.MoveNext())
                return false;
            (_position, _end) = (_parts.Current.Start, _parts.Current.End);
        }

        return true;
    }
}

/// <summary>Bytes of a file from <paramref name="Start"/> up to <paramref name="End"/>, exclusive.</summary>
internal readonly record struct FilePart(long Start, long End)
{
    /// <summary>Appends a part to a list; merges it with the last one if they are adjacent.</summary>
    public static void Append(List<FilePart> parts, FilePart next)
    {
        if (parts.Count > 0 && parts[^1].End == next.Start)
            parts[^1] = parts[^1] with { End = next.End };
        else
            parts.Add(next);
    }
}
