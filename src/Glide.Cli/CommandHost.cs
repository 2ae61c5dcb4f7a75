using System.Diagnostics;
using Glide.Cli.Options;
using Glide.Cli.Output;
using Glide.Images.Terminal;
using Glide.ModelSets;
using Glide.Pipelines;

namespace Glide.Cli;

/// <summary>
/// What every command that makes images does around the making: notices, progress, signals, errors, exit code.
/// </summary>
internal sealed class CommandHost(OutputSettings settings, TextWriter output, TextWriter error)
{
    private readonly List<string> _folders = [];
    private Signals? _signals;
    private TextWriter? _lines;

    /// <summary>The exit code of work that comes to its end.</summary>
    public int Result { get; set; } = ExitCode.Done;

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

    /// <summary>Does something that counts, and shows how far it is on a terminal.</summary>
    /// <param name="total">Where it will end.</param>
    /// <param name="noun">What is counted.</param>
    /// <param name="work">Reports what it has counted so far.</param>
    public T Watch<T>(int total, string noun, Func<Action<int>, T> work)
    {
        if (settings.Quiet || !ConsoleProgress.CanAnimate)
            return work(_ => { });
        var between = Stopwatch.StartNew();
        try
        {
            return work(done =>
            {
                if (between.ElapsedMilliseconds < 100)
                    return;
                between.Restart();
                error.Write($"\r{Counted.Share(done, total, noun)}");
            });
        }
        finally
        {
            // Moves to the first column and clears the line.
            error.Write("\r\u001b[K");
        }
    }

    /// <summary>Finds a model set and says which one where the user named none.</summary>
    public ModelSet FindModels(WantedModels wanted)
    {
        var (models, notice) = wanted.Find();
        if (notice is not null)
            Notice(notice);
        return models;
    }

    /// <summary>The same where a file names the set, unless the user does.</summary>
    /// <exception cref="UsageException">The file names a folder, where anything may lie.</exception>
    public ModelSet FindModels(WantedModels wanted, string file, string fromFile) =>
        wanted.Name is not null || fromFile.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.')
            ? FindModels(wanted with { Name = wanted.Name ?? fromFile })
            : throw new UsageException(
                $"'{file}' names the model set '{fromFile}'; allowed is the name of an installed set; if you trust "
                    + "that folder, give it with --model");

    /// <summary>stdout, above what shows the progress of <see cref="Make"/>.</summary>
    public TextWriter Lines => _lines ?? output;

    /// <summary>Opens the models and lets a command make its images with them; each is written at once.</summary>
    /// <param name="job">What is made, and where.</param>
    /// <param name="make">Makes the images; gets the models, and what it hands on to them.</param>
    /// <param name="finished">Called with every image; <c>null</c> to write it as <c>--output</c> says.</param>
    public void Make(ImageJob job, Action<GlidePipeline, RunOptions> make, Action<GeneratedImage>? finished = null)
    {
        var display = Display(job.Views);
        _lines = display.Above(output);
        var sheets = new RunSheets(job.Views, settings.Overwrite, job.Images);
        if (finished is null)
        {
            var writer = new ImageWriter(settings, job.Images, _lines) { Notice = Notice };
            if (job.Size is { } size)
                writer.CheckSize(size.Width, size.Height);
            if (writer.File is { } file)
                sheets.Spare(file);
            _folders.Add(writer.Folder);
            finished = image => sheets.Spare(writer.Write(image));
        }
        _folders.AddRange(sheets.Folders);
        using var pipeline = GlidePipeline.Open(job.Models, job.Device, job.Recipe);
        display.Run(report => make(pipeline, sheets.Attach(new RunOptions
        {
            BatchSize = job.BatchSize,
            Finished = finished,
            Warn = text => Messages.Warn(error, text),
            Progress = report,
            Preview = display.Preview,
            Cancellation = Stop,
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
        Notice("no preview: the terminal does not announce images or 24-bit color; --preview blocks shows them anyway");
        return bars;
    }
}

/// <summary>Images that a command makes with one model set.</summary>
/// <param name="Models">The model set.</param>
/// <param name="Device">Where it runs.</param>
/// <param name="Images">How many images there will be.</param>
/// <param name="BatchSize">Images per forward pass; <c>null</c> to choose.</param>
/// <param name="Views">What is shown beside the images.</param>
internal sealed record ImageJob(ModelSet Models, DeviceOptions Device, int Images, int? BatchSize, ViewSettings Views)
{
    /// <summary>How they are made, where weights may be unpacked while libtorch is loaded.</summary>
    public Recipe? Recipe { get; init; }

    /// <summary>The size of the images in pixels, where it follows from an image of the user's.</summary>
    public (int Width, int Height)? Size { get; init; }
}
