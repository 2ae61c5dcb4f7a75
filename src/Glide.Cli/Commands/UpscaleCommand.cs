using System.CommandLine;
using Glide.Cli.Options;
using Glide.Cli.Output;
using Glide.Editing;
using Glide.Pipelines;

namespace Glide.Cli.Commands;

/// <summary><c>glide upscale</c>: enlarges an image fourfold.</summary>
internal sealed class UpscaleCommand : Command, IExamples
{
    private readonly Argument<string?> _prompt = new("PROMPT")
    {
        Description = "What the image shows; helps a little. Default: empty.",
        Arity = ArgumentArity.ZeroOrOne,
    };
    private readonly SourceOption _image = new("The image, PNG or JPEG, of any size.");
    private readonly OutputOptions _output = new();
    private readonly UpscalingOptions _sampling = new();
    private readonly ModelOptions _model = new();

    /// <summary>Builds the command.</summary>
    public UpscaleCommand(TextWriter output, TextWriter error)
        : base("upscale", "Enlarges an image to four times its width and height.")
    {
        Add(_prompt);
        _image.AddTo(this);
        _sampling.AddTo(this);
        _output.AddTo(this);
        _model.AddTo(this);
        SetAction(parsed => new CommandHost(_output.Read(parsed), output, error).Execute(run => Upscale(run, parsed)));
    }

    /// <inheritdoc/>
    public IReadOnlyList<string> Examples { get; } =
    [
        "glide upscale --image small.png -o large.png",
        "glide upscale --image small.png \"a hedgehog\" -s 7",
    ];

    private void Upscale(CommandHost run, ParseResult parsed)
    {
        var image = _image.Load(parsed);
        var models = run.FindModels(_model.Model(parsed));
        var recipe = _sampling.Apply(parsed, Recipe.For(models, "sample"));
        var requests = _sampling.Requests(parsed, parsed.GetValue(_prompt) ?? "");
        if (_sampling.ChoosesSeed(parsed))
            run.Notice($"seed {requests[0].Seed}");
        run.Make(models, _model.Device(parsed), requests.Count, _model.BatchSize(parsed), ViewSettings.None, (pipeline, options) =>
            new Upscaling(pipeline, recipe).Run(image.Image, requests, options with { Task = "upscale" }));
    }
}
