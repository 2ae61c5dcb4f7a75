using System.CommandLine;
using Glide.Cli.Serving;
using Glide.Cli.Study;
using Glide.Cli.Training;

namespace Glide.Cli.Commands;

/// <summary>The list of commands, in the order in which the help shows them.</summary>
internal static class AllCommands
{
    public static IReadOnlyList<Command> Create(TextWriter output, TextWriter error) =>
    [
        new SampleCommand(output, error),
        new FinishCommand(output, error),
        new InpaintCommand(output, error),
        new EditCommand(output, error),
        new UpscaleCommand(output, error),
        new VaryCommand(output, error),
        new RestyleCommand(output, error),
        new InterpolateCommand(output, error),
        new InvertCommand(output, error),
        new BatchCommand(output, error),
        new SchemaCommand(output),
        new ServeCommand(output, error),
        new SweepCommand(output, error),
        new PlanCommand(output, error),
        new ShowCommand(output, error),
        new ReplayCommand(output, error),
        new ModelsCommand(output, error),
        new DataCommand(output, error),
        new TrainCommand(output, error),
        new ScoreCommand(output, error),
        new BenchCommand(output, error),
        new InfoCommand(output, error),
        new DoctorCommand(output, error),
        new CompletionCommand(output),
        new StudySolversCommand(output, error),
    ];
}
