using System.Text.Json.Nodes;
using Glide.Cli.Options;
using Glide.Pipelines;
using Glide.Sheets;

namespace Glide.Cli.Output;

/// <summary>Writes a sheet of small images and says on stdout where it is.</summary>
internal sealed class SheetWriter
{
    private readonly string _path;
    private readonly OutputSettings _settings;
    private readonly TextWriter _output;

    /// <summary>Makes sure that the sheet can be written, before its images are made.</summary>
    /// <exception cref="UsageException">The file exists, or its folder cannot be written.</exception>
    public SheetWriter(string path, OutputSettings settings, TextWriter output)
    {
        _path = path;
        _settings = settings;
        _output = output;
        Folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        if (File.Exists(path) && !settings.Overwrite)
            throw Exists();
        GeneratedImageFile.Probe(Folder);
    }

    public string Folder { get; }

    public void Write(ProofSheet sheet)
    {
        if (!sheet.TryWrite(_path, replace: _settings.Overwrite))
            throw Exists();
        _output.WriteLine(_settings.Json ? JsonLine.Of(Describe(sheet.Record)) : _path);
    }

    private JsonObject Describe(ProofRecord record) => new()
    {
        ["path"] = _path,
        ["images"] = new JsonArray([.. record.Drafts.Select((draft, index) => new JsonObject
        {
            ["number"] = index + 1,
            ["prompt"] = draft.Prompt,
            ["seed"] = draft.Seed,
            ["score"] = draft.Score,
        })]),
    };

    private UsageException Exists() => new(
        $"the file exists; '{_path}'; give --overwrite to replace it, or another name");
}

/// <summary>The sheets that a run writes beside its images: a contact sheet and a film of the steps.</summary>
internal sealed class RunSheets
{
    private readonly ViewSettings _views;
    private readonly bool _overwrite;
    private readonly ContactSheet _grid;
    private readonly StepAnimation _film = new();

    /// <summary>Makes sure that the files can be written, before any image is made.</summary>
    /// <param name="views">What the user asked for.</param>
    /// <param name="overwrite">Whether existing files are replaced.</param>
    /// <param name="images">How many images there will be.</param>
    /// <exception cref="UsageException">A file exists, its folder cannot be written to, or there are too many images
    /// for a film.</exception>
    public RunSheets(ViewSettings views, bool overwrite, int images)
    {
        _views = views;
        _overwrite = overwrite;
        _grid = new ContactSheet(images);
        CheckCandidates(views, images);
        CheckFiles(views, overwrite);
    }

    /// <summary>Refuses names that cannot be written.</summary>
    /// <exception cref="UsageException">A file exists, or its folder cannot be written to.</exception>
    public static void CheckFiles(ViewSettings views, bool overwrite)
    {
        foreach (string path in FilesOf(views))
        {
            if (File.Exists(path) && !overwrite)
                throw Exists(path);
            if (Directory.Exists(path))
                throw new UsageException($"'{path}' is a folder; give the name of a file");
            GeneratedImageFile.Probe(FolderOf(path));
        }
    }

    /// <summary>Refuses more images than a film may follow, those among them that are not kept in the end.</summary>
    /// <exception cref="UsageException">There are too many.</exception>
    public static void CheckCandidates(ViewSettings views, int images)
    {
        if (views.Film is not null && images > StepAnimation.MostImages)
        {
            throw new UsageException(
                $"--gif shows few images at once; found {images}; allowed are 1 to {StepAnimation.MostImages}; lower "
                    + $"--count or --best-of, or leave --gif out");
        }
    }

    public IEnumerable<string> Folders => FilesOf(_views).Select(FolderOf).Distinct();

    private static IEnumerable<string> FilesOf(ViewSettings views) => new[] { views.Grid, views.Film }.OfType<string>();

    private static string FolderOf(string path) => Path.GetDirectoryName(Path.GetFullPath(path))!;

    /// <summary>Keeps the sheets from replacing an image of the run.</summary>
    /// <exception cref="UsageException">A sheet has the name of the image.</exception>
    public void Spare(string image)
    {
        string full = Path.GetFullPath(image);
        if (FilesOf(_views).FirstOrDefault(file => Path.GetFullPath(file) == full) is { } same)
        {
            throw new UsageException(
                $"{(same == _views.Grid ? "--grid" : "--gif")} has the name of an image of this run; '{same}'; give "
                    + "it another name");
        }
    }

    /// <summary>The run's options, with the sheets looking on.</summary>
    public RunOptions Attach(RunOptions options) => options with
    {
        Finished = image =>
        {
            options.Finished(image);
            Add(image);
        },
        Preview = _views.Film is null ? options.Preview : options.Preview + _film.Add,
    };

    public void Add(GeneratedImage image)
    {
        if (_views.Grid is not null)
            _grid.Add(image);
        if (_views.Film is not null)
            _film.Add(image);
    }

    public void Write(Action<string> notice)
    {
        if (_views.Grid is { } grid && _grid.Count > 0)
            Write(grid, _grid.TryWrite, notice);
        if (_views.Film is { } film)
            Write(film, _film.TryWrite, notice);
    }

    private void Write(string path, Func<string, bool, bool> write, Action<string> notice)
    {
        if (!write(path, _overwrite))
            throw Exists(path);
        notice($"wrote {path}");
    }

    private static UsageException Exists(string path) =>
        new($"the file exists; '{path}'; give --overwrite to replace it, or another name");
}
