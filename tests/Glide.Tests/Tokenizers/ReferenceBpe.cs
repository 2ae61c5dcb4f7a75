using System.IO.Compression;
using System.Text;
using System.Text.Json;
using Glide.Tests.Support;

namespace Glide.Tests.Tokenizers;

/// <summary>Byte pair encoding word for word as Sennrich et al. 2016 describe it, in quadratic time.</summary>
internal sealed class ReferenceBpe
{
    private readonly Dictionary<string, int> _ids;
    private readonly Dictionary<(string, string), int> _ranks;
    private readonly string _wordEnd;

    private ReferenceBpe(Dictionary<string, int> ids, IEnumerable<string> merges, string wordEnd)
    {
        _ids = ids;
        _ranks = merges.Select((merge, rank) => (Pair: merge.Split(' '), rank))
            .ToDictionary(line => (line.Pair[0], line.Pair[1]), line => line.rank);
        _wordEnd = wordEnd;
    }

    /// <summary>GPT-2's, from the published files.</summary>
    public static ReferenceBpe Glide()
    {
        string folder = Path.Combine(GoldenFiles.Checkout, "src", "Glide", "Tokenizers", "Vocabulary");
        var ids = JsonSerializer.Deserialize<Dictionary<string, int>>(Read(Path.Combine(folder, "encoder.json.gz")))!;
        string[] lines = Read(Path.Combine(folder, "vocab.bpe.gz")).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        return new ReferenceBpe(ids, lines.Skip(1), wordEnd: "");
    }

    /// <summary>CLIP's, from the published file.</summary>
    public static ReferenceBpe Clip()
    {
        const string WordEnd = "</w>";
        string file = GoldenFiles.ClipMerges;
        string[] merges = Read(file).Split('\n')[1..(49152 - 256 - 2 + 1)];
        string[] bytes = [.. Enumerable.Range(0, 256).Select(value => Symbol((byte)value).ToString())
            .OrderBy(symbol => symbol, StringComparer.Ordinal)];
        var tokens = bytes.Concat(bytes.Select(symbol => symbol + WordEnd))
            .Concat(merges.Select(merge => merge.Replace(" ", "", StringComparison.Ordinal)));
        var ids = tokens.Select((token, id) => (token, id)).ToDictionary(row => row.token, row => row.id);
        return new ReferenceBpe(ids, merges, WordEnd);
    }

    /// <summary>The ids of one piece.</summary>
    public IEnumerable<int> Encode(string piece)
    {
        var symbols = Encoding.UTF8.GetBytes(piece).Select(value => Symbol(value).ToString()).ToList();
        symbols[^1] += _wordEnd;
        while (symbols.Count > 1)
        {
            var first = symbols.Zip(symbols.Skip(1)).MinBy(pair => _ranks.GetValueOrDefault(pair, int.MaxValue));
            if (!_ranks.ContainsKey(first))
                break;
            var merged = new List<string>(symbols.Count);
            for (int i = 0; i < symbols.Count; i++)
            {
                bool found = i + 1 < symbols.Count && (symbols[i], symbols[i + 1]) == first;
                merged.Add(found ? symbols[i] + symbols[++i] : symbols[i]);
            }
            symbols = merged;
        }
        return symbols.Select(symbol => _ids[symbol]);
    }

    // GPT-2's bytes_to_unicode: what cannot be seen is numbered from 256 on.
    private static char Symbol(byte value) => value switch
    {
        <= 0x20 => (char)(0x100 + value),
        >= 0x7F and <= 0xA0 => (char)(0x121 + value - 0x7F),
        0xAD => (char)0x143,
        _ => (char)value,
    };

    private static string Read(string gzip)
    {
        using var file = File.OpenRead(gzip);
        using var text = new StreamReader(new GZipStream(file, CompressionMode.Decompress), Encoding.UTF8);
        return text.ReadToEnd();
    }
}
