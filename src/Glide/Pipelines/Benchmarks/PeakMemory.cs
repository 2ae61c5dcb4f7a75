using System.Globalization;

namespace Glide.Pipelines.Benchmarks;

/// <summary>The most memory that this process held since a moment of our choice; Linux counts it.</summary>
internal static class PeakMemory
{
    private const string Status = "/proc/self/status";
    private const string Reset = "/proc/self/clear_refs";
    private const string ForgetThePeak = "5";

    /// <summary>The moment is now, where the system lets us choose it; else it stays the start of the process.</summary>
    /// <returns>Whether the system lets us.</returns>
    public static bool Restart()
    {
        try
        {
            if (!File.Exists(Reset))
                return false;
            File.WriteAllText(Reset, ForgetThePeak);
            return true;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // A container may forbid it; the peak since the start is the answer then.
            return false;
        }
    }

    /// <summary>Bytes; <c>null</c> where the system does not tell.</summary>
    public static long? Bytes()
    {
        string? row = File.Exists(Status) ? File.ReadLines(Status).FirstOrDefault(line => line.StartsWith("VmHWM:", StringComparison.Ordinal)) : null;
        string[]? words = row?.Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
        return words is { Length: 3 } ? 1024 * long.Parse(words[1], NumberStyles.None, CultureInfo.InvariantCulture) : null;
    }
}
