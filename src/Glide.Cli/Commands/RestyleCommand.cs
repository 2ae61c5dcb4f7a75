using System.CommandLine;
using Glide.Cli.Options;
using Glide.Cli.Output;
using Glide.Inversion;
using Glide.Pipelines;

namespace Glide.Cli.Commands;

/// <summary><c>glide restyle</c>: an image under another description.</summary>
internal sealed class RestyleCommand : Command, IExamples
{
    private readonly Argument<string> _image =
        new("IMAGE") { Description = "A PNG or JPEG; scaled down to the base's size." };
    private readonly Option<string?> _from =
        OptionValues.Text("--from", [], "PROMPT", "What the image shows. Default: from its metadata.");
    private readonly Option<string?> _to = OptionValues.Text("--to", [], "PROMPT", "What it should show.");
    private readonly Option<double?> _strength = OptionValues.Number("--strength", [], "X",
        "How far the image is noised, 0 to 1; less keeps more of it. Default: 0.8.", (0, 1));
    private readonly OutputOptions _output = new();
    private readonly ViewOptions _views = new();
    private readonly PathOptions _way = new(DeterministicRecipe.Steps,
        "Guidance toward the new description. Default: from the recipe, 3.");
    private readonly ReturnOptions _return = new();
    private readonly ModelOptions _model = new();

    public RestyleCommand(TextWriter output, TextWriter error)
        : base("restyle")
    {
        Add(_image);
        Add(_from);
        Add(_to);
        Add(_strength);
        _output.AddTo(this);
        _views.AddTo(this);
        _way.AddTo(this);
        _return.AddTo(this);
        _model.AddTo(this);
        Validators.Add(result =>
        {
            if (result.GetResult(_to) is null or { Implicit: true })
                result.AddError("--to is missing; see 'glide restyle --help'");
        });
        SetAction(parsed => new CommandHost(_output.Read(parsed), output, error).Execute(run => Restyle(run, parsed)));
    }

    public IReadOnlyList<string> Examples { get; } =
    [
        "glide restyle circle.png --from \"a red circle\" --to \"a blue circle\"",
        "glide restyle a-red-circle-7.png --to \"a red star\" --strength 0.9",
    ];

    private void Restyle(CommandHost run, ParseResult parsed)
    {
        var image = PromptedImage.Load(parsed.GetValue(_image)!);
        string from = image.PromptOr(parsed.GetValue(_from), "--from PROMPT");
        var models = run.FindModels(_model.Model(parsed));
        var published = Recipe.For(models, "sample");
        var recipe = _way.Apply(parsed, published, published.Base.GuidanceScale);
        double strength = parsed.GetValue(_strength) ?? InversionEdit.DefaultStrength;
        if ((recipe.Base with { Spacing = "trained" }).TooWeak(strength) is { } weakness)
            run.Notice(weakness);
        var requests = ReturnOptions.Requests(parsed, parsed.GetValue(_to)!, run.Notice);
        run.Make(_model.Job(parsed, models, requests.Count, _views.Read(parsed)), (pipeline, options) =>
            new InversionEdit(pipeline, recipe) { Strength = strength }
                .Run(image.Image, from, requests, options with { Task = "restyle" }));
    }
}
