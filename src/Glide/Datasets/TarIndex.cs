using System.Formats.Tar;
using Glide.Images;

namespace Glide.Datasets;

// 0000.jpg, 0000.txt, 0000.json, 0001.jpg, ...       members with one key are one item

/// <summary>Where a member's bytes are in its shard.</summary>
internal readonly record struct TarMember(string Name, long Offset, long Length);

/// <summary>An item of a shard.</summary>
/// <param name="Key">The name of its members up to the first dot of the last part.</param>
internal sealed record TarItem(string Key)
{
    public TarMember? Image { get; private set; }

    public TarMember? Text { get; private set; }

    public TarMember? Json { get; private set; }

    /// <summary>Why it cannot be used, as far as that is known before it is read.</summary>
    public string? Fault { get; set; }

    /// <summary>Takes a member if it is of a kind that is used.</summary>
    public void Add(TarMember member, string extension)
    {
        if (extension == "txt")
            Text = Single(Text, member);
        else if (extension == "json")
            Json = Single(Json, member);
        else if (!extension.Contains('.') && ImageNames.IsImage("." + extension))
            Image = Single(Image, member);
    }

    private TarMember Single(TarMember? earlier, TarMember member)
    {
        if (earlier is not null)
            Fault ??= $"it has two files of one kind: '{earlier.Value.Name}' and '{member.Name}'";
        return member;
    }
}

/// <summary>Lists the items of a tar file as WebDataset writes them, without reading their contents.</summary>
/// <remarks>
/// Nothing is ever unpacked: the names in the file are compared with each other and never reach the file system, and
/// links are not followed.
/// </remarks>
internal static class TarIndex
{
    /// <summary>The items in the order of their first members, bad ones among them.</summary>
    /// <remarks>Of a damaged shard, the items before the damage, and one that says what is wrong.</remarks>
    public static List<TarItem> Read(string path)
    {
        var items = new Dictionary<string, TarItem>(StringComparer.Ordinal);
        using var stream = File.OpenRead(path);
        string? damage = null;
        try
        {
            using var reader = new TarReader(stream, leaveOpen: true);
            while (reader.GetNextEntry() is { } entry)
                Add(items, entry, stream.Length);
        }
        // A damaged header may hold any length.
        catch (Exception exception) when (exception is InvalidDataException or EndOfStreamException or FormatException
            or ArgumentException or InvalidOperationException or OverflowException or OutOfMemoryException
            or NotSupportedException)
        {
            damage = $"the shard is damaged or cut; what comes after that is lost; {exception.Message}";
        }
        foreach (var item in items.Values)
            item.Fault ??= FaultOf(item);
        return [.. items.Values, .. damage is null ? [] : new[] { new TarItem("(rest)") { Fault = damage } }];
    }

    private static void Add(Dictionary<string, TarItem> items, TarEntry entry, long length)
    {
        if (entry.EntryType is TarEntryType.Directory or TarEntryType.GlobalExtendedAttributes)
            return;
        // As tar writes the members of the current folder.
        string name = entry.Name.StartsWith("./", StringComparison.Ordinal) ? entry.Name[2..] : entry.Name;
        int start = name.LastIndexOf('/') + 1;
        int dot = name.IndexOf('.', start);
        // Without a key, such as ".DS_Store", or without an extension, such as "README".
        if (dot <= start)
            return;
        string key = name[..dot];
        if (!items.TryGetValue(key, out var item))
            items.Add(key, item = new TarItem(key));
        if (entry.EntryType is not (TarEntryType.RegularFile or TarEntryType.V7RegularFile
            or TarEntryType.ContiguousFile))
        {
            item.Fault ??= $"'{name}' is no regular file ({entry.EntryType}); links are not followed";
        }
        else if (MetadataFile.EscapeFault(name) is { } fault)
        {
            item.Fault ??= fault;
        }
        else if (entry.Length > 0 && (entry.DataOffset < 0 || entry.Length > length - entry.DataOffset))
        {
            item.Fault ??= $"'{name}' is cut: it should have {entry.Length} bytes";
        }
        else
        {
            item.Add(new TarMember(name, entry.DataOffset, entry.Length), name[(dot + 1)..].ToLowerInvariant());
        }
    }

    private static string? FaultOf(TarItem item)
    {
        if (item.Image is null)
            return "it has no image";
        return item.Text is null && item.Json is null ? "it has no caption: neither a .txt nor a .json" : null;
    }
}
