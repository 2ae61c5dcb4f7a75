using System.Buffers;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.RegularExpressions;

namespace Microsoft.ML.Tokenizers;

/// <summary>Byte pair encoding: the pair of neighbours with the lowest rank is merged until none is left.</summary>
public sealed partial class BpeTokenizer : Tokenizer
{
    private readonly TokenTable _vocabulary;
    private readonly MergeTable _merges;
    private readonly IReadOnlyDictionary<string, int>? _specialTokens;
    private readonly string _endOfWordSuffix;
    private readonly bool _byteLevel;
    private readonly Lazy<Dictionary<int, string>> _texts;
    private readonly int[] _byteIds = new int[256];
    private readonly int[] _lastByteIds = new int[256];

    private BpeTokenizer(BpeOptions options)
    {
        _vocabulary = new TokenTable(options.Vocabulary);
        if (_vocabulary.Tokens.Count == 0)
            throw new InvalidOperationException("The vocabulary cannot be empty.");

        _specialTokens = options.SpecialTokens;
        _endOfWordSuffix = options.EndOfWordSuffix ?? "";
        _byteLevel = options.ByteLevel;
        _texts = new(ReverseVocabulary);
        _merges = new MergeTable(options.Merges ?? [], _vocabulary);
        for (int value = 0; value < 256; value++)
        {
            string symbol = ByteSymbols.Of((byte)value).ToString();
            _byteIds[value] = _vocabulary.IdOf(symbol);
            _lastByteIds[value] = _vocabulary.IdOf(symbol + _endOfWordSuffix);
        }
    }

    /// <summary>Makes a tokeniser.</summary>
    /// <exception cref="InvalidOperationException">The vocabulary is empty, or a merge names a token that it lacks.</exception>
    public static BpeTokenizer Create(BpeOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return new BpeTokenizer(options);
    }

    /// <inheritdoc/>
    public override string Decode(IEnumerable<int> ids)
    {
        ArgumentNullException.ThrowIfNull(ids);
        return _byteLevel ? DecodeBytes(ids) : DecodeCharacters(ids);
    }

    private protected override IReadOnlyList<int> Encode(
        ReadOnlySpan<char> text, bool considerPreTokenization, bool considerNormalization)
    {
        var ids = new List<int>();
        if (!considerPreTokenization)
        {
            EncodeWord(text, ids);
            return ids;
        }
        foreach (var word in WordOrNonWord().EnumerateMatches(text))
            EncodeWord(text.Slice(word.Index, word.Length), ids);
        return ids;
    }

    // The package's splitter where the options name none.
    [GeneratedRegex(@"\w+|[^\w\s]+")]
    private static partial Regex WordOrNonWord();

    private Dictionary<int, string> ReverseVocabulary()
    {
        var texts = new Dictionary<int, string>(_vocabulary.Tokens.Count);
        foreach (var (token, id) in _vocabulary.Tokens)
            texts.TryAdd(id, token);
        foreach (var (token, id) in _specialTokens ?? new Dictionary<string, int>())
            texts[id] = token;
        return texts;
    }

    private void EncodeWord(ReadOnlySpan<char> word, List<int> ids)
    {
        if (word.IsEmpty)
            return;
        if (_specialTokens is not null && _specialTokens.TryGetValue(word.ToString(), out int special))
        {
            ids.Add(special);
            return;
        }

        int capacity = Encoding.UTF8.GetMaxByteCount(word.Length);
        int[] symbols = ArrayPool<int>.Shared.Rent(capacity);
        int count = _byteLevel ? ByteSymbolIds(word, symbols) : CharacterIds(word, symbols);
        MergeAll(symbols.AsSpan(0, count), ids);
        ArrayPool<int>.Shared.Return(symbols);
    }

