using System.CommandLine;
using Glide.Cli.Serving;
using Glide.Cli.Study;
using Glide.Cli.Training;

namespace Glide.Cli.Commands;

/// <summary>The list of commands, in the order in which the help shows them.</summary>
internal static class AllCommands
{
    public static IReadOnlyList<CommandEntry> Entries { get; } =
    [
        new("sample", "Generates images from prompts.", (output, error) => new SampleCommand(output, error)),
        new("finish", "Enlarges images chosen from a sheet, exactly as 'glide sample' would have done.",
            (output, error) => new FinishCommand(output, error)),
        new("inpaint", "Repaints part of an image; the rest keeps every byte.",
            (output, error) => new InpaintCommand(output, error)),
        new("edit", "Generates an image from a sketch or another image.",
            (output, error) => new EditCommand(output, error)),
        new("upscale", "Enlarges an image to four times its width and height.",
            (output, error) => new UpscaleCommand(output, error)),
        new("vary", "Generates variations of an image: its noise, mixed with new noise.",
            (output, error) => new VaryCommand(output, error)),
        new("restyle", "Changes what an image shows and keeps its layout.",
            (output, error) => new RestyleCommand(output, error)),
        new("interpolate", "Generates the frames between two images by interpolating noise and text.",
            (output, error) => new InterpolateCommand(output, error)),
        new("invert", "Finds the noise that produces an image, for 'glide sample --from-noise'.",
            (output, error) => new InvertCommand(output, error)),
        new("batch", "Generates the images of a file of prompts, unattended.",
            (output, error) => new BatchCommand(output, error)),
        new("schema", "Prints the JSON Schema of a row of 'glide batch': settings with their ranges and defaults.",
            (output, _) => new SchemaCommand(output)),
        new("serve", "Serves a page to generate and inpaint on, and the APIs of OpenAI and Stable Diffusion's web UI.",
            (output, error) => new ServeCommand(output, error)),
        new("sweep", "Generates one prompt with many settings, in one labeled table.",
            (output, error) => new SweepCommand(output, error)),
        new("plan",
            "Predicts time, memory, disk and batch size of a run on this machine from a few steps of each network.",
            (output, error) => new PlanCommand(output, error)),
        new("show", "Shows prompt, seed, settings, model and version of an image or a sheet.",
            (output, error) => new ShowCommand(output, error)),
        new("replay", "Regenerates an image from its metadata and says whether the pixels match.",
            (output, error) => new ReplayCommand(output, error)),
        new("models", "Lists the model sets and which of their files are on this machine.",
            (output, error) => new ModelsCommand(output, error)),
        new("data", "Examines images with captions to train on.", (output, error) => new DataCommand(output, error)),
        new("train", "Trains a network on images with captions, from random weights or from those of a model set.",
            (output, error) => new TrainCommand(output, error)),
        new("score", "Scores how well images match prompts, -1 to 1.",
            (output, error) => new ScoreCommand(output, error)),
        new("bench", "Measures sampling steps.", (output, error) => new BenchCommand(output, error)),
        new("info", "Shows versions, devices, memory, threads and folders.",
            (output, error) => new InfoCommand(output, error)),
        new("doctor",
            "Checks the installation: libraries, folders, memory, device, golden numbers of the original "
                + "implementation, and one forward pass of every installed network.",
            (output, error) => new DoctorCommand(output, error)),
        new("completion", "Prints a script that completes commands, options and files in a shell.",
            (output, _) => new CompletionCommand(output)),
        new("study-solvers", "Measures the solvers' distance to 1000 DDIM steps for the docs.",
            (output, error) => new StudySolversCommand(output, error)) { IsHidden = true },
    ];
}

/// <summary>A command that is built, with all its options, only where it is asked for.</summary>
/// <param name="Name">As it is typed.</param>
/// <param name="Summary">One sentence for the list of commands; what else is to be said stands in the command.</param>
/// <param name="Create">Builds it, with the streams for results and for people.</param>
internal sealed record CommandEntry(string Name, string Summary, Func<TextWriter, TextWriter, Command> Create)
{
    /// <summary>Whether the help leaves it out.</summary>
    public bool IsHidden { get; init; }

    /// <summary>The command with everything that it takes.</summary>
    public Command Build(TextWriter output, TextWriter error)
    {
        var command = Create(output, error);
        command.Description = $"{Summary} {command.Description}".TrimEnd();
        command.Hidden = IsHidden;
        return command;
    }

    /// <summary>Its name and summary alone.</summary>
    public Command Outline() => new(Name, Summary) { Hidden = IsHidden };
}
