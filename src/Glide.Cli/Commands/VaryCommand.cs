using System.CommandLine;
using Glide.Cli.Options;
using Glide.Cli.Output;
using Glide.Inversion;
using Glide.Pipelines;
using Glide.Pipelines.Settings;

namespace Glide.Cli.Commands;

/// <summary><c>glide vary</c>: images that resemble one.</summary>
internal sealed class VaryCommand : Command, IExamples
{
    private const double DefaultAmount = 0.3;

    private readonly Argument<string> _image =
        new("IMAGE") { Description = "A PNG or JPEG; scaled down to the base's size." };
    private readonly Argument<string?> _prompt = new("PROMPT")
    {
        Description = "What the image shows. Default: from its metadata.",
        Arity = ArgumentArity.ZeroOrOne,
    };
    private readonly Option<double?> _amount = OptionValues.Number("--amount", ["-a"], "X",
        "How much the images differ: 0 not at all, 1 shares only the prompt. Default: 0.3.",
            (0, 1));
    private readonly Option _count = SettingOptions.Of(
        SettingName.Parse("count"), "--count", "Images, with seeds S, S+1, ... Default: 1.");
    private readonly OutputOptions _output = new();
    private readonly ViewOptions _views = new();
    private readonly PathOptions _way = new(DeterministicRecipe.Steps);
    private readonly ReturnOptions _return = new();
    private readonly ModelOptions _model = new();

    public VaryCommand(TextWriter output, TextWriter error)
        : base("vary")
    {
        Add(_image);
        Add(_prompt);
        Add(_amount);
        this.AddSettings(_count);
        _output.AddTo(this);
        _views.AddTo(this);
        _way.AddTo(this);
        _return.AddTo(this);
        _model.AddTo(this);
        SetAction(parsed => new CommandHost(_output.Read(parsed), output, error).Execute(run => Vary(run, parsed)));
    }

    public IReadOnlyList<string> Examples { get; } =
    [
        "glide vary a-red-circle-7.png -n 4 --amount 0.3 -o variations",
        "glide vary drawing.png \"a blue star\" -n 4 -a 0.5 --no-upsample",
    ];

    private void Vary(CommandHost run, ParseResult parsed)
    {
        var image = PromptedImage.Load(parsed.GetValue(_image)!);
        string prompt = image.PromptOr(parsed.GetValue(_prompt), "a PROMPT");
        var models = run.FindModels(_model.Model(parsed));
        var recipe = _way.Apply(parsed, Recipe.For(models, "sample"));
        var requests = ReturnOptions.Requests(parsed, prompt, run.Notice);
        run.Make(_model.Job(parsed, models, requests.Count, _views.Read(parsed)), (pipeline, options) =>
            new Variation(pipeline, recipe) { Amount = parsed.GetValue(_amount) ?? DefaultAmount }.Run(image.Image,
                requests, options with { Task = "vary" }));
    }
}
