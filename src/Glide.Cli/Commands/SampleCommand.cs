using System.CommandLine;
using Glide.Cli.Options;
using Glide.Cli.Output;
using Glide.Inversion;
using Glide.Pipelines;

namespace Glide.Cli.Commands;

/// <summary><c>glide sample</c>: pictures from prompts.</summary>
internal sealed class SampleCommand : Command, IExamples
{
    private readonly Argument<string[]> _prompts = new("PROMPT")
    {
        Description = "What the picture shows. Empty for an unconditional one.",
        Arity = ArgumentArity.ZeroOrMore,
    };
    private readonly OutputOptions _output = new();
    private readonly ViewOptions _views = new();
    private readonly SamplingOptions _sampling = new();
    private readonly ModelOptions _model = new();
    private readonly SheetOption _sheet = new();
    private readonly LatentOption _latent;

    /// <summary>Builds the command.</summary>
    public SampleCommand(TextWriter output, TextWriter error)
        : base("sample", "Draws pictures that prompts describe.")
    {
        _latent = new LatentOption(_sampling, _sheet);
        Add(_prompts);
        Add(_latent.File);
        _output.AddTo(this);
        _views.AddTo(this);
        _sampling.AddTo(this);
        _sheet.AddTo(this, _sampling.NoUpsample, _output.Path);
        _model.AddTo(this);
        Validators.Add(result =>
        {
            if (result.GetResult(_prompts) is null or { Tokens.Count: 0 } && result.GetResult(_latent.File) is null or { Implicit: true })
                result.AddError("PROMPT is missing; see 'glide sample --help'");
        });
        SetAction(parsed => new GenerationRun(_output.Read(parsed), output, error).Execute(run => Sample(run, parsed, output)));
    }

    /// <inheritdoc/>
    public IReadOnlyList<string> Examples { get; } =
    [
        "glide sample \"a red circle above a blue square\"",
        "glide sample \"a hedgehog using a calculator\" -n 4 -s 7 -o hedgehogs",
        "glide sample \"a large blue star\" --guidance both --best-of 8",
        "glide sample \"a red heart\" -n 2 --best-of 16 --cull 0.5@0.4",
        "glide sample \"a ring\" -n 20 --no-upsample --sheet sheet.png",
        "glide sample \"a corgi\" -o corgi.png --steps ddim50 --sampler ddim",
        "glide sample \"a blue star\" --quality paper --threshold dynamic",
        "glide sample \"a red ring\" -n 9 -o rings --grid rings.png --preview auto",
        "glide sample \"a red ring\" -s 5 --gif steps.gif",
        "glide sample --from-latent latent.safetensors -o again.png",
    ];

    private void Sample(GenerationRun run, ParseResult parsed, TextWriter output)
    {
        if (_latent.Read(parsed) is { } latent)
        {
            SampleLatent(run, parsed, latent);
            return;
        }
        var models = run.FindModels(_model.Model(parsed));
        var published = Recipe.For(models, "sample");
        var requests = _sampling.Requests(parsed, parsed.GetValue(_prompts)!);
        var cull = _sampling.Cull(parsed);
        if (_sampling.ChoosesSeed(parsed))
            run.Notice($"seed {requests[0].Seed}");
        if (_sheet.Read(parsed) is { } path)
        {
            var sheet = new SheetWriter(path, _output.Read(parsed), output);
            run.GenerateSheet(models, _model.Engine(parsed), requests, _sampling.ApplyToBoth(parsed, published, QualityPreset.ForPrompts), _model.BatchSize(parsed), sheet, _views.Read(parsed), _sampling.KeepBest(parsed), cull);
            run.Notice($"'glide finish {path} NUMBERS' enlarges some of them");
            return;
        }
        run.Generate(models, _model.Engine(parsed), requests, _sampling.Apply(parsed, published, QualityPreset.ForPrompts), _model.BatchSize(parsed), _views.Read(parsed), _sampling.KeepBest(parsed), cull);
    }

    private void SampleLatent(GenerationRun run, ParseResult parsed, Latent latent)
    {
        var models = run.FindModels(_model.Model(parsed) ?? latent.Record.Model);
        var recipe = _latent.RecipeFor(parsed, latent, models);
        var requests = _latent.Requests(parsed, latent, parsed.GetValue(_prompts)!);
        if (_sampling.ChoosesSeed(parsed))
            run.Notice($"seed {requests[0].Seed}");
        run.Make(models, _model.Engine(parsed), requests.Count, _model.BatchSize(parsed), _views.Read(parsed), (pipeline, options) =>
            new LatentSampling(pipeline, recipe).Run(latent, requests, options));
    }
}
