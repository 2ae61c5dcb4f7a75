using System.CommandLine;
using System.Diagnostics;
using Glide.Cli.Options;
using Glide.Cli.Output;
using Glide.Inversion;
using Glide.Pipelines;
using Glide.Pipelines.Settings;

namespace Glide.Cli.Commands;

/// <summary><c>glide invert</c>: the noise that an image comes from.</summary>
internal sealed class InvertCommand : Command, IExamples
{
    private const string DefaultSteps = "250";
    private const string Suffix = ".safetensors";

    private readonly Argument<string> _image =
        new("IMAGE") { Description = "A PNG or JPEG; scaled down to the base's size." };
    private readonly Argument<string?> _prompt = new("PROMPT")
    {
        Description = "What the image shows. Default: from its metadata.",
        Arity = ArgumentArity.ZeroOrOne,
    };
    private readonly Option<string?> _path = OptionValues.Text("--output", ["-o"], "FILE",
        "A .safetensors file. Default: the image's name in the current folder, such as a-red-circle-7.safetensors.",
        path => path.EndsWith(Suffix, StringComparison.OrdinalIgnoreCase) ? null : $"a name that ends in {Suffix}");
    private readonly Option<bool> _overwrite = OptionValues.Flag("--overwrite", "Replace an existing file.");
    private readonly Option<bool> _json = OptionValues.Flag("--json", "Print one JSON object instead of the path.");
    private readonly Option<bool> _quiet = OptionValues.Flag("--quiet", "Print no progress and no notices.", "-q");
    private readonly Option<bool> _verbose =
        OptionValues.Flag("--verbose", "Print errors with their stack trace.", "-v");
    private readonly PathOptions _way = new(DefaultSteps);
    private readonly ModelOptions _model = new();

    public InvertCommand(TextWriter output, TextWriter error)
        : base("invert")
    {
        Add(_image);
        Add(_prompt);
        this.Add(SettingGroup.Output, _path, _overwrite, _json, _quiet, _verbose);
        _way.AddTo(this);
        _model.AddTo(this);
        SetAction(parsed => new CommandHost(Settings(parsed), output, error).Execute(run => Invert(run, parsed)));
    }

    public IReadOnlyList<string> Examples { get; } =
    [
        "glide invert a-red-circle-7.png -o noise.safetensors",
        "glide invert drawing.png \"a blue star\" --steps 100",
    ];

    private OutputSettings Settings(ParseResult parsed) => new(
        parsed.GetValue(_path), parsed.GetValue(_overwrite), parsed.GetValue(_json), parsed.GetValue(_quiet),
            parsed.GetValue(_verbose));

    private void Invert(CommandHost run, ParseResult parsed)
    {
        var settings = Settings(parsed);
        var image = PromptedImage.Load(parsed.GetValue(_image)!);
        string prompt = image.PromptOr(parsed.GetValue(_prompt), "a PROMPT");
        string path = settings.Path ?? Path.GetFileNameWithoutExtension(image.Path) + Suffix;
        if (Directory.Exists(path))
            throw new UsageException($"'{path}' is a folder; give the name of a file");
        if (File.Exists(path) && !settings.Overwrite)
            throw new UsageException($"the file exists; '{path}'; give --overwrite to replace it, or another name");
        GeneratedImageFile.Probe(Path.GetDirectoryName(Path.GetFullPath(path))!);
        var models = run.FindModels(_model.Model(parsed));
        string negative = parsed.Given().Sampling().Negative;
        var recipe = DeterministicRecipe.InversionOf(_way.Apply(parsed, Recipe.For(models, "sample")).Base);
        run.Make(_model.Job(parsed, models, images: 1), (pipeline, options) =>
        {
            var clock = Stopwatch.StartNew();
            var request = new ImageRequest(prompt, Seed: 0) { Negative = negative, Start = image.Image };
            var noise = pipeline.Invert([request], recipe, options)[0];
            NoiseFile.Write(path, noise);
            run.Lines.WriteLine(settings.Json ? noise.Record.ToJsonLine(path, clock.Elapsed.TotalSeconds) : path);
        }, _ => { });
    }
}
