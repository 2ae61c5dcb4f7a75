using System.CommandLine;
using Glide.Cli.Options;
using Glide.Cli.Output;
using Glide.Inversion;
using Glide.Pipelines;

namespace Glide.Cli.Commands;

/// <summary><c>glide interpolate</c>: the way from one image to another.</summary>
internal sealed class InterpolateCommand : Command, IExamples
{
    private const int DefaultFrames = 12;

    private readonly Argument<string> _first =
        new("A") { Description = "The first image, PNG or JPEG; scaled down to the base's size." };
    private readonly Argument<string> _last = new("B") { Description = "The last one." };
    private readonly Option<string?> _from =
        OptionValues.Text("--from", [], "PROMPT", "What A shows. Default: from its metadata.");
    private readonly Option<string?> _to = OptionValues.Text("--to", [], "PROMPT",
        "What B shows. Default: from its metadata.");
    private readonly Option<long?> _frames =
        OptionValues.Whole("--frames", ["-n"], "N", "Number of images, including both ends. Default: 12.", (2, 10_000));
    private readonly Option<string?> _film =
        OptionValues.Text("--gif", [], "FILE", "Also write them as an animated GIF.",
        path => path.EndsWith(".gif", StringComparison.OrdinalIgnoreCase) ? null : "a name that ends in .gif");
    private readonly OutputOptions _output = new(
        "A folder, made if missing, for frame-01.png, frame-02.png, ... Default: the current one.",
            "Replace existing files.");
    private readonly PathOptions _way = new(DeterministicRecipe.Steps);
    private readonly ReturnOptions _return = new();
    private readonly ModelOptions _model = new();

    public InterpolateCommand(TextWriter output, TextWriter error)
        : base("interpolate")
    {
        Add(_first);
        Add(_last);
        foreach (var option in new Option[] { _from, _to, _frames, _film })
            Add(option);
        _output.AddTo(this);
        _way.AddTo(this);
        _return.AddTo(this);
        _model.AddTo(this);
        SetAction(parsed => new CommandHost(_output.Read(parsed), output, error)
            .Execute(run => Interpolate(run, parsed)));
    }

    public IReadOnlyList<string> Examples { get; } =
    [
        "glide interpolate a-red-circle-7.png a-blue-star-3.png -o way --gif way.gif",
        "glide interpolate a.jpg b.jpg --from \"a red circle\" --to \"a blue star\"",
    ];

    private void Interpolate(CommandHost run, ParseResult parsed)
    {
        var first = End(parsed.GetValue(_first)!, parsed.GetValue(_from), "--from PROMPT");
        var last = End(parsed.GetValue(_last)!, parsed.GetValue(_to), "--to PROMPT");
        int frames = (int)(parsed.GetValue(_frames) ?? DefaultFrames);
        var writer = new FrameWriter(_output.Read(parsed), frames, parsed.GetValue(_film));
        foreach (string folder in writer.Folders)
            run.CleanUpIn(folder);
        var models = run.FindModels(_model.Model(parsed));
        var recipe = _way.Apply(parsed, Recipe.For(models, "sample"));
        // One seed for all: what the upsampler adds stays where it is.
        var request = ReturnOptions.Requests(parsed, first.Prompt, run.Notice)[0];
        run.Make(_model.Job(parsed, models, images: 1), (pipeline, options) =>
        {
            options = options with { Task = "interpolate" };
            new Interpolation(pipeline, recipe).Run(first, last, frames, request, options);
        }, image => writer.Write(image, run.Lines));
        writer.Finish(run.Notice);
    }

    private static Endpoint End(string path, string? prompt, string how)
    {
        var image = PromptedImage.Load(path);
        return new Endpoint(image.Image, image.PromptOr(prompt, how));
    }
}
