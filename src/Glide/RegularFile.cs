namespace Glide;

/// <summary>Files of the disk, as opposed to pipes and devices.</summary>
internal static class RegularFile
{
    /// <summary>
    /// Bytes of a file, or of the file that a link leads to; 0 where there is none, and for pipes and devices. Opening
    /// a pipe would wait for its other end, so this comes first.
    /// </summary>
    public static long LengthOf(string path)
    {
        var file = new FileInfo(path);
        if (!file.Exists)
            return 0;
        // The target of /dev/stdin has no name.
        file = (FileInfo?)file.ResolveLinkTarget(returnFinalTarget: true) ?? file;
        return file.Exists ? file.Length : 0;
    }
}
