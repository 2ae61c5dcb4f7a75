using Glide.Cli.Options;
using Glide.Cli.Output;
using Glide.Diagnostics;
using Glide.Images.Terminal;
using Glide.ModelSets;
using Glide.Pipelines;
using Glide.Sheets;

namespace Glide.Cli;

/// <summary>
/// What every command that makes images does around the making: notices, progress, signals, errors, exit code.
/// </summary>
internal sealed class CommandHost(OutputSettings settings, TextWriter output, TextWriter error)
{
    private readonly List<string> _folders = [];
    private Signals? _signals;

    /// <summary>The exit code of work that comes to its end.</summary>
    public int Result { get; set; } = ExitCode.Done;

    /// <summary>Cancelled by the first signal.</summary>
    public CancellationToken Stop => _signals!.Token;

    /// <summary>Lets the first Ctrl-C finish the running batch.</summary>
    public void FinishBatchOnInterrupt() => _signals!.FinishesWorkOnInterrupt = true;

    /// <summary>Lets the process that started this one stop it through its stdin.</summary>
    public void FollowParent() => _signals!.FollowParent(Console.OpenStandardInput());

    /// <summary>Removes unfinished files from a folder when a signal ends the process.</summary>
    public void CleanUpIn(string folder) => _folders.Add(folder);

    /// <summary>Runs a command's work; errors and signals become the exit code.</summary>
    public int Execute(Action<CommandHost> work)
    {
        using var signals = new Signals(error, () => _folders.ForEach(GeneratedImageFile.RemoveUnfinished));
        _signals = signals;
        try
        {
            work(this);
            return signals.ExitCodeOfSignal ?? Result;
        }
        catch (OperationCanceledException) when (signals.ExitCodeOfSignal is not null)
        {
            return signals.ExitCodeOfSignal.Value;
        }
        catch (Exception exception)
        {
            return new ErrorReporter(error, settings.Verbose).Report(exception);
        }
    }

    /// <summary>Says something that is good to know; not with <c>--quiet</c>.</summary>
    public void Notice(string text)
    {
        if (!settings.Quiet)
            error.WriteLine(Messages.Plain(text));
    }

    /// <summary>Finds a model set and says which one where the user named none.</summary>
    public ModelSet FindModels(string? name)
    {
        var (models, notice) = ModelFolders.FromEnvironment().Find(name);
        if (notice is not null)
            Notice(notice);
        return models;
    }

    /// <summary>Makes the images and writes each as soon as it is there.</summary>
    /// <param name="models">The model set.</param>
    /// <param name="runtime">Where it runs.</param>
    /// <param name="requests">The images.</param>
    /// <param name="recipe">How they are made.</param>
    /// <param name="batchSize">Images per forward pass.</param>
    /// <param name="views">What is shown beside the images.</param>
    /// <param name="keepBest">How many of each prompt's images are kept, the best by CLIP's score; <c>null</c> for
    /// all.</param>
    /// <param name="cull">How candidates are dropped on the way; <c>null</c> where all are drawn to the end.</param>
    public void Generate(
        ModelSet models, DeviceOptions runtime, IReadOnlyList<ImageRequest> requests, Recipe recipe, int? batchSize,
            ViewSettings views, int? keepBest = null, EarlyPruning? cull = null)
    {
        RunSheets.CheckCandidates(views, requests.Count);
        Make(models, runtime, Workload.Of(requests, recipe, keepBest, cull).Finished, batchSize, views,
            (pipeline, options) => pipeline.Run(requests, recipe, options with { KeepBest = keepBest, Cull = cull }),
            recipe);
    }

    /// <summary>
    /// Opens the models, lets a command make its images with them and writes each as soon as it is there.
    /// </summary>
    public void Make(ModelSet models, DeviceOptions runtime, int images, int? batchSize, ViewSettings views,
        Action<GlidePipeline, RunOptions> make, Recipe? expected = null)
    {
        var display = Display(views);
        var writer = new ImageWriter(settings, images, display.Above(output));
        _folders.Add(writer.Folder);
        Make(models, runtime, batchSize, views, images, display, image => writer.Write(image), make, expected);
    }

