namespace Glide.ModelSets;

/// <summary>The folders of model sets.</summary>
/// <remarks>
/// Downloaded weights are in <c>$GLIDE_MODELS</c> or, if it is not set, in the platform's data folder. Sets that come
/// with the program are in the folder <c>models</c> next to it, or in that of the checkout it was built in.
/// </remarks>
internal sealed class ModelFolders
{
    /// <summary>Environment variable with the folder of downloaded weights.</summary>
    public const string Variable = "GLIDE_MODELS";

    private const string Published = "openai";
    private const string BuiltIn = "mini";

    private readonly string? _data;
    private readonly string? _bundled;

    internal ModelFolders(string? data, string? bundled)
    {
        _data = data;
        _bundled = bundled;
    }

    /// <summary>The folder of downloads, with one folder per set; it need not exist yet.</summary>
    /// <exception cref="UsageException">Neither <c>$GLIDE_MODELS</c> nor a home folder is known.</exception>
    public string Data => _data ?? throw new UsageException(
        $"there is no folder for models; {Variable}, XDG_DATA_HOME and HOME are all unset; set {Variable}, or give a "
            + $"folder with --model or --folder");

    /// <summary>The folder of downloads; <c>null</c> if none is known.</summary>
    internal string? DataIfKnown => _data;

    /// <summary>The folders according to the environment and the program's location.</summary>
    /// <exception cref="UsageException"><c>$GLIDE_MODELS</c> names something that is no folder.</exception>
    public static ModelFolders FromEnvironment() =>
        new(DataFolder(Environment.GetEnvironmentVariable), BundledFolder(AppContext.BaseDirectory));

    /// <summary>Finds a set by name or folder.</summary>
    /// <param name="nameOrFolder">A name such as <c>openai</c>, or a folder; <c>null</c> takes <c>openai</c> if its
    /// weights are available, else <c>mini</c>.</param>
    /// <exception cref="UsageException">There is no such set.</exception>
    /// <exception cref="CheckpointException">Its <c>model.json</c> breaks a rule.</exception>
    public ModelChoice Find(string? nameOrFolder = null)
    {
        if (nameOrFolder is null)
            return Default();

        if (nameOrFolder.Length == 0)
        {
            throw new UsageException(
                $"the name of the model set is empty; give the name or the folder of one; known names: "
                    + $"{string.Join(", ", Names())}");
        }

        bool isName = nameOrFolder is not ("." or "..") && nameOrFolder.IndexOfAny(['/', '\\']) < 0;
        if (isName && Named(nameOrFolder) is { } named)
            return new ModelChoice(named, null);

        if (Directory.Exists(nameOrFolder))
            return new ModelChoice(InFolder(Path.GetFullPath(nameOrFolder)), null);

        throw new UsageException(
            $"there is no model set '{nameOrFolder}'; looked in {string.Join(" and ", Roots())}; " +
            $"known names: {string.Join(", ", Names())}; give one of them or an existing folder");
    }

    /// <summary>Finds a set by name or folder, with the folder for its downloads.</summary>
    /// <param name="nameOrFolder">As in <see cref="Find"/>.</param>
    /// <param name="folder">Folder for downloads; <c>null</c> takes the set's own folder.</param>
    /// <exception cref="UsageException">There is no such set, or no folder for it.</exception>
    /// <exception cref="CheckpointException">Its <c>model.json</c> breaks a rule.</exception>
    internal ModelSet FindForDownload(string nameOrFolder, string? folder = null)
    {
        var set = Find(nameOrFolder).Set;
        if (folder is not null)
            return set with { Folder = Path.GetFullPath(folder) };

        // A set of the installation keeps its downloads in the data folder, never in the installation.
        bool isBundled = _bundled is not null && Path.GetDirectoryName(set.Folder) == _bundled;
        return isBundled ? set with { Folder = Path.Combine(Data, set.Name) } : set;
    }

    /// <summary>All sets of the known folders, ordered by name.</summary>
    internal IReadOnlyList<ModelSet> Known() => [.. Names().Select(name => Named(name)!)];

