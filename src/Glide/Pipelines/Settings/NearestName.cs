namespace Glide.Pipelines.Settings;

/// <summary>Finds the known name that a misspelled one stands for.</summary>
internal static class NearestName
{
    /// <summary>The nearest known name; <c>null</c> if none is near.</summary>
    public static string? Find(string name, IEnumerable<string> known) => known
        .OrderBy(candidate => Distance(name, candidate))
        .FirstOrDefault(candidate => name.Length > 2 && Distance(name, candidate) <= Math.Max(1, name.Length / 3));

    /// <summary>The end of an error message: the nearest name, or else all of them.</summary>
    public static string Suggest(string name, IReadOnlyList<string> known) =>
        Find(name, known) is { } nearest ? $"did you mean '{nearest}'?" : $"allowed are {string.Join(", ", known)}";

    // Levenshtein distance.
    private static int Distance(string a, string b)
    {
        int[] row = [.. Enumerable.Range(0, b.Length + 1)];
        for (int i = 1; i <= a.Length; i++)
        {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.Length; j++)
            {
                int substitution = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(substitution, Math.Min(row[j], row[j - 1]) + 1);
            }
        }
        return row[^1];
    }
}
