using System.CommandLine;
using Glide.Cli.Options;
using Glide.Cli.Output;
using Glide.Pipelines;

namespace Glide.Cli.Commands;

/// <summary><c>glide sample</c>: pictures from prompts.</summary>
internal sealed class SampleCommand : Command, IExamples
{
    private readonly Argument<string[]> _prompts = new("PROMPT")
    {
        Description = "What the picture shows. Empty for an unconditional one.",
        Arity = ArgumentArity.OneOrMore,
    };
    private readonly OutputOptions _output = new();
    private readonly ViewOptions _views = new();
    private readonly SamplingOptions _sampling = new();
    private readonly ModelOptions _model = new();

    /// <summary>Builds the command.</summary>
    public SampleCommand(TextWriter output, TextWriter error)
        : base("sample", "Draws pictures that prompts describe.")
    {
        Add(_prompts);
        _output.AddTo(this);
        _views.AddTo(this);
        _sampling.AddTo(this);
        _model.AddTo(this);
        SetAction(parsed => new GenerationRun(_output.Read(parsed), output, error).Execute(run => Sample(run, parsed)));
    }

    /// <inheritdoc/>
    public IReadOnlyList<string> Examples { get; } =
    [
        "glide sample \"a red circle above a blue square\"",
        "glide sample \"a hedgehog using a calculator\" -n 4 -s 7 -o hedgehogs",
        "glide sample \"a large blue star\" --guidance both --best-of 8",
        "glide sample \"a corgi\" -o corgi.png --steps ddim50 --sampler ddim",
        "glide sample \"a blue star\" --quality normal --threshold dynamic",
        "glide sample \"a red ring\" -n 9 -o rings --grid rings.png --preview auto",
        "glide sample \"a red ring\" -s 5 --gif steps.gif",
    ];

    private void Sample(GenerationRun run, ParseResult parsed)
    {
        var models = run.FindModels(_model.Model(parsed));
        var recipe = _sampling.Apply(parsed, Recipe.For(models, "sample"));
        var requests = _sampling.Requests(parsed, parsed.GetValue(_prompts)!);
        if (_sampling.ChoosesSeed(parsed))
            run.Notice($"seed {requests[0].Seed}");
        run.Generate(models, _model.Engine(parsed), requests, recipe, _model.BatchSize(parsed), _views.Read(parsed), _sampling.KeepBest(parsed));
    }
}
