using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Glide.Cli.Options;
using Glide.Cli.Output;
using Glide.Pipelines;

namespace Glide.Cli.Commands;

/// <summary><c>glide score</c>: how well images go with prompts.</summary>
internal sealed class ScoreCommand : Command, IExamples
{
    private readonly Argument<string[]> _images = new("IMAGE")
    {
        Description = "PNG or JPEG files; they are scaled to what CLIP sees.",
        Arity = ArgumentArity.OneOrMore,
    };
    private readonly Option<string[]> _prompts = new("--prompt", "-p")
    {
        Description = "What the images are held against; several give a column each.",
        HelpName = "TEXT",
        Required = true,
        Arity = ArgumentArity.OneOrMore,
        AllowMultipleArgumentsPerToken = false,
    };
    private readonly Option<bool> _json = OptionValues.Flag("--json", "Print one JSON object per image.");
    private readonly ModelOptions _model = new();

    public ScoreCommand(TextWriter output, TextWriter error)
        : base("score")
    {
        Add(_images);
        Add(_prompts);
        Add(_json);
        _model.AddTo(this);
        SetAction(parsed =>
        {
            try
            {
                Score(parsed, output, error);
                return ExitCode.Done;
            }
            catch (Exception exception)
            {
                return new ErrorReporter(error, verbose: false).Report(exception);
            }
        });
    }

    public IReadOnlyList<string> Examples { get; } =
    [
        "glide score a-red-circle-7.png --prompt \"a red circle\"",
        "glide score *.png -p \"a red circle\" -p \"a blue square\" --json",
    ];

    private void Score(ParseResult parsed, TextWriter output, TextWriter error)
    {
        string[] paths = parsed.GetValue(_images)!, prompts = parsed.GetValue(_prompts)!;
        var (models, notice) = _model.Model(parsed).Find();
        if (notice is not null)
            error.WriteLine(notice);
        using var scorer = ClipScorer.Open(models, _model.Device(parsed));
        var scores = scorer.Score(paths, prompts, text => Messages.Warn(error, text));
        if (parsed.GetValue(_json))
        {
            for (int row = 0; row < paths.Length; row++)
            {
                var byPrompt = new JsonArray([.. prompts.Select((prompt, column) =>
                    new JsonObject { ["prompt"] = prompt, ["score"] = Math.Round(scores.Rows[row][column], 6) })]);
                output.WriteLine(JsonLine.Of(new JsonObject
                {
                    ["path"] = paths[row],
                    ["model"] = models.Name,
                    ["scores"] = byPrompt
                }));
            }
            return;
        }
        var table = new TextTable(["image", .. prompts]);
        for (int row = 0; row < paths.Length; row++)
        {
            table.Add([paths[row], .. scores.Rows[row]
                .Select(score => score.ToString(" 0.0000;-0.0000", CultureInfo.InvariantCulture))]);
        }
        table.Write(output);
    }
}
