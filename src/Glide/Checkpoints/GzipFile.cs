using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.IO.Compression;
using System.IO.Hashing;
using System.Runtime.InteropServices;

namespace Glide.Checkpoints;

/// <summary>
/// Unpacks a gzip-compressed checkpoint, within limits, into memory or (above 256 MB) a file without a name.
/// </summary>
internal static unsafe class GzipFile
{
    private const long MostInMemory = 256L << 20;
    private const long AlwaysAllowed = 16L << 20;
    private const long MostBytes = 8L << 30;        // the largest published checkpoint has 1.6 GB
    private const int MostRatio = 100;              // weights hardly compress; zeros reach 1,000
    private const int ChunkLength = 1 << 20;

    // Header, empty block, CRC-32 and length 0.
    private static readonly byte[] s_empty = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0];

    /// <summary>Whether these bytes begin a gzip file.</summary>
    public static bool Recognizes(ReadOnlySpan<byte> head) => head.StartsWith((ReadOnlySpan<byte>)[0x1F, 0x8B]);

    /// <summary>Unpacks an empty file, for which the runtime looks up every native function.</summary>
    /// <remarks>
    /// While libtorch initializes itself, for 0.2 s, the system's loader lets no other thread look up a function.
    /// </remarks>
    public static void LookUpFunctions()
    {
        using var memory = new GrowingMemory();
        memory.Append(s_empty);
        using var gzip = new GZipStream(new MemoryStream(s_empty), CompressionMode.Decompress);
        gzip.ReadByte();
    }

    /// <summary>Unpacks a file; the packed file may be closed afterwards.</summary>
    /// <param name="packed">The packed bytes.</param>
    /// <param name="check">Called with the first unpacked bytes; throws if they are no checkpoint, before the rest is
    /// unpacked.</param>
    /// <exception cref="CheckpointException">The file is cut or damaged, or unpacks to too many bytes.</exception>
    public static FileBytes Unpack(FileBytes packed, Action<ReadOnlySpan<byte>> check)
    {
        long limit = Math.Min(MostBytes, Math.Max(AlwaysAllowed, packed.Length * MostRatio));
        byte[] chunk = ArrayPool<byte>.Shared.Rent(ChunkLength);
        using var memory = new GrowingMemory();
        FileStream? spill = null;
        try
        {
            using var input = packed.OpenStream();
            using var gzip = new GZipStream(input, CompressionMode.Decompress);
            long total = 0;
            var crc = new Crc32();
            for (int count; (count = gzip.ReadAtLeast(chunk.AsSpan(0, ChunkLength), ChunkLength,
                throwOnEndOfStream: false)) > 0; total += count)
            {
                var bytes = chunk.AsSpan(0, count);
                crc.Append(bytes);
                // A short read is the end; a cut file is reported before its few bytes are checked.
                if (count < ChunkLength)
                    CheckTrailer(packed, crc.GetCurrentHashAsUInt32(), total + count);
                if (total == 0)
                    check(bytes[..Math.Min(count, 4096)]);
                if (total + count > limit)
                {
                    throw packed.Refuse(Invariant(
                        $"it unpacks to more than {limit:N0} bytes, {limit / packed.Length:N0} times its size"));
                }
                if (spill is null && total + count > MostInMemory)
                {
                    spill = CreateSpill();
                    spill.Write(memory.Span);
                    memory.Clear();
                }
                if (spill is null)
                    memory.Append(bytes);
                else
                    spill.Write(bytes);
            }
            CheckTrailer(packed, crc.GetCurrentHashAsUInt32(), total);
            if (total == 0)
                throw packed.Refuse("it is gzip-compressed and holds nothing");
            if (spill is null)
                return memory.ToFile(packed.Path, total);
            spill.Flush();
            return FileBytes.MapOpen(packed.Path, spill);
        }
        catch (InvalidDataException e)
        {
            spill?.Dispose();
            throw Damaged(packed, e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            spill?.Dispose();
            throw new ResourceException(
                $"checkpoint '{Quoted.Text(packed.Path)}' cannot be unpacked in '{Path.GetTempPath()}': {e.Message}",
                e);
        }
        catch
        {
            spill?.Dispose();
            throw;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(chunk);
        }
    }

    // GZipStream returns the beginning of a cut file without an error, so the last eight bytes are checked here.
    private static void CheckTrailer(FileBytes packed, uint crc, long total)
    {
        const int headerLength = 10, trailerLength = 8;
        bool whole = packed.Length >= headerLength + trailerLength;
        if (whole)
        {
            var trailer = packed.ReadArray(packed.Length - trailerLength, trailerLength).AsSpan();
            whole = BinaryPrimitives.ReadUInt32LittleEndian(trailer) == crc
                && BinaryPrimitives.ReadUInt32LittleEndian(trailer[4..]) == (uint)total;
        }
        if (!whole)
            throw Damaged(packed, null);
    }

    private static CheckpointException Damaged(FileBytes packed, Exception? inner) => packed.Refuse(
        "its gzip compression is damaged, ends early, or something follows it. Download or copy it again", inner);

    private static FileStream CreateSpill() => new(
        Path.Combine(Path.GetTempPath(), Path.GetRandomFileName()), FileMode.CreateNew, FileAccess.ReadWrite,
            FileShare.None,
        bufferSize: 0, FileOptions.DeleteOnClose);

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private sealed class GrowingMemory : IDisposable
    {
        private byte* _start;
        private long _capacity;
        private long _length;

        public ReadOnlySpan<byte> Span => new(_start, (int)_length);

        public void Append(ReadOnlySpan<byte> bytes)
        {
            if (_length + bytes.Length > _capacity)
            {
                _capacity = Math.Max(_capacity * 2, _length + bytes.Length);
                _start = (byte*)NativeMemory.Realloc(_start, (nuint)_capacity);
            }
            bytes.CopyTo(new Span<byte>(_start + _length, bytes.Length));
            _length += bytes.Length;
        }

        public void Clear()
        {
            NativeMemory.Free(_start);
            _start = null;
            _capacity = _length = 0;
        }

        public FileBytes ToFile(string path, long length)
        {
            var start = _start;
            _start = null;
            return FileBytes.FromMemory(path, start, length);
        }

        public void Dispose() => Clear();
    }
}
