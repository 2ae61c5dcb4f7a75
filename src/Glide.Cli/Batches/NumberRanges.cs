using System.Globalization;

namespace Glide.Cli.Batches;

/// <summary>Many numbers as people write them: <c>2, 5-9, 12</c>.</summary>
internal static class NumberRanges
{
    /// <summary>The numbers, with runs of three and more drawn together.</summary>
    /// <param name="numbers">In ascending order, each once.</param>
    public static string Text(IReadOnlyList<int> numbers)
    {
        var parts = new List<string>();
        for (int first = 0, end; first < numbers.Count; first = end)
        {
            end = first + 1;
            while (end < numbers.Count && numbers[end] == numbers[end - 1] + 1)
                end++;
            parts.AddRange(end - first > 2
                ? [string.Create(CultureInfo.InvariantCulture, $"{numbers[first]}-{numbers[end - 1]}")]
                : numbers.Skip(first).Take(end - first).Select(number => number.ToString(CultureInfo.InvariantCulture)));
        }
        return string.Join(", ", parts);
    }
}
