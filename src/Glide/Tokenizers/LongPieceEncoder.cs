using System.Diagnostics.CodeAnalysis;
using System.Text;
using Microsoft.ML.Tokenizers;

namespace Glide.Tokenizers;

/// <summary>Byte pair encoding of one long piece, for which <see cref="BpeTokenizer"/> needs quadratic time.</summary>
/// <remarks>
/// <para>
/// Sennrich et al. 2016: the adjacent pair with the lowest rank is merged everywhere, from left to right, until
/// no known pair is left. Here the positions of each known pair are kept, so that no search is needed.
/// </para>
/// <para>
/// Each token results from one merge only, and is part of pairs that were learned after it. So what a merge makes
/// possible never comes before that merge; and two tokens become neighbors while the later one is created, all
/// along the piece, so that the places of a pair are found from left to right.
/// </para>
/// </remarks>
internal sealed class LongPieceEncoder
{
    private const int None = -1;

    private readonly int[] _bytes = new int[256];
    private readonly int[] _lastBytes = new int[256];
    private readonly Dictionary<(int Left, int Right), int> _ranks = [];
    private readonly List<int> _merged = [];

    /// <summary>Encodes with the byte-level vocabulary, merges and word endings of the options.</summary>
    public LongPieceEncoder(BpeOptions options)
    {
        var ids = options.Vocabulary.ToDictionary(token => token.Key, token => token.Value, StringComparer.Ordinal);
        for (int value = 0; value < _bytes.Length; value++)
        {
            _bytes[value] = ids[ByteSymbols.All[value].ToString()];
            _lastBytes[value] = ids[ByteSymbols.All[value] + options.EndOfWordSuffix];
        }
        foreach (string merge in options.Merges ?? [])
        {
            string[] pair = merge.Split(' ');
            _ranks.Add((ids[pair[0]], ids[pair[1]]), _merged.Count);
            _merged.Add(ids[pair[0] + pair[1]]);
        }
    }

    /// <summary>Appends the ids of a piece.</summary>
    /// <param name="piece">At least one character; lone surrogates count as U+FFFD.</param>
    /// <param name="ids">Receives the ids.</param>
    public void Encode(ReadOnlySpan<char> piece, List<int> ids)
    {
        int[] tokens = BytesOf(piece);
        var links = new Links(tokens.Length);
        var pairs = new Pairs();
        for (int left = 0; left + 1 < tokens.Length; left++)
            pairs.Add(RankOf(tokens, left, left + 1), left);
        while (pairs.TryTakeFirst(out int rank, out var lefts))
        {
            foreach (int left in lefts)
            {
                int right = links.Next(left);
                // One of the two may already be merged with its other neighbor.
                if (right == None || RankOf(tokens, left, right) != rank)
                    continue;
                tokens[left] = _merged[rank];
                tokens[right] = None;
                links.Remove(right);
                pairs.Add(RankOf(tokens, left, links.Next(left)), left);
                pairs.Add(RankOf(tokens, links.Previous(left), left), links.Previous(left));
            }
        }
        ids.AddRange(tokens.Where(token => token != None));
    }

    private int[] BytesOf(ReadOnlySpan<char> piece)
    {
        byte[] utf8 = new byte[Encoding.UTF8.GetByteCount(piece)];
        Encoding.UTF8.GetBytes(piece, utf8);
        int[] tokens = Array.ConvertAll(utf8, value => _bytes[value]);
        tokens[^1] = _lastBytes[utf8[^1]];
        return tokens;
    }

    private int RankOf(int[] tokens, int left, int right) => left == None || right == None
        ? None
        : _ranks.GetValueOrDefault((tokens[left], tokens[right]), None);

    /// <summary>Positions of the known pairs; some may be merged already.</summary>
    private sealed class Pairs
    {
        private readonly PriorityQueue<int, int> _ranks = new();
        private readonly Dictionary<int, List<int>> _lefts = [];

        /// <summary>Adds a pair by its start; does nothing if it has no rank.</summary>
        public void Add(int rank, int left)
        {
            if (rank == None)
                return;
            if (!_lefts.TryGetValue(rank, out var lefts))
            {
                _lefts.Add(rank, lefts = []);
                _ranks.Enqueue(rank, rank);
            }
            lefts.Add(left);
        }

        /// <summary>Removes the pair with the lowest rank, with all its positions from left to right.</summary>
        public bool TryTakeFirst(out int rank, [NotNullWhen(true)] out List<int>? lefts)
        {
            lefts = null;
            if (!_ranks.TryDequeue(out rank, out _))
                return false;
            return _lefts.Remove(rank, out lefts);
        }
    }

    /// <summary>Positions that still hold a token, as a doubly linked list.</summary>
    private sealed class Links
    {
        private readonly int[] _next;
        private readonly int[] _previous;

        public Links(int count)
        {
            _next = [.. Enumerable.Range(1, count - 1), None];
            _previous = [None, .. Enumerable.Range(0, count - 1)];
        }

        public int Next(int position) => _next[position];

        public int Previous(int position) => _previous[position];

        public void Remove(int position)
        {
            int previous = _previous[position], next = _next[position];
            _next[previous] = next;
            if (next != None)
                _previous[next] = previous;
        }
    }
}
