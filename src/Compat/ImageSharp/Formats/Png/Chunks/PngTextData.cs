namespace SixLabors.ImageSharp.Formats.Png.Chunks;

/// <summary>A keyword with its text, as tEXt, zTXt and iTXt chunks hold them.</summary>
public readonly struct PngTextData : IEquatable<PngTextData>
{
    public PngTextData(string keyword, string value, string languageTag, string translatedKeyword)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(keyword);
        Keyword = keyword;
        Value = value;
        LanguageTag = languageTag;
        TranslatedKeyword = translatedKeyword;
    }

    public string Keyword { get; }

    public string Value { get; }

    public string LanguageTag { get; }

    public string TranslatedKeyword { get; }

    public static bool operator ==(PngTextData left, PngTextData right) => left.Equals(right);

    public static bool operator !=(PngTextData left, PngTextData right) => !left.Equals(right);

    public bool Equals(PngTextData other) =>
        string.Equals(Keyword, other.Keyword, StringComparison.OrdinalIgnoreCase)
        && string.Equals(Value, other.Value, StringComparison.OrdinalIgnoreCase)
        && string.Equals(LanguageTag, other.LanguageTag, StringComparison.OrdinalIgnoreCase)
        && string.Equals(TranslatedKeyword, other.TranslatedKeyword, StringComparison.OrdinalIgnoreCase);

    public override bool Equals(object? obj) => obj is PngTextData other && Equals(other);

    public override int GetHashCode() => HashCode.Combine(
        StringComparer.OrdinalIgnoreCase.GetHashCode(Keyword ?? ""),
        StringComparer.OrdinalIgnoreCase.GetHashCode(Value ?? ""));

    public override string ToString() => $"PngTextData [ Name={Keyword}, Value={Value} ]";
}
