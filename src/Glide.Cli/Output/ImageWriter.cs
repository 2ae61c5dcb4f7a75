using Glide.Batches;
using Glide.Cli.Options;
using Glide.Images;
using Glide.Pipelines;

namespace Glide.Cli.Output;

/// <summary>Gives images their names, writes them whole, and says on stdout where they are.</summary>
internal sealed class ImageWriter
{
    private readonly OutputSettings _settings;
    private readonly TextWriter _output;

    /// <summary>Settles where images go and makes sure that they can be written, before any is made.</summary>
    /// <param name="settings">What the user asked for.</param>
    /// <param name="images">How many images there will be.</param>
    /// <param name="output">Gets a line an image.</param>
    /// <exception cref="UsageException">The place does not fit: several images for one file, a file that
    /// exists.</exception>
    public ImageWriter(OutputSettings settings, int images, TextWriter output)
    {
        _settings = settings;
        _output = output;
        string path = settings.Path ?? ".";
        bool isFile = OutputNames.IsImage(path);
        if (isFile)
        {
            if (images > 1)
            {
                throw new UsageException(
                    $"--output names one file for several images; found '{path}' for {images} images; allowed is a "
                        + $"folder; give a name without {Path.GetExtension(path)}");
            }
            if (System.IO.File.Exists(path) && !settings.Overwrite)
                throw new UsageException($"the file exists; '{path}'; give --overwrite to replace it, or another name");
            File = path;
        }
        else if (System.IO.File.Exists(path))
        {
            throw new UsageException(
                $"--output is neither an image nor a folder; '{path}' is a file; give a folder or a name that ends in "
                    + ImageNames.Written);
        }
        Folder = isFile ? Path.GetDirectoryName(Path.GetFullPath(path))! : path;
        GeneratedImageFile.Probe(Folder);
    }

    public string Folder { get; }

    /// <summary>The one file that is written; <c>null</c> for files of the folder.</summary>
    public string? File { get; }

    /// <summary>Is told of what a format does not keep.</summary>
    public Action<string> Notice { get; init; } = _ => { };

    /// <summary>Refuses images that are too large for the file's format, before any is made.</summary>
    /// <exception cref="UsageException">They are.</exception>
    public void CheckSize(int width, int height)
    {
        if (File is not null)
            ImageEncoder.CheckSize(ImageNames.FormatOf(File)!.Value, width, height);
    }

    /// <summary>Writes one image and prints its line.</summary>
    /// <param name="image">The image.</param>
    /// <param name="name">Its name in the folder, where none is taken; <c>null</c> for one made from prompt and
    /// seed.</param>
    /// <returns>Where it is.</returns>
    public string Write(GeneratedImage image, string? name = null)
    {
        string path = File is null ? WriteUnderFreeName(image, name
            ?? OutputNames.For(image.Record.Prompt, image.Record.Seed)) : WriteTo(File, image);
        if (image.Alpha is not null && ImageNames.FormatOf(path) == ImageFormat.Jpeg)
            Notice($"{path}: a JPEG has no transparency; transparent parts are on white; .png and .webp keep them");
        if (image.Raw is not null)
            WriteRaw(path, image with { Image = image.Raw });
        _output.WriteLine(_settings.Json ? image.Record.ToJsonLine(path, image.Seconds) : path);
        _output.Flush();
        return path;
    }

    private string WriteTo(string path, GeneratedImage image)
    {
        if (!GeneratedImageFile.TryWrite(path, image, replace: _settings.Overwrite))
            throw new UsageException($"the file exists; '{path}'; give --overwrite to replace it, or another name");
        return path;
    }

    private void WriteRaw(string path, GeneratedImage raw)
    {
        string folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        string name = $"{Path.GetFileNameWithoutExtension(path)}-raw{Path.GetExtension(path)}";
        int number = 1;
        while (!GeneratedImageFile.TryWrite(Path.Combine(folder, OutputNames.Numbered(name, number)), raw,
            replace: _settings.Overwrite))
        {
            number++;
        }
    }

    private string WriteUnderFreeName(GeneratedImage image, string name)
    {
        for (int number = 1; ; number++)
        {
            string path = Path.Combine(Folder, OutputNames.Numbered(name, number));
            string shown = _settings.Path is null ? OutputNames.Numbered(name, number) : path;
            if (!System.IO.File.Exists(path) && GeneratedImageFile.TryWrite(path, image, replace: false))
                return shown;
        }
    }
}
