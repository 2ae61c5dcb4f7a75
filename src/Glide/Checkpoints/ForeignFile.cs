using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Glide.Checkpoints;

/// <summary>Recognizes files that are not checkpoints, such as wrong downloads.</summary>
internal static partial class ForeignFile
{
    private const string Formats = "a checkpoint is a torch.save file or a safetensors file, gzip-compressed or not";

    /// <summary>Describes a file by its beginning, as part of a message with the next step.</summary>
    /// <param name="head">The first bytes, a kilobyte or so.</param>
    public static string Describe(ReadOnlySpan<byte> head)
    {
        if (Magic(head) is { } format)
            return $"this is {format}; {Formats}. Convert it first, or give another file";
        if (!head.ContainsAnyExcept((byte)0))
        {
            return $"it begins with {head.Length} zero bytes, as an unfinished download does; {Formats}. Download it "
                + $"again";
        }
        if (Text(head) is { } text)
            return DescribeText(text);
        return $"its format is unknown (it begins with {Convert.ToHexStringLower(head[..Math.Min(8, head.Length)])}); "
            + $"{Formats}";
    }

    private static string? Magic(ReadOnlySpan<byte> head)
    {
        if (head.StartsWith("GGUF"u8) || head.StartsWith("FUGG"u8))
            return "a GGUF file";
        if (head.StartsWith("lmgg"u8) || head.StartsWith("tjgg"u8) || head.StartsWith("fmgg"u8))
            return "a GGML file";
        if (head.Length > 262 && head[257..].StartsWith("ustar"u8))
            return "a tar archive, as PyTorch wrote before 0.1.10 or as a packed download";
        if (head.Length > 4 && head[0] == 0x89 && head[1..].StartsWith("HDF"u8))
            return "an HDF5 file, as Keras writes";
        if (head.Length > 6 && head[0] == 0x93 && head[1..].StartsWith("NUMPY"u8))
            return "a NumPy array (.npy)";
        if (head.Length > 4 && head[0] == 0x89 && head[1..].StartsWith("PNG"u8))
            return "a PNG image";
        if (head.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xD8, 0xFF]))
            return "a JPEG image";
        if (head.StartsWith((ReadOnlySpan<byte>)[0xFD, (byte)'7', (byte)'z', (byte)'X', (byte)'Z']))
            return "xz-compressed";
        if (head.StartsWith((ReadOnlySpan<byte>)[0x28, 0xB5, 0x2F, 0xFD]))
            return "zstd-compressed";
        if (head.StartsWith("BZh"u8))
            return "bzip2-compressed";
        if (head.StartsWith((ReadOnlySpan<byte>)[(byte)'7', (byte)'z', 0xBC, 0xAF]))
            return "a 7-Zip archive";
        if (head.StartsWith("Rar!"u8))
            return "a RAR archive";
        if (head.StartsWith("%PDF"u8))
            return "a PDF document";
        if (head.StartsWith("\u007FELF"u8))
            return "a program (ELF)";
        return head.Length > 8 && head[4..].StartsWith("TFL3"u8) ? "a TensorFlow Lite model" : null;
    }

    private static string? Text(ReadOnlySpan<byte> head)
    {
        // The bytes may end in the middle of a character.
        string text = Encoding.UTF8.GetString(head).TrimEnd('\uFFFD').TrimStart('\uFEFF');
        return text.Contains('\uFFFD') || text.Any(c => char.IsControl(c) && !char.IsWhiteSpace(c)) ? null : text;
    }

    private static string DescribeText(string text)
    {
        string start = text.TrimStart();
        if (start.StartsWith("version https://git-lfs", StringComparison.Ordinal))
        {
            var size = LfsSize().Match(text);
            string bytes = size.Success ? $" to a file of {size.Groups[1].Value} bytes" : "";
            return $"this is a Git LFS pointer{bytes}, not weights. Run 'git lfs pull', or download the file itself";
        }
        if (start.StartsWith('<') && Html().IsMatch(start))
            return "this is a web page (HTML), not weights. Download the file itself, not the page that shows it";
        if (start.StartsWith("<?xml", StringComparison.OrdinalIgnoreCase))
            return "this is an XML text, as servers send for errors, not weights. Download the file again";
        if (OldPickle().Match(text) is { Success: true } global)
        {
            string wanted = PickleGlobal.CallableName(global.Groups[1].Value, global.Groups[2].Value);
            return $"the file wants to call {Quoted.Text(wanted)}; nothing was run. It is a Python pickle of protocol "
                + $"0, not weights";
        }
        string line = start.Split('\n', 2)[0].Trim();
        return $"this is a text file, not weights (it begins \"{Quoted.Text(line)}\"); {Formats}";
    }

    [GeneratedRegex(@"^size (\d{1,15})\r?$", RegexOptions.Multiline)]
    private static partial Regex LfsSize();

    [GeneratedRegex(@"^<(!doctype\s+html|html|head|body|script|!--)", RegexOptions.IgnoreCase)]
    private static partial Regex Html();

    [GeneratedRegex(@"^\(?[ci]([A-Za-z_][\w.]*)\n([A-Za-z_][\w.]*)\n")]
    private static partial Regex OldPickle();
}

/// <summary>Makes text from an untrusted file safe for messages.</summary>
internal static class Quoted
{
    private const int LongestShown = 100;

    /// <summary>The text without control characters, cut to the length of a terminal line.</summary>
    public static string Text(string text)
    {
        var shown = new StringBuilder();
        foreach (var rune in text.EnumerateRunes())
        {
            if (shown.Length >= LongestShown)
                return shown.Append('…').ToString();
            bool plain = Rune.GetUnicodeCategory(rune) is not (UnicodeCategory.Control or UnicodeCategory.Format
                or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.Surrogate
                or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned);
            shown.Append(plain ? rune.ToString() : string.Create(CultureInfo.InvariantCulture, $"\\u{rune.Value:x4}"));
        }
        return shown.ToString();
    }
}
