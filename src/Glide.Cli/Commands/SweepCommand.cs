using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Glide.Batches;
using Glide.Cli.Options;
using Glide.Cli.Output;
using Glide.Cli.Sweeps;
using Glide.ModelSets;
using Glide.Pipelines;
using Glide.Pipelines.Settings;
using Glide.Sheets;

namespace Glide.Cli.Commands;

/// <summary><c>glide sweep</c>: one prompt with many settings, as a table of images.</summary>
internal sealed class SweepCommand : Command, IExamples
{
    // Commas separate the values.
    private const string StepsHelp = "Steps of the base: 100, ddim50 or fast27.";

    // How many images there are follows from the axes.
    private static readonly string[] s_left = ["count", .. SamplingTable.Choosing];

    private readonly Argument<string> _prompt =
        new("PROMPT") { Description = "What the images show. Empty for unconditional ones." };
    private readonly IReadOnlyList<(SettingName Name, Option<string?> Option)> _axes =
        [.. SettingName.Axes.Select(name => (name, AxisOption(name)))];
    private readonly Option<string?> _grid = OptionValues.Text("--grid", [], "FILE",
        "Name of the table. Default: from the prompt, such as a-red-circle-sweep.png.",
        path => path.EndsWith(".png", StringComparison.OrdinalIgnoreCase) ? null : "a name that ends in .png");
    private readonly OutputOptions _output =
        new("Also keep the single images, in a folder. Default: only the table is written.");
    private readonly ModelOptions _model = new();
    private readonly TextWriter _out;
    private readonly TextWriter _error;

    public SweepCommand(TextWriter output, TextWriter error)
        : base("sweep",
            "An option may have several values: 1,2,4 or FIRST:LAST:STEP; seeds also 1-4. All combinations are "
                + "generated; the last axis runs across the columns.")
    {
        _out = output;
        _error = error;
        Add(_prompt);
        this.Add(SettingGroup.Output, _grid);
        _output.AddTo(this);
        foreach (var name in SettingName.All.Where(name => !s_left.Contains(name.Text)))
            this.AddSettings(_axes.FirstOrDefault(axis => axis.Name == name).Option ?? SettingOptions.Of(name));
        this.AddSettings(SettingOptions.Stage());
        SamplingOptions.RefuseContradictions(this);
        _model.AddTo(this);
        SetAction(parsed => new CommandHost(_output.Read(parsed), output, error).Execute(run => Sweep(run, parsed)));
    }

    public IReadOnlyList<string> Examples { get; } =
    [
        "glide sweep \"a red circle\" --guidance-scale 1:6:1 --seed 1-4",
        "glide sweep \"a blue star\" --sampler ddim,dpmpp-2m --steps 10,20,50 -s 7",
        "glide sweep \"a green ring\" -g 1.5:3:0.5 -s 1,5,9 -o rings --grid rings.png",
    ];

