using System.CommandLine;
using Glide.Cli.Options;
using Glide.Cli.Output;
using Glide.Diagnostics;
using Glide.Inversion;
using Glide.Pipelines;
using Glide.Pipelines.Settings;
using Glide.Sheets;

namespace Glide.Cli.Commands;

/// <summary><c>glide sample</c>: images from prompts.</summary>
internal sealed class SampleCommand : Command, IExamples
{
    private readonly Argument<string[]> _prompts = new("PROMPT")
    {
        Description = "What the image shows. Empty for an unconditional one.",
        Arity = ArgumentArity.ZeroOrMore,
    };
    private readonly OutputOptions _output = new();
    private readonly ViewOptions _views = new();
    private readonly SamplingOptions _sampling = new();
    private readonly ModelOptions _model = new();
    private readonly SheetOption _sheet = new();
    private readonly NoiseFileOption _noiseFile;

    public SampleCommand(TextWriter output, TextWriter error)
        : base("sample")
    {
        _noiseFile = new NoiseFileOption(_sheet);
        Add(_prompts);
        this.Add(SettingGroup.Image, _noiseFile.File);
        _output.AddTo(this);
        _views.AddTo(this);
        _sampling.AddTo(this);
        _sheet.AddTo(this, _sampling.NoUpsample, _output.Path);
        _model.AddTo(this);
        Validators.Add(result =>
        {
            if (result.GetResult(_prompts) is null or { Tokens.Count: 0 } && result.GetResult(_noiseFile.File) is null
                or { Implicit: true })
            {
                result.AddError("PROMPT is missing; see 'glide sample --help'");
            }
        });
        SetAction(parsed => new CommandHost(_output.Read(parsed), output, error)
            .Execute(run => Sample(run, parsed, output)));
    }

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
        "glide sample \"a red ring\" --size 192x96 --tile x",
        "glide sample --from-noise noise.safetensors -o again.png",
    ];

    private void Sample(CommandHost run, ParseResult parsed, TextWriter output)
    {
        if (_noiseFile.Read(parsed) is { } noise)
        {
            SampleFromNoise(run, parsed, noise);
            return;
        }
        var models = run.FindModels(_model.Model(parsed));
        var published = Recipe.For(models, "sample");
        var requests = SamplingOptions.Requests(parsed, parsed.GetValue(_prompts)!);
        var sampling = parsed.Given().Sampling();
        var cull = sampling.CheckedCull();
        var whole = parsed.Given().ApplyTo(published, QualityPreset.ForPrompts, models);
        SamplingOptions.TellSeed(parsed, requests, run.Notice);
        SamplingOptions.TellOddPrompts(parsed.GetValue(_prompts)!, run.Notice);
        RunSheets.CheckCandidates(_views.Read(parsed), requests.Count);
        int images = Workload.Of(requests, published, sampling.KeepBest, cull).Finished;
        var job = _model.Job(parsed, models, images, _views.Read(parsed));
        RunOptions Chosen(RunOptions options) => options with { KeepBest = sampling.KeepBest, Cull = cull };
        if (_sheet.Read(parsed) is { } path)
        {
            DrawSheet(run, job, new SheetWriter(path, _output.Read(parsed), output), requests, whole, Chosen);
            run.Notice($"'glide finish {path} NUMBERS' enlarges some of them");
            return;
        }
        var recipe = sampling.NoUpsample ? whole.BaseOnly() : whole;
        run.Make(job with { Recipe = recipe }, (pipeline, options) => pipeline.Run(requests, recipe, Chosen(options)));
    }

    private static void DrawSheet(CommandHost run, ImageJob job, SheetWriter sheet,
        IReadOnlyList<ImageRequest> requests, Recipe whole, Func<RunOptions, RunOptions> chosen)
    {
        var drawn = new List<GeneratedImage>();
        RunSettings? settings = null;
        run.CleanUpIn(sheet.Folder);
        run.Make(job, (pipeline, options) =>
        {
            settings = pipeline.SettingsOf(whole);
            ProofSheet.Check(requests, settings);
            pipeline.Run(requests, whole.BaseOnly(), chosen(options));
        }, drawn.Add);
        sheet.Write(ProofSheet.Of(drawn, settings!));
    }

    private void SampleFromNoise(CommandHost run, ParseResult parsed, InvertedNoise noise)
    {
        var models = run.FindModels(_model.Model(parsed), parsed.GetValue(_noiseFile.File)!, noise.Record.Model);
        var recipe = NoiseFileOption.RecipeFor(parsed, noise, models);
        var requests = NoiseFileOption.Requests(parsed, noise, parsed.GetValue(_prompts)!);
        SamplingOptions.TellSeed(parsed, requests, run.Notice);
        run.Make(_model.Job(parsed, models, requests.Count, _views.Read(parsed)), (pipeline, options) =>
            new InvertedNoiseSampling(pipeline, recipe).Run(noise, requests, options));
    }
}
