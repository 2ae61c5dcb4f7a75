using System.Globalization;
using Glide.Batches;
using Glide.Cli.Options;
using Glide.Images;
using Glide.Pipelines;

namespace Glide.Cli.Output;

/// <summary>Writes images that belong together under numbered names, and all of them as an animation.</summary>
internal sealed class FrameWriter
{
    private readonly OutputSettings _settings;
    private readonly string[] _names;
    private readonly string? _film;
    private readonly List<RgbImage> _written = [];

    /// <summary>Makes sure that all files can be written, before any image is made.</summary>
    /// <param name="settings">What the user asked for.</param>
    /// <param name="frames">How many images there will be.</param>
    /// <param name="film">Path of the animation; <c>null</c> for none.</param>
    /// <exception cref="UsageException">The output is no folder, or a file exists.</exception>
    public FrameWriter(OutputSettings settings, int frames, string? film)
    {
        _settings = settings;
        _film = film;
        if (settings.Path is { } path && (File.Exists(path) || OutputNames.IsImage(path)))
        {
            throw new UsageException(
                $"--output names one file for several images; found '{path}' for {frames} images; allowed is a "
                    + $"folder; give a name without {Path.GetExtension(path)}");
        }
        int digits = Math.Max(2, frames.ToString(CultureInfo.InvariantCulture).Length);
        _names = [.. Enumerable.Range(1, frames)
            .Select(number => $"frame-{number.ToString($"D{digits}", CultureInfo.InvariantCulture)}.png")];
        foreach (string folder in Folders)
            GeneratedImageFile.Probe(folder);
        if (Files.FirstOrDefault(Directory.Exists) is { } taken)
            throw new UsageException($"'{taken}' is a folder; give the name of a file");
        if (!settings.Overwrite && Files.FirstOrDefault(File.Exists) is { } present)
            throw Exists(present);
    }

    public IEnumerable<string> Folders => _film is null
        ? [PathOf("")]
        : [PathOf(""), Path.GetDirectoryName(Path.GetFullPath(_film))!];

    private IEnumerable<string> Files => _film is null ? _names.Select(PathOf) : _names.Select(PathOf).Append(_film);

    /// <summary>Writes the next image.</summary>
    /// <param name="image">The image.</param>
    /// <param name="output">Gets its path, or its JSON line.</param>
    public void Write(GeneratedImage image, TextWriter output)
    {
        string name = _names[_written.Count];
        string path = PathOf(name);
        if (!GeneratedImageFile.TryWrite(path, image, replace: _settings.Overwrite))
            throw Exists(path);
        _written.Add(image.Image);
        string shown = _settings.Path is null ? name : path;
        output.WriteLine(_settings.Json ? image.Record.ToJsonLine(shown, image.Seconds) : shown);
        output.Flush();
    }

    public void Finish(Action<string> notice)
    {
        if (_film is null)
            return;
        GeneratedImageFile.WriteAnimation(_film, _written);
        notice($"wrote {_film}");
    }

    private string PathOf(string name) => Path.Combine(_settings.Path ?? ".", name);

    private static UsageException Exists(string path) =>
        new($"the file exists; '{path}'; give --overwrite to replace it, or another name");
}
