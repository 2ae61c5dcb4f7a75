using System.CommandLine;
using Glide.Editing;
using Glide.Images;
using Glide.Pipelines.Settings;

namespace Glide.Cli.Options;

/// <summary>The options of <see cref="PaintedPart"/>.</summary>
internal sealed class PaintedPartOptions
{
    private readonly IReadOnlyList<(Setting<PaintedPart> Setting, Option Option)> _options =
        [.. PaintedPart.Settings.Select(setting => (setting, SettingOptions.Of(setting)))];

    private readonly Option<string[]?> _then = new DescribedOption<string[]?>("--then")
    {
        Description = "Edit the result again: a mask (or X,Y,W,H) and a prompt; may be given several times, after the "
            + "prompts.",
        HelpName = "MASK PROMPT",
        Arity = new ArgumentArity(2, SettingOptions.MostValues),
        AllowMultipleArgumentsPerToken = true,
    };

    public void AddTo(Command command)
    {
        command.AddSettings(_options.Select(each => each.Option));
        command.Add(SettingGroup.Image, _then);
        command.Validators.Add(result =>
        {
            foreach (string fault in PaintedPart.Contradictions(name => result.IsGiven(Find(name))))
                result.AddError(fault);
            if (result.GetResult(_then) is { Implicit: false, Tokens.Count: var count } && count % 2 == 1)
            {
                result.AddError("--then takes a mask and a prompt; found one without the other; "
                    + "prompts of the first edit stand before it");
            }
        });
    }

    public PaintedPart Read(ParseResult parsed)
    {
        var part = new PaintedPart { Then = parsed.GetValue(_then) ?? [] };
        foreach (var (setting, option) in _options)
        {
            if (parsed.GetResult(option) is not { Implicit: false } result)
                continue;
            foreach (string text in result.Tokens.Select(token => token.Value).DefaultIfEmpty(FlagKind.On))
                part = setting.Set(part, text, option.Name);
        }
        return part;
    }

    private Option Find(string name) => _options.Single(each => each.Setting.Name == name).Option;
}

/// <summary><c>--image</c> of the commands that start from an image.</summary>
internal sealed class SourceOption(string description)
{
    private readonly Option<string?> _image = OptionValues.Text(
        "--image", ["-i"], "FILE", description, path => path.Length > 0 ? null : "a file");

    public void AddTo(Command command)
    {
        command.Add(SettingGroup.Image, _image);
        command.Validators.Add(result =>
        {
            if (!result.IsGiven(_image))
                result.AddError($"--image is missing; see 'glide {command.Name} --help'");
        });
    }

    /// <summary>Reads the image.</summary>
    /// <exception cref="UsageException">It cannot be read.</exception>
    public InitImage Load(ParseResult parsed) => InitImage.Load(parsed.GetValue(_image)!);
}