    /// <summary>Opens the models and lets a command draw small images with them for a numbered sheet.</summary>
    /// <param name="models">The model set.</param>
    /// <param name="runtime">Where it runs.</param>
    /// <param name="requests">The images.</param>
    /// <param name="recipe">How they are made and would be enlarged.</param>
    /// <param name="batchSize">Images per forward pass.</param>
    /// <param name="sheet">Gets the images.</param>
    /// <param name="views">What is shown beside them.</param>
    /// <param name="keepBest">As of <see cref="Generate"/>.</param>
    /// <param name="cull">Likewise.</param>
    public void GenerateSheet(
        ModelSet models, DeviceOptions runtime, IReadOnlyList<ImageRequest> requests, Recipe recipe, int? batchSize,
            SheetWriter sheet, ViewSettings views, int? keepBest, EarlyPruning? cull)
    {
        _folders.Add(sheet.Folder);
        var drawn = new List<GeneratedImage>();
        RunSettings? whole = null;
        Make(models, runtime, batchSize, views, Workload.Of(requests, recipe, keepBest, cull).Finished, Display(views),
            drawn.Add, (pipeline, options) =>
        {
            whole = pipeline.SettingsOf(recipe);
            ProofSheet.Check(requests, whole);
            pipeline.Run(requests, recipe.BaseOnly(), options with { KeepBest = keepBest, Cull = cull });
        });
        sheet.Write(ProofSheet.Of(drawn, whole!));
    }

    private void Make(
        ModelSet models, DeviceOptions runtime, int? batchSize, ViewSettings views, int images,
            IProgressDisplay display, Action<GeneratedImage> finished, Action<GlidePipeline, RunOptions> make,
            Recipe? expected = null)
    {
        var sheets = new RunSheets(views, settings.Overwrite, images);
        _folders.AddRange(sheets.Folders);
        using var pipeline = GlidePipeline.Open(models, runtime, expected);
        display.Run(report => make(pipeline, sheets.Attach(new RunOptions
        {
            BatchSize = batchSize,
            Finished = finished,
            Warn = text => Messages.Warn(error, text),
            Progress = report,
            Preview = display.Preview,
            Cancellation = _signals!.Token,
        })));
        sheets.Write(Notice);
    }

    /// <summary>
    /// What shows the progress: the images themselves where the user wants and the terminal can, otherwise bars or
    /// lines.
    /// </summary>
    /// <param name="views">What the user wants.</param>
    /// <param name="isTypedInto">Whether the user types into the terminal meanwhile, where nothing that moves may be
    /// drawn.</param>
    public IProgressDisplay Display(ViewSettings views, bool isTypedInto = false)
    {
        var bars = new ConsoleProgress(error, settings.Quiet, ConsoleProgress.CanAnimate && !isTypedInto);
        if (views.Preview is not { } kind || settings.Quiet)
            return bars;
        if (!ConsoleProgress.CanAnimate)
        {
            Notice("no preview: stderr is no terminal that may be drawn on (NO_COLOR and TERM=dumb say so too)");
            return bars;
        }
        if (TerminalDetection.Parse(kind, Environment.GetEnvironmentVariable) is { } protocol)
            return new PreviewScreen(error, protocol, TerminalSize.OfStandardError);
        Notice("no preview: the terminal does not say that it shows images or 24-bit colour; --preview blocks draws "
            + "without asking");
        return bars;
    }

    /// <summary>Opens the models and lets a command work with them that writes its files itself.</summary>
    /// <param name="models">The model set.</param>
    /// <param name="runtime">Where it runs.</param>
    /// <param name="batchSize">Images per forward pass.</param>
    /// <param name="work">Gets the models, what it hands on to them, and stdout.</param>
    public void Work(ModelSet models, DeviceOptions runtime, int? batchSize,
        Action<GlidePipeline, RunOptions, TextWriter> work)
    {
        var display = Display(ViewSettings.None);
        Make(models, runtime, batchSize, ViewSettings.None, images: 1, display, _ => { }, (pipeline, options) =>
            work(pipeline, options, display.Above(output)));
    }
}
