using System.Text.Json.Nodes;
using Glide.Cli.Options;
using Glide.Pipelines;
using Glide.Pipelines.Drafts;

namespace Glide.Cli.Output;

/// <summary>Writes a sheet of small pictures and says on stdout where it is.</summary>
internal sealed class SheetWriter
{
    private readonly string _path;
    private readonly OutputSettings _settings;
    private readonly TextWriter _output;

    /// <summary>Makes sure that the sheet can be written, before its pictures are made.</summary>
    /// <exception cref="UsageException">The file exists, or its folder cannot be written.</exception>
    public SheetWriter(string path, OutputSettings settings, TextWriter output)
    {
        _path = path;
        _settings = settings;
        _output = output;
        Folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        if (File.Exists(path) && !settings.Overwrite)
            throw Exists();
        PictureFile.Probe(Folder);
    }

    /// <summary>The folder that gets the sheet.</summary>
    public string Folder { get; }

    /// <summary>Writes it and prints its line.</summary>
    public void Write(DraftSheet sheet)
    {
        if (!sheet.TryWrite(_path, replace: _settings.Overwrite))
            throw Exists();
        _output.WriteLine(_settings.Json ? JsonLine.Of(Describe(sheet.Record)) : _path);
    }

    private JsonObject Describe(DraftRecord record) => new()
    {
        ["path"] = _path,
        ["pictures"] = new JsonArray([.. record.Drafts.Select((draft, index) => new JsonObject
        {
            ["number"] = index + 1,
            ["prompt"] = draft.Prompt,
            ["seed"] = draft.Seed,
            ["score"] = draft.Score,
        })]),
    };

    private UsageException Exists() => new($"the file exists; '{_path}'; give --overwrite to replace it, or another name");
}