    private void Sweep(CommandHost run, ParseResult parsed)
    {
        string prompt = parsed.GetValue(_prompt)!;
        var settings = _output.Read(parsed);
        var axes = _axes.Where(axis => parsed.IsGiven(axis.Option))
            .Select(axis => SweepAxis.Parse(axis.Name.Text, parsed.GetValue(axis.Option)!)).ToList();
        if (axes.Count == 0)
        {
            throw new UsageException(
                "there is nothing to sweep over; give several values to an option, such as --guidance-scale 1:6:1 or "
                    + "--seed 1-4");
        }
        var models = run.FindModels(_model.Model(parsed));
        var common = new Dictionary<string, string>();
        if (!parsed.Given().Has(SweepAxis.Seed))
        {
            common[SweepAxis.Seed] = SamplingOptions.RandomSeed().ToString(CultureInfo.InvariantCulture);
            run.Notice($"seed {common[SweepAxis.Seed]}");
        }
        var plan = SweepPlan.Make(prompt, axes, common, new RowReader(parsed.Given(), models, folder: "", run.Notice));

        if (settings.Path is not null && OutputNames.IsImage(settings.Path))
        {
            throw new UsageException(
                $"--output keeps single images in a folder; found '{settings.Path}'; allowed is a folder; name the "
                    + $"table with --grid");
        }
        var display = run.Display(ViewSettings.None);
        var writer = settings.Path is null ? null : new ImageWriter(settings, plan.Images.Count, display.Above(_out));
        string grid = GridFile(parsed, prompt, settings);
        GeneratedImageFile.Probe(FolderOf(grid));
        run.CleanUpIn(FolderOf(grid));
        if (writer is not null)
            run.CleanUpIn(writer.Folder);
        var sheet = Draw(run, parsed, models, plan, display, writer);
        if (sheet.IsEmpty)
            return;
        if (!sheet.TryWrite(grid, settings.Overwrite))
            throw Exists(grid);
        _out.WriteLine(settings.Json
            ? JsonLine.Of(new JsonObject
            {
                ["path"] = grid,
                ["task"] = "sweep",
                ["prompt"] = prompt,
                ["rows"] = plan.Rows.Count,
                ["columns"] = plan.Columns.Count,
            })
            : grid);
    }

    private XYGrid Draw(CommandHost run, ParseResult parsed, ModelSet models, SweepPlan plan, IProgressDisplay display,
        ImageWriter? writer)
    {
        var sheet = new XYGrid(plan.Title, plan.Rows, plan.Columns);
        using var pipeline = GlidePipeline.Open(models, _model.Device(parsed));
        display.Run(report =>
        {
            var runner = new BatchRunner(
                new BatchGenerator(pipeline, together: true).Make,
                image => _model.BatchSize(parsed)
                    ?? pipeline.BatchSizeOf(image.Recipe, image.Request.And.Guiding.Count),
                (planned, image) =>
                {
                    sheet.Put(planned.Number - 1, image);
                    writer?.Write(image, planned.FileName);
                },
                new RunOptions
                {
                    Finished = _ => { },
                    Warn = text => Messages.Warn(_error, text),
                    Progress = report,
                    Cancellation = run.Stop
                })
            {
                Halved = size => Messages.Warn(_error, $"out of memory; going on with --batch-size {size}"),
                Failed = failure => Messages.Fail(_error,
                    $"{failure.Image.FileName}: {ErrorReporter.FirstLine(failure.Error.Message)}"),
            };
            runner.Make(plan.Images);
            if (runner.Failures.Count > 0)
                run.Result = ExitCode.Partial;
        });
        return sheet;
    }

    // A name of our own choice never replaces anything; one of the user's does on request.
    private string GridFile(ParseResult parsed, string prompt, OutputSettings settings)
    {
        if (parsed.GetValue(_grid) is { } path)
            return File.Exists(path) && !settings.Overwrite ? throw Exists(path) : path;
        string name = Path.Combine(settings.Path ?? "", $"{OutputNames.Slug(prompt)}-sweep.png");
        int number = 1;
        while (File.Exists(Numbered(name, number)))
            number++;
        return Numbered(name, number);
    }

    private static string Numbered(string path, int number) =>
        Path.Combine(Path.GetDirectoryName(path)!, OutputNames.Numbered(Path.GetFileName(path), number));

    private static string FolderOf(string path) => Path.GetDirectoryName(Path.GetFullPath(path))!;

    private static Option<string?> AxisOption(SettingName name)
    {
        string help = Setting.Describe(name.Text == "steps" ? StepsHelp : name.Help, name.Default);
        var values = new TextKind(text =>
        {
            _ = SweepAxis.Parse(name.Text, text);
            return null;
        });
        return (Option<string?>)SettingOptions.Of(name, $"--{name.Text}", help, values);
    }

    private static UsageException Exists(string path) =>
        new($"the file exists; '{path}'; give --overwrite to replace it, or another name");
}
