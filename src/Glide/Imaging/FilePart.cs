namespace Glide.Imaging;

/// <summary>Bytes of a file from <paramref name="Start"/> up to, and without, <paramref name="End"/>.</summary>
internal readonly record struct FilePart(long Start, long End)
{
    /// <summary>Adds a part to a list; one that begins where the last ends becomes part of it.</summary>
    public static void Append(List<FilePart> parts, FilePart next)
    {
        if (parts.Count > 0 && parts[^1].End == next.Start)
            parts[^1] = parts[^1] with { End = next.End };
        else
            parts.Add(next);
    }
}
