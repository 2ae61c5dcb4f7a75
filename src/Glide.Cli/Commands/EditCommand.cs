using System.CommandLine;
using Glide.Cli.Options;
using Glide.Cli.Output;
using Glide.Editing;
using Glide.Pipelines;

namespace Glide.Cli.Commands;

/// <summary><c>glide edit</c>: draws from an image instead of from noise.</summary>
internal sealed class EditCommand : Command, IExamples
{
    private const double DefaultStrength = 0.6;

    private readonly Argument<string[]> _prompts = new("PROMPT")
    {
        Description = "What the image shows. Empty for an unconditional one.",
        Arity = ArgumentArity.OneOrMore,
    };
    private readonly SourceOption _image = new("The image, PNG or JPEG, such as a sketch.");
    private readonly Option<double?> _strength = OptionValues.Number("--strength", [], "X",
        "How much is drawn anew: 0 keeps the image, 1 ignores it. Default: 0.6.", 0, 1);
    private readonly Option<long?> _keepStructure = OptionValues.Whole("--keep-structure", [], "N",
        "Keep what survives shrinking the image by N at the base's size (ILVR), such as 4 or 8.", 1, 1024);
    private readonly Option<double?> _keepStructureUntil = OptionValues.Number("--keep-structure-until", [], "X",
        "Share of the steps at the end that are free of it. Default: 0.2.", 0, 1);
    private readonly OutputOptions _output = new();
    private readonly ViewOptions _views = new();
    private readonly SamplingOptions _sampling = new();
    private readonly ModelOptions _model = new();

    /// <summary>Builds the command.</summary>
    public EditCommand(TextWriter output, TextWriter error)
        : base("edit", "Draws an image anew from a sketch or another image.")
    {
        Add(_prompts);
        _image.AddTo(this);
        Add(_strength);
        Add(_keepStructure);
        Add(_keepStructureUntil);
        _output.AddTo(this);
        _views.AddTo(this);
        _sampling.AddTo(this);
        _model.AddTo(this);
        Validators.Add(result =>
        {
            if (result.GetResult(_keepStructureUntil) is { Implicit: false } && result.GetResult(_keepStructure) is null or { Implicit: true })
                result.AddError("--keep-structure-until needs --keep-structure; give both or neither");
        });
        SetAction(parsed => new CommandHost(_output.Read(parsed), output, error).Execute(run => Edit(run, parsed)));
    }

    /// <inheritdoc/>
    public IReadOnlyList<string> Examples { get; } =
    [
        "glide edit --image sketch.png --strength 0.6 \"a house by a lake\"",
        "glide edit --image photo.jpg --strength 0.8 --keep-structure 4 \"a painting\"",
    ];

    private void Edit(CommandHost run, ParseResult parsed)
    {
        const double DefaultUntil = 0.2;
        _sampling.RefuseBestOf(parsed);
        var image = _image.Load(parsed);
        var models = run.FindModels(_model.Model(parsed));
        var recipe = _sampling.Apply(parsed, Recipe.For(models, "sample"));
        var requests = _sampling.Requests(parsed, parsed.GetValue(_prompts)!);
        if (_sampling.ChoosesSeed(parsed))
            run.Notice($"seed {requests[0].Seed}");
        int? factor = (int?)parsed.GetValue(_keepStructure);
        run.Make(models, _model.Device(parsed), requests.Count, _model.BatchSize(parsed), _views.Read(parsed), (pipeline, options) =>
            new Img2Img(pipeline, recipe)
            {
                Strength = parsed.GetValue(_strength) ?? DefaultStrength,
                KeepStructure = factor,
                KeepStructureUntil = factor is null ? null : parsed.GetValue(_keepStructureUntil) ?? DefaultUntil,
            }.Run(image.Image, requests, options with { Task = "edit" }));
    }
}
