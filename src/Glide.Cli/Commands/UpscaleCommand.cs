using System.CommandLine;
using Glide.Cli.Options;
using Glide.Cli.Output;
using Glide.Editing;
using Glide.Pipelines;
using Glide.Pipelines.Settings;

namespace Glide.Cli.Commands;

/// <summary><c>glide upscale</c>: enlarges an image fourfold.</summary>
internal sealed class UpscaleCommand : Command, IExamples
{
    private readonly Argument<string?> _prompt = new("PROMPT")
    {
        Description = "What the image shows; helps a little. Default: empty.",
        Arity = ArgumentArity.ZeroOrOne,
    };
    private readonly SourceOption _image = new("The image, PNG, JPEG or lossless WebP, of any size.");
    private readonly OutputOptions _output = new();
    private readonly Option[] _sampling =
    [
        SettingOptions.Of(SettingName.Parse("count"), "--count", "Images, with seeds S, S+1, ... Default: 1."),
        SettingOptions.Of(SamplingTable.Seed),
        SettingOptions.Of(
            SettingName.Parse("upsample-steps"), "--steps",
            "Steps: 100, ddim50, 10,10,3,2,2 or fast27. Default: from the recipe, fast27."),
        SettingOptions.Of(
            SettingName.Parse("upsample-sampler"), "--sampler",
            $"Sampler: {string.Join(", ", StageRecipe.SamplerNames)}. Default: from the recipe, ddim."),
        SettingOptions.Of(SettingName.Parse("upsample-temp"), "--temp", "Factor on the first noise. Default: 0.997."),
    ];
    private readonly ModelOptions _model = new();

    public UpscaleCommand(TextWriter output, TextWriter error)
        : base("upscale")
    {
        Add(_prompt);
        _image.AddTo(this);
        this.AddSettings(_sampling);
        _output.AddTo(this);
        _model.AddTo(this);
        SetAction(parsed => new CommandHost(_output.Read(parsed), output, error).Execute(run => Upscale(run, parsed)));
    }

    public IReadOnlyList<string> Examples { get; } =
    [
        "glide upscale --image small.png -o large.png",
        "glide upscale --image small.png \"a hedgehog\" -s 7",
    ];

    private void Upscale(CommandHost run, ParseResult parsed)
    {
        var image = _image.Load(parsed);
        var models = run.FindModels(_model.Model(parsed));
        var recipe = parsed.Given().ApplyTo(Recipe.For(models, "sample"));
        var requests = SamplingOptions.Requests(parsed, [parsed.GetValue(_prompt) ?? ""]);
        SamplingOptions.TellSeed(parsed, requests, run.Notice);
        var job = _model.Job(parsed, models, requests.Count) with
        {
            Size = (image.Image.Width * Upscaling.Factor, image.Image.Height * Upscaling.Factor),
        };
        run.Make(job, (pipeline, options) =>
            new Upscaling(pipeline, recipe) { Alpha = image.Alpha }
                .Run(image.Image, requests, options with { Task = "upscale" }));
    }
}
