using System.CommandLine;
using Glide.Cli.Options;
using Glide.Cli.Output;
using Glide.Diagnostics;

namespace Glide.Cli.Commands;

/// <summary><c>glide info</c>: what this installation consists of.</summary>
internal sealed class InfoCommand : Command, IExamples
{
    public InfoCommand(TextWriter output, TextWriter error)
        : base("info")
    {
        var json = OptionValues.Flag("--json", "Print one JSON object.");
        Add(json);
        SetAction(parsed =>
        {
            try
            {
                Print(Installation.Describe(), parsed.GetValue(json), output);
                return ExitCode.Done;
            }
            catch (Exception exception)
            {
                return new ErrorReporter(error, verbose: false).Report(exception);
            }
        });
    }

    public IReadOnlyList<string> Examples { get; } = ["glide info", "glide info --json"];

    private static void Print(Installation installation, bool json, TextWriter output)
    {
        if (json)
        {
            output.WriteLine(installation.ToJson());
            return;
        }
        output.WriteLine($"glide      {installation.Version}");
        output.WriteLine($"libtorch   {installation.Libtorch}");
        output.WriteLine($"devices    {string.Join(", ", installation.Devices)}");
        output.WriteLine($"threads    {installation.Threads}");
        output.WriteLine($"memory     {installation.AvailableMemory / 1_000_000} MB available");
        output.WriteLine($"models     {installation.ModelFolder}");
        if (installation.Kernels is { } kernels)
            output.WriteLine($"kernels    {kernels}, as GLIDE_KERNELS says");
    }
}
