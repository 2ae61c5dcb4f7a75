using System.CommandLine;
using System.Globalization;
using Glide.Cli.Options;
using Glide.Pipelines;

namespace Glide.Cli.Study;

/// <summary><c>glide study-solvers</c>, for developers: the table and the plot of docs/studies/solvers.md.</summary>
internal sealed class StudySolversCommand : Command
{
    private const string TableBegins = "<!-- solver distances: glide study-solvers -->";
    private const string TableEnds = "<!-- end of solver distances -->";
    private const int MostPrompts = 64;

    private readonly Argument<string> _folder =
        new("FOLDER") { Description = "The docs folder, with studies/solvers.md." };
    private readonly Option<long?> _prompts =
        OptionValues.Whole("--prompts", [], "N", "Prompts, 1 to 64. Default: 64.", (1, MostPrompts));
    private readonly Option<string?> _keep =
        OptionValues.Text("--keep", [], "FOLDER",
            "Keeps the drawn images there, so that a stopped study goes on; empty it when a solver changes. Default: "
                + "keeps none.");
    private readonly ModelOptions _model = new();

    public StudySolversCommand(TextWriter output, TextWriter error)
        : base("study-solvers")
    {
        Add(_folder);
        Add(_prompts);
        Add(_keep);
        _model.AddTo(this);
        SetAction(parsed => new CommandHost(new OutputSettings(null, false, false, false, false), output, error)
            .Execute(run => Study(run, parsed)));
    }

    private void Study(CommandHost run, ParseResult parsed)
    {
        string folder = Path.Combine(parsed.GetValue(_folder)!, "studies");
        string page = Path.Combine(folder, "solvers.md");
        string text = File.Exists(page) ? File.ReadAllText(page) : "";
        int begin = text.IndexOf(TableBegins, StringComparison.Ordinal);
        int end = text.IndexOf(TableEnds, StringComparison.Ordinal);
        if (begin < 0 || end < begin)
        {
            throw new UsageException(
                $"'{page}' has no place for the table; it belongs between the lines '{TableBegins}' and "
                    + $"'{TableEnds}'; give the docs folder of a checkout");
        }

        var models = run.FindModels(_model.Model(parsed));
        int prompts = (int)(parsed.GetValue(_prompts) ?? MostPrompts);
        using var pipeline = GlidePipeline.Open(models, _model.Device(parsed));
        run.FinishBatchOnInterrupt();
        var kept = new KeptImages(parsed.GetValue(_keep));
        var study = new SolverStudy(pipeline, models, prompts, _model.BatchSize(parsed) ?? 16, kept, run);
        var runs = study.Solvers();
        string scale = Recipe.For(models, "sample").Base.GuidanceScale.ToString(CultureInfo.InvariantCulture);
        string table =
            $"{TableBegins}\n{Counted.Of(prompts, "prompt")}, model set `{models.Name}`, guidance scale "
                + $"{scale}.\n\n{SolverReport.Table(runs)}\n" +
            $"![Distance over network passes](solver-distances.svg)\n\n" +
            $"The same for two solvers with every spacing, on {Math.Min(prompts, SolverStudy.SpacingPrompts)} of the "
                + $"prompts:\n\n{SolverReport.Table(study.Spacings())}\n";
        File.WriteAllText(page, text[..begin] + table + text[end..]);
        File.WriteAllText(Path.Combine(folder, "solver-distances.svg"), SolverReport.Plot(runs));
    }
}