    internal static string? DataFolder(Func<string, string?> variable)
    {
        if (Given(variable, Variable) is { } chosen)
        {
            return File.Exists(chosen)
                ? throw new UsageException(
                    $"{Variable} is '{chosen}', which is a file; it must name a folder, which 'glide models download' "
                        + "makes if it is missing; set it to one, or unset it")
                : Path.GetFullPath(chosen);
        }

        // By the XDG rules a relative path is invalid and ignored.
        if (Given(variable, "XDG_DATA_HOME") is { } data && Path.IsPathFullyQualified(data))
            return Path.Combine(data, "glide", "models");

        if (OperatingSystem.IsWindows())
            return Given(variable, "LOCALAPPDATA") is { } local ? Path.Combine(local, "glide", "models") : null;

        return Given(variable, "HOME") is { } home
            ? Path.Combine(home, OperatingSystem.IsMacOS() ? "Library/Application Support" : ".local/share", "glide",
                "models")
            : null;
    }

    /// <summary>The folder <c>models</c> next to the program, or that of the checkout around it.</summary>
    internal static string? BundledFolder(string program)
    {
        string beside = Path.Combine(program, "models");
        if (Directory.Exists(beside))
            return beside;

        for (var folder = new DirectoryInfo(program); folder is not null; folder = folder.Parent)
        {
            string models = Path.Combine(folder.FullName, "models");
            if (File.Exists(Path.Combine(folder.FullName, "Glide.sln")) && Directory.Exists(models))
                return models;
        }

        return null;
    }

    private static string? Given(Func<string, string?> variable, string name) =>
        variable(name) is { Length: > 0 } value ? value : null;

    private ModelChoice Default()
    {
        var published = Named(Published);
        if (published is not null && published.CanRun("sample"))
            return new ModelChoice(published, null);

        var builtIn = Named(BuiltIn) ?? throw new UsageException(
            $"there is no model set at all; looked in {string.Join(" and ", Roots())}; name a folder with --model, or "
                + $"install the program again");
        return new ModelChoice(builtIn, published is null
            ? $"using the built-in '{BuiltIn}' models; they draw colored shapes"
            : $"using the built-in '{BuiltIn}' models, which draw colored shapes; for the published ones: glide "
                + $"models download {Published}");
    }

    private IEnumerable<string> Roots()
    {
        if (_data is not null)
            yield return _data;

        if (_bundled is not null)
            yield return _bundled;
    }

    private List<string> Names()
    {
        var names = new SortedSet<string>(StringComparer.Ordinal);
        foreach (string root in Roots().Where(Directory.Exists))
        {
            try
            {
                names.UnionWith(Directory.EnumerateDirectories(root)
                    .Where(folder => File.Exists(Path.Combine(folder, ModelSet.FileName)))
                    .Select(folder => Path.GetFileName(folder)));
            }
            catch (UnauthorizedAccessException error)
            {
                throw new UsageException(
                    $"the models folder {root} cannot be read; {error.Message}; mend its permissions or set {Variable}",
                    error);
            }
        }

        return [.. names];
    }

    private ModelSet? Named(string name)
    {
        foreach (string root in Roots())
        {
            string folder = Path.Combine(root, name);
            if (File.Exists(Path.Combine(folder, ModelSet.FileName)))
            {
                var set = ModelSet.Read(folder);
                return _data is null ? set : set with { Folder = Path.Combine(_data, name) };
            }
        }

        return null;
    }

    private ModelSet InFolder(string folder)
    {
        if (!File.Exists(Path.Combine(folder, ModelSet.FileName)) && Named(Published) is { } published)
        {
            // A folder of published files needs no description of its own.
            var here = published with { Folder = folder };
            if (published.Networks.Values.Any(network => File.Exists(Path.Combine(folder, network.Weights.File))
                || File.Exists(Path.Combine(folder, ModelSet.ConvertedName(network.Weights.File)))))
            {
                return here;
            }
        }

        return ModelSet.Read(folder);
    }
}

/// <summary>A file of a model set, as <c>model.json</c> describes it.</summary>
internal sealed record ModelFile
{
    /// <summary>File name inside the set's folder, without directories.</summary>
    public required string File { get; init; }

    /// <summary>URL of the published file; <c>null</c> if the file ships with the set.</summary>
    public Uri? Url { get; init; }

    /// <summary>Size in bytes; <c>null</c> if the publisher states none.</summary>
    public long? Bytes { get; init; }

    /// <summary>SHA-256 in lower-case hex; <c>null</c> if none is known in advance.</summary>
    public string? Sha256 { get; init; }
}
