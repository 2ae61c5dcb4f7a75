using System.CommandLine;
using Glide.Cli.Options;
using Glide.Cli.Output;
using Glide.Editing;
using Glide.Pipelines;
using Glide.Pipelines.Settings;

namespace Glide.Cli.Commands;

/// <summary><c>glide inpaint</c>: paints a part of an image anew.</summary>
internal sealed class InpaintCommand : Command, IExamples
{
    private readonly Argument<string[]> _prompts = new("PROMPT")
    {
        Description = "What is painted. Empty for an unconditional one.",
        Arity = ArgumentArity.OneOrMore,
    };
    private readonly SourceOption _image = new("The image, PNG, JPEG or lossless WebP.");
    private readonly PaintedPartOptions _painted = new();
    private readonly Option<bool> _raw = OptionValues.Flag("--raw",
        "Also write the model's own square, as NAME-raw.png.");
    private readonly OutputOptions _output = new();
    private readonly ViewOptions _views = new();
    private readonly SamplingOptions _sampling =
        new([SamplingTable.Size.Name, SamplingTable.Tile.Name, .. SamplingTable.Choosing]);
    private readonly ModelOptions _model = new();

    public InpaintCommand(TextWriter output, TextWriter error)
        : base("inpaint")
    {
        Add(_prompts);
        _image.AddTo(this);
        _painted.AddTo(this);
        this.Add(SettingGroup.Output, _raw);
        _output.AddTo(this);
        _views.AddTo(this);
        _sampling.AddTo(this);
        _model.AddTo(this);
        SetAction(parsed => new CommandHost(_output.Read(parsed), output, error)
            .Execute(run => Inpaint(run, parsed, error)));
    }

    public IReadOnlyList<string> Examples { get; } =
    [
        "glide inpaint --image room.png --mask mask.png \"a painting of a corgi\"",
        "glide inpaint --image room.png --rect 40,60,96,96 \"a vase\" -n 4",
        "glide inpaint --image room.png --extend left=64,right=64 \"a room\"",
        "glide inpaint --image hill.png --mask 1.png \"a house\" --then 2.png \"a tree\"",
    ];

    private void Inpaint(CommandHost run, ParseResult parsed, TextWriter error)
    {
        SamplingOptions.RefuseBestOf(parsed);
        var part = _painted.Read(parsed);
        if (part.Then.Count > 0 && parsed.Given().Has(SamplingTable.And))
        {
            throw new UsageException(
                "--and and --then contradict each other; --and belongs to PROMPT, and every --then has a prompt of its "
                    + "own; leave one out");
        }
        var source = _image.Load(parsed);
        var (canvas, steps) = part.Read(source, warning => Messages.Warn(error, warning), run.Notice);
        var models = run.FindModels(_model.Model(parsed));
        var recipe = SamplingOptions.Apply(parsed, Recipe.For(models, part.Task));
        var requests = SamplingOptions.Requests(parsed, parsed.GetValue(_prompts)!);
        SamplingOptions.TellSeed(parsed, requests, run.Notice);
        SamplingOptions.TellOddPrompts(parsed.GetValue(_prompts)!, run.Notice);
        bool keepsRaw = parsed.GetValue(_raw);
        var job = _model.Job(parsed, models, requests.Count, _views.Read(parsed)) with
        {
            Size = (canvas.Image.Width, canvas.Image.Height),
        };
        run.Make(job, (pipeline, options) =>
            new Inpainting(pipeline, recipe) { Window = part.Window, Alpha = canvas.Alpha }
                .Run(canvas.Image, steps, requests, options with
                {
                    Task = "inpaint",
                    Finished = made => options.Finished(keepsRaw ? made : made with { Raw = null }),
                }));
    }
}
