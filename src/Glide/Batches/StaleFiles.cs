using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;

namespace Glide.Batches;

/// <summary>Unfinished files of processes that died: <c>.glide-PID-….tmp</c>.</summary>
internal static class StaleFiles
{
    // On a shared disk the process may be alive on another machine; there only old files are taken for dead.
    private static readonly TimeSpan SharedAge = TimeSpan.FromHours(1);

    /// <summary>Removes them from a folder.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="isShared">Whether other machines may be writing there.</param>
    public static void Remove(string folder, bool isShared)
    {
        foreach (string path in Directory.EnumerateFiles(folder, ".glide-*.tmp"))
        {
            var written = File.GetLastWriteTimeUtc(path);
            if (isShared ? DateTime.UtcNow - written > SharedAge : !IsBeingWritten(path, written))
                File.Delete(path);
        }
    }

    private static bool IsBeingWritten(string path, DateTime written)
    {
        string[] parts = Path.GetFileName(path).Split('-');
        if (parts.Length != 3 || !int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out int id))
            return false;
        try
        {
            using var process = Process.GetProcessById(id);
            // A number that was given again belongs to somebody younger than the file.
            return process.StartTime.ToUniversalTime() <= written.AddSeconds(1);
        }
        catch (Exception exception) when (exception is ArgumentException or InvalidOperationException or Win32Exception)
        {
            return false;
        }
    }
}

/// <summary>What a row paints into, as the row says it and as the files were.</summary>
internal sealed record SourceFiles
{
    /// <summary>The image's file, as the row names it.</summary>
    public required string Image { get; init; }

    /// <summary>SHA-256 of that file, lower-case hex.</summary>
    public required string ImageSha256 { get; init; }

    /// <summary>
    /// The mask's file, as the row names it; <c>null</c> where the row says otherwise what is painted.
    /// </summary>
    public string? Mask { get; init; }

    public string? MaskSha256 { get; init; }

    /// <summary>
    /// What else the row says about the painted part: <c>rect</c>, <c>extend</c>, <c>window</c>, <c>invert-mask</c>.
    /// </summary>
    public IReadOnlyDictionary<string, string>? Part { get; init; }
}