    private int ByteSymbolIds(ReadOnlySpan<char> word, int[] symbols)
    {
        byte[] bytes = ArrayPool<byte>.Shared.Rent(symbols.Length);
        int length = Encoding.UTF8.GetBytes(word, bytes);
        int count = 0;
        for (int i = 0; i < length; i++)
        {
            int id = (i == length - 1 ? _lastByteIds : _byteIds)[bytes[i]];
            if (id >= 0)
                symbols[count++] = id;
        }
        ArrayPool<byte>.Shared.Return(bytes);
        return count;
    }

    private int CharacterIds(ReadOnlySpan<char> word, int[] symbols)
    {
        int count = 0;
        for (int i = 0; i < word.Length;)
        {
            int length = Rune.DecodeFromUtf16(word[i..], out _, out int used) == OperationStatus.Done ? used : 1;
            string symbol = word.Slice(i, length).ToString();
            i += length;
            int id = _vocabulary.IdOf(i == word.Length ? symbol + _endOfWordSuffix : symbol);
            if (id >= 0)
                symbols[count++] = id;
        }
        return count;
    }

    // A linked list of symbols and a heap of the pairs that can be merged, lowest rank first, leftmost first among
    // equals: n·log n, also on a hundred thousand equal letters. A heap entry that has become stale is recognised by
    // the pair no longer having its rank.
    private void MergeAll(Span<int> symbols, List<int> ids)
    {
        int count = symbols.Length;
        if (count == 1)
        {
            ids.Add(symbols[0]);
            return;
        }
        var next = new int[count];
        var previous = new int[count];
        var pairs = new PriorityQueue<int, long>();
        for (int i = 0; i < count; i++)
        {
            previous[i] = i - 1;
            next[i] = i + 1;
            if (i + 1 < count)
                Offer(symbols, i, i + 1, pairs);
        }

        while (pairs.TryDequeue(out int left, out long priority))
        {
            int right = next[left];
            if (symbols[left] < 0 || right >= count
                || !_merges.TryGet(symbols[left], symbols[right], out int rank, out int merged)
                || rank != priority >> 32)
                continue;

            symbols[left] = merged;
            symbols[right] = -1;
            next[left] = next[right];
            if (next[left] < count)
            {
                previous[next[left]] = left;
                Offer(symbols, left, next[left], pairs);
            }
            if (previous[left] >= 0)
                Offer(symbols, previous[left], left, pairs);
        }

        for (int i = 0; i < count; i = next[i])
            ids.Add(symbols[i]);
    }

    private void Offer(Span<int> symbols, int left, int right, PriorityQueue<int, long> pairs)
    {
        if (_merges.TryGet(symbols[left], symbols[right], out int rank, out _))
            pairs.Enqueue(left, ((long)rank << 32) | (uint)left);
    }

    private string DecodeBytes(IEnumerable<int> ids)
    {
        var bytes = new List<byte>();
        foreach (int id in ids)
        {
            if (!_texts.Value.TryGetValue(id, out string? token))
                continue;
            bool special = _specialTokens is not null && _specialTokens.ContainsKey(token);
            foreach (char symbol in special ? token : WithoutSuffix(token))
            {
                if (ByteSymbols.ByteOf(symbol) is >= 0 and int value)
                    bytes.Add((byte)value);
            }
        }
        return Encoding.UTF8.GetString(CollectionsMarshal.AsSpan(bytes));
    }

    private string DecodeCharacters(IEnumerable<int> ids)
    {
        var text = new StringBuilder();
        foreach (int id in ids)
        {
            if (!_texts.Value.TryGetValue(id, out string? token))
                continue;
            string characters = WithoutSuffix(token);
            text.Append(characters);
            if (characters.Length < token.Length)
                text.Append(' ');
        }
        return _endOfWordSuffix.Length > 0 ? text.ToString().TrimEnd(' ') : text.ToString();
    }

    private string WithoutSuffix(string token) =>
        _endOfWordSuffix.Length > 0 && token.EndsWith(_endOfWordSuffix, StringComparison.Ordinal)
            ? token[..^_endOfWordSuffix.Length]
            : token;
}
