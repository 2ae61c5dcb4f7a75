using System.CommandLine;
using Glide.Cli.Options;
using Glide.Cli.Output;
using Glide.Editing;
using Glide.Pipelines;
using Glide.Pipelines.Settings;

namespace Glide.Cli.Commands;

/// <summary><c>glide edit</c>: draws from an image instead of from noise.</summary>
internal sealed class EditCommand : Command, IExamples
{
    private readonly Argument<string[]> _prompts = new("PROMPT")
    {
        Description = "What the image shows. Empty for an unconditional one.",
        Arity = ArgumentArity.OneOrMore,
    };
    private readonly SourceOption _image = new("The image, PNG, JPEG or lossless WebP, such as a sketch.");
    private readonly Option _keepStructure = SettingOptions.Of(SettingName.OfBase(StageTable.KeepStructure));
    private readonly Option _keepStructureUntil = SettingOptions.Of(SettingName.OfBase(StageTable.KeepStructureUntil));
    private readonly OutputOptions _output = new();
    private readonly ViewOptions _views = new();
    private readonly SamplingOptions _sampling = new(SamplingTable.Choosing);
    private readonly ModelOptions _model = new();

    public EditCommand(TextWriter output, TextWriter error)
        : base("edit")
    {
        Add(_prompts);
        _image.AddTo(this);
        this.AddSettings(SettingOptions.Of(SettingName.OfBase(StageTable.Strength)), _keepStructure,
            _keepStructureUntil);
        _output.AddTo(this);
        _views.AddTo(this);
        _sampling.AddTo(this);
        _model.AddTo(this);
        Validators.Add(result =>
        {
            if (result.GetResult(_keepStructureUntil) is { Implicit: false } && result.GetResult(_keepStructure) is null
                or { Implicit: true })
            {
                result.AddError("--keep-structure-until needs --keep-structure; give both or neither");
            }
        });
        SetAction(parsed => new CommandHost(_output.Read(parsed), output, error).Execute(run => Edit(run, parsed)));
    }

    public IReadOnlyList<string> Examples { get; } =
    [
        "glide edit --image sketch.png --strength 0.6 \"a house by a lake\"",
        "glide edit --image photo.jpg --strength 0.8 --keep-structure 4 \"a painting\"",
    ];

    private void Edit(CommandHost run, ParseResult parsed)
    {
        SamplingOptions.RefuseBestOf(parsed);
        var image = _image.Load(parsed);
        var models = run.FindModels(_model.Model(parsed));
        var recipe = SamplingOptions.Apply(parsed, Recipe.For(models, "sample"), models: models);
        var requests = SamplingOptions.Requests(parsed, parsed.GetValue(_prompts)!);
        SamplingOptions.TellSeed(parsed, requests, run.Notice);
        SamplingOptions.TellOddPrompts(parsed.GetValue(_prompts)!, run.Notice);
        var stage = recipe.Base;
        double strength = stage.Strength ?? SettingKind.ToNumber(StageTable.Strength.Default!);
        if (stage.TooWeak(strength) is { } weakness)
            run.Notice(weakness);
        run.Make(_model.Job(parsed, models, requests.Count, _views.Read(parsed)), (pipeline, options) =>
            new Img2Img(pipeline, recipe)
            {
                Alpha = image.Alpha,
                Strength = strength,
                KeepStructure = stage.KeepStructure,
                KeepStructureUntil = stage.KeepStructure is null
                    ? null
                    : stage.KeepStructureUntil ?? SettingKind.ToNumber(StageTable.KeepStructureUntil.Default!),
            }.Run(image.Image, requests, options with { Task = "edit" }));
    }
}
