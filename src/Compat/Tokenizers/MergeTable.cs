using System.Runtime.CompilerServices;

namespace Microsoft.ML.Tokenizers;

/// <summary>Rank and result of each pair of ids that can be merged.</summary>
/// <remarks>Plain arrays for the same reason as <see cref="TokenTable"/>.</remarks>
internal sealed class MergeTable
{
    private readonly long[] _pairs;
    private readonly int[] _ranks;
    private readonly int[] _ids;

    /// <summary>Reads merges: two tokens with one space between them, the first to be merged first.</summary>
    /// <exception cref="InvalidOperationException">A merge is malformed, occurs twice or names a token that the vocabulary lacks.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public MergeTable(IEnumerable<string> merges, TokenTable vocabulary)
    {
        var lines = merges as List<string> ?? [.. merges];
        int capacity = 16;
        while (capacity < 2 * lines.Count)
            capacity *= 2;
        _pairs = new long[capacity];
        _ranks = new int[capacity];
        _ids = new int[capacity];

        Span<char> buffer = stackalloc char[256];
        for (int rank = 0; rank < lines.Count; rank++)
        {
            string line = lines[rank];
            int space = line.AsSpan().IndexOf(' ');
            if (space <= 0 || space == line.Length - 1 || line.AsSpan(space + 1).Contains(' '))
                throw new InvalidOperationException($"A merge is two tokens with one space between them, not '{line}'.");
            var merged = line.Length <= buffer.Length ? buffer[..(line.Length - 1)] : new char[line.Length - 1];
            line.AsSpan(0, space).CopyTo(merged);
            line.AsSpan(space + 1).CopyTo(merged[space..]);

            long pair = PairOf(IdOf(merged[..space], vocabulary), IdOf(merged[space..], vocabulary));
            int slot = SlotOf(pair);
            if (_pairs[slot] != 0)
                throw new InvalidOperationException($"The merge '{line}' occurs twice.");
            _pairs[slot] = pair;
            _ranks[slot] = rank;
            _ids[slot] = IdOf(merged, vocabulary);
        }
    }

    /// <summary>The rank of a pair and the id that it becomes; false if it cannot be merged.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public bool TryGet(int left, int right, out int rank, out int id)
    {
        int slot = SlotOf(PairOf(left, right));
        rank = _ranks[slot];
        id = _ids[slot];
        return _pairs[slot] != 0;
    }

    // Never 0, which marks an empty slot.
    private static long PairOf(int left, int right) => ((long)(left + 1) << 32) | (uint)right;

    private static int IdOf(ReadOnlySpan<char> token, TokenTable vocabulary) =>
        vocabulary.IdOf(token) is >= 0 and int id
            ? id
            : throw new InvalidOperationException($"A merge names '{token}', which is not in the vocabulary.");

    // The slot that holds the pair, or the empty one where it belongs.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private int SlotOf(long pair)
    {
        ulong hash = (ulong)pair * 0x9E3779B97F4A7C15;
        int slot = (int)(hash >> 40) & (_pairs.Length - 1);
        while (_pairs[slot] != 0 && _pairs[slot] != pair)
            slot = (slot + 1) & (_pairs.Length - 1);
        return slot;
    }
}
