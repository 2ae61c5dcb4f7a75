namespace Glide.ModelStore;

/// <summary>A known set and what of it is there.</summary>
/// <param name="Set">The set.</param>
/// <param name="Files">Its networks, in the order of its description.</param>
public sealed record ModelOverview(ModelSet Set, IReadOnlyList<FileOverview> Files)
{
    /// <summary>How many networks have their weights.</summary>
    public int PresentCount => Files.Count(file => file.Path is not null);

    /// <summary>Size of the weights that are there.</summary>
    public long PresentBytes => Files.Sum(file => file.Path is null ? 0 : file.Bytes ?? 0);

    /// <summary>Where the weights lie, or would be downloaded to.</summary>
    public string Folder => Files.Select(file => Path.GetDirectoryName(file.Path)).FirstOrDefault(folder => folder is not null) ?? Set.Folder;

    /// <summary>Looks at a set's files without reading them.</summary>
    public static ModelOverview Of(ModelSet set) => new(set, [.. set.Networks.Select(network =>
    {
        string? path = set.FindWeights(network.Key);
        var weights = network.Value.Weights;
        return new FileOverview(
            network.Key, Path.GetFileName(path) ?? weights.File, path, path is null ? weights.Bytes : new FileInfo(path).Length, weights.Url);
    })]);
}
