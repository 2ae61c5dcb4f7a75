using System.Text.RegularExpressions;

namespace Glide.Compat.Tests.Signatures;

/// <summary>A signature's tokens, one after another.</summary>
internal sealed partial class TokenReader(string text)
{
    private readonly string[] _tokens = [.. Token().Matches(text).Select(match => match.Value)];
    private int _position;

    /// <summary>The token that comes next; empty at the end.</summary>
    public string Next => _position < _tokens.Length ? _tokens[_position] : "";

    public string Second => _position + 1 < _tokens.Length ? _tokens[_position + 1] : "";

    public string Take() => _position < _tokens.Length ? _tokens[_position++] : throw Unreadable("an end");

    public bool TryTake(string token)
    {
        if (Next != token) return false;
        _position++;
        return true;
    }

    public void Expect(string token)
    {
        if (!TryTake(token)) throw Unreadable($"'{Next}' instead of '{token}'");
    }

    /// <summary>The tokens up to one of the given ones that stands outside all brackets, which is left.</summary>
    public string TakeUntil(params string[] ends)
    {
        var taken = new List<string>();
        int depth = 0;
        while (Next.Length > 0 && (depth > 0 || !ends.Contains(Next)))
        {
            if (Next is "(" or "[" or "{" or "<") depth++;
            if (Next is ")" or "]" or "}" or ">") depth--;
            taken.Add(Take());
        }
        return string.Join(' ', taken);
    }

    private FormatException Unreadable(string found) => new($"Unreadable signature, {found} in: {text}");

    [GeneratedRegex("""
        "[^"]*" | '[^']*' | [0-9]+(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?[fFdDmMlLuU]* | @?[\p{L}_][\p{L}\p{N}_]* |
        => | == | != | <= | >= | :: | \S
        """, RegexOptions.IgnorePatternWhitespace)]
    private static partial Regex Token();
}
