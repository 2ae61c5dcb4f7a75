using System.CommandLine;
using Glide.Pipelines.Editing;

namespace Glide.Cli.Options;

/// <summary><c>--image</c> of the commands that start from a picture.</summary>
internal sealed class SourceOption(string description)
{
    private readonly Option<string?> _image = OptionValues.Text("--image", ["-i"], "FILE", description, path => path.Length > 0 ? null : "a file");

    /// <summary>Adds the option to a command.</summary>
    public void AddTo(Command command)
    {
        command.Add(_image);
        command.Validators.Add(result =>
        {
            if (result.GetResult(_image) is null or { Implicit: true })
                result.AddError($"--image is missing; see 'glide {command.Name} --help'");
        });
    }

    /// <summary>Reads the picture.</summary>
    /// <exception cref="UsageException">It cannot be read.</exception>
    public SourcePicture Load(ParseResult parsed) => SourcePicture.Load(parsed.GetValue(_image)!);
}
