using System.IO.Hashing;
using System.IO.MemoryMappedFiles;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Glide.Checkpoints;

/// <summary>
/// The bytes of a checkpoint, read through windows of a memory map (or from memory if the file was compressed).
/// The caller that opens it disposes it, after all windows.
/// </summary>
/// <remarks>
/// Windows rather than one map of everything: pages of a map count as the process's memory until they are unmapped,
/// and loading must not hold the whole file beside the parameters.
/// </remarks>
internal sealed unsafe class FileBytes : IDisposable
{
    /// <summary>Bytes mapped at a time for long runs.</summary>
    public const int WindowLength = 32 << 20;

    private readonly MemoryMappedFile? _map;
    private readonly SafeFileHandle? _handle;
    private byte* _memory;

    private FileBytes(string path, long length, MemoryMappedFile? map, byte* memory, SafeFileHandle? handle)
    {
        Path = path;
        Length = length;
        _map = map;
        _memory = memory;
        _handle = handle;
    }

    public string Path { get; }

    /// <summary>Number of bytes, after decompression.</summary>
    public long Length { get; }

    /// <summary>Maps a file.</summary>
    /// <exception cref="CheckpointException">The file is missing, empty, a folder or unreadable.</exception>
    public static FileBytes Open(string path)
    {
        if (Directory.Exists(path))
            throw Refuse(path, "it is a folder; give one file, or the folder as a model set with --model");
        if (!File.Exists(path))
        {
            throw new CheckpointException(
                $"checkpoint '{Quoted.Text(path)}' does not exist; check the path, or download the file first");
        }
        try
        {
            if (RegularFile.LengthOf(path) == 0)
                throw Refuse(path, "it is empty (0 bytes), or no regular file; download or copy it again");
            var handle = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);
            return Map(path, handle);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw new CheckpointException($"checkpoint '{Quoted.Text(path)}' cannot be read: {e.Message}", e);
        }
    }

    /// <summary>Maps an open file and takes ownership of it.</summary>
    public static FileBytes Map(string path, SafeFileHandle handle)
    {
        try
        {
            long length = RandomAccess.GetLength(handle);
            if (length == 0)
                throw Refuse(path, "it is empty (0 bytes); download or copy it again");
            var map = MemoryMappedFile.CreateFromFile(
                handle, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: true);
            return new FileBytes(path, length, map, null, handle);
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    /// <summary>Maps an open stream and takes ownership of it.</summary>
    public static FileBytes MapOpen(string path, FileStream stream)
    {
        var map = MemoryMappedFile.CreateFromFile(
            stream, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: false);
        return new FileBytes(path, stream.Length, map, null, stream.SafeFileHandle);
    }

    /// <summary>Takes ownership of memory allocated by <see cref="NativeMemory"/>.</summary>
    public static FileBytes FromMemory(string path, byte* memory, long length) => new(path, length, null, memory, null);

    public static CheckpointException Refuse(string path, string what, Exception? inner = null) =>
        new($"checkpoint '{Quoted.Text(path)}' is refused: {what}", inner);

    public CheckpointException Refuse(string what, Exception? inner = null) => Refuse(Path, what, inner);

    /// <summary>Maps a window over some bytes; the caller disposes it.</summary>
    public ByteWindow Map(long offset, long length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, Length - offset);
        if (length == 0)
            return default;
        if (_memory is not null)
            return new ByteWindow(_memory + offset, length, null);
        ObjectDisposedException.ThrowIf(_map is null, this);
        try
        {
            return new ByteWindow(_map.CreateViewAccessor(offset, length, MemoryMappedFileAccess.Read), length);
        }
        catch (IOException e)
        {
            throw new ResourceException($"checkpoint '{Quoted.Text(Path)}' cannot be mapped into memory: {e.Message}",
                e);
        }
    }

    /// <summary>Copies bytes out.</summary>
    public void Read(long offset, Span<byte> destination)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(destination.Length, Length - offset);
        if (_handle is null)
        {
            new ReadOnlySpan<byte>(_memory + offset, destination.Length).CopyTo(destination);
            return;
        }
        // There are many small headers: a plain read is cheaper than a window for each.
        while (destination.Length > 0)
        {
            int count = RandomAccess.Read(_handle, destination, offset);
            if (count == 0)
                throw Refuse("it became shorter while it was read");
            destination = destination[count..];
            offset += count;
        }
    }

    /// <summary>A stream over all bytes, valid for this object's lifetime.</summary>
    public Stream OpenStream() => new ByteStream(this);

    /// <summary>Copies a few bytes into a new array; the caller has checked the length.</summary>
    public byte[] ReadArray(long offset, int length)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, Length - offset);
        var bytes = new byte[length];
        Read(offset, bytes);
        return bytes;
    }

    /// <summary>CRC-32 of a run of bytes.</summary>
    public uint Crc32Of(long offset, long length)
    {
        var crc = new Crc32();
        while (length > 0)
        {
            int count = (int)Math.Min(length, WindowLength);
            using var window = Map(offset, count);
            crc.Append(window.Slice(0, count));
            offset += count;
            length -= count;
        }
        return crc.GetCurrentHashAsUInt32();
    }

    public void Dispose()
    {
        _map?.Dispose();
        _handle?.Dispose();
        NativeMemory.Free(_memory);
        _memory = null;
    }
}

/// <summary>Some bytes of a file, mapped until this is disposed.</summary>
internal readonly unsafe struct ByteWindow : IDisposable
{
    private readonly byte* _start;
    private readonly MemoryMappedViewAccessor? _view;

    internal ByteWindow(byte* start, long length, MemoryMappedViewAccessor? view)
    {
        _start = start;
        Length = length;
        _view = view;
    }

    internal ByteWindow(MemoryMappedViewAccessor view, long length)
    {
        byte* pointer = null;
        view.SafeMemoryMappedViewHandle.AcquirePointer(ref pointer);
        _start = pointer + view.PointerOffset;
        Length = length;
        _view = view;
    }

    /// <summary>Number of bytes.</summary>
    public long Length { get; }

    public ReadOnlySpan<byte> Slice(long start, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(start);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, Length - start);
        return new ReadOnlySpan<byte>(_start + start, count);
    }

    public ReadOnlySpan<byte> Span => Slice(0, checked((int)Length));

    public void Dispose()
    {
        if (_view is null)
            return;
        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.Dispose();
    }
}

/// <summary>Reads a file sequentially.</summary>
internal sealed class ByteStream(FileBytes file) : Stream
{
    private long _position;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => file.Length;

    public override long Position { get => _position; set => throw new NotSupportedException(); }

    public override int Read(Span<byte> buffer)
    {
        int count = (int)Math.Min(buffer.Length, file.Length - _position);
        file.Read(_position, buffer[..count]);
        _position += count;
        return count;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
