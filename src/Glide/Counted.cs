using System.Globalization;

namespace Glide;

/// <summary>Numbers with the nouns that they count: 1 image, 2 images.</summary>
internal static class Counted
{
    /// <summary>The number and its noun.</summary>
    /// <param name="count">How many.</param>
    /// <param name="one">The noun for one.</param>
    /// <param name="many">The noun for any other number; <c>null</c> for <paramref name="one"/> with an s.</param>
    public static string Of(long count, string one, string? many = null) =>
        string.Create(CultureInfo.InvariantCulture, $"{count} {Noun(count, one, many)}");

    /// <summary>The same with commas between thousands.</summary>
    /// <inheritdoc cref="Of"/>
    public static string Grouped(long count, string one, string? many = null) =>
        string.Create(CultureInfo.InvariantCulture, $"{count:N0} {Noun(count, one, many)}");

    /// <summary>A number of a total, whose noun the total decides: 1 of 1 image, 1 of 2 images.</summary>
    public static string Share(long count, long total, string one) =>
        string.Create(CultureInfo.InvariantCulture, $"{count} of {Of(total, one)}");

    /// <summary>The noun, or another word that agrees with a number.</summary>
    /// <inheritdoc cref="Of"/>
    public static string Noun(long count, string one, string? many = null) => count == 1 ? one : many ?? one + "s";
}
