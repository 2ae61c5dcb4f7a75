using System.Runtime.CompilerServices;

namespace Microsoft.ML.Tokenizers;

/// <summary>Ids of tokens by their text.</summary>
/// <remarks>
/// A program looks up fifty thousand tokens when it starts and a few dozen afterwards, so this is built for code that
/// has not been warmed up: plain arrays, and loops that are compiled with optimisation at once. A dictionary takes
/// five times as long.
/// </remarks>
internal sealed class TokenTable
{
    private readonly List<KeyValuePair<string, int>> _tokens;
    private readonly int[] _slots;

    /// <summary>Makes the table.</summary>
    /// <exception cref="ArgumentException">A token occurs twice.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public TokenTable(IEnumerable<KeyValuePair<string, int>> vocabulary)
    {
        _tokens = vocabulary as List<KeyValuePair<string, int>> ?? [.. vocabulary];
        int capacity = 16;
        while (capacity < 2 * _tokens.Count)
            capacity *= 2;
        _slots = new int[capacity];
        for (int i = 0; i < _tokens.Count; i++)
        {
            string token = _tokens[i].Key;
            int slot = SlotOf(token);
            if (_slots[slot] != 0)
                throw new ArgumentException($"The vocabulary has '{token}' twice.", nameof(vocabulary));
            _slots[slot] = i + 1;
        }
    }

    /// <summary>Each token's text and id.</summary>
    public IReadOnlyList<KeyValuePair<string, int>> Tokens => _tokens;

    /// <summary>The id of a token, or -1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public int IdOf(ReadOnlySpan<char> token)
    {
        int entry = _slots[SlotOf(token)];
        return entry == 0 ? -1 : _tokens[entry - 1].Value;
    }

    // The slot that holds the token, or the empty one where it belongs.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private int SlotOf(ReadOnlySpan<char> token)
    {
        uint hash = 2166136261;
        foreach (char unit in token)
            hash = (hash ^ unit) * 16777619;
        int slot = (int)((hash ^ (hash >> 15)) & (uint)(_slots.Length - 1));
        while (_slots[slot] != 0 && !token.SequenceEqual(_tokens[_slots[slot] - 1].Key))
            slot = (slot + 1) & (_slots.Length - 1);
        return slot;
    }
}
