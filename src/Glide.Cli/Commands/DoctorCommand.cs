using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Glide.Cli.Options;
using Glide.Cli.Output;
using Glide.Diagnostics;
using Glide.ModelSets;
using Glide.Pipelines;

namespace Glide.Cli.Commands;

/// <summary><c>glide doctor</c>: whether this installation computes what it should.</summary>
internal sealed class DoctorCommand : Command, IExamples
{
    private const int NameWidth = 24;

    private readonly Option<string?> _device = OptionValues.Text("--device", [], "NAME",
        "auto, cpu, cuda or cuda:N. Default: auto, a GPU if there is one.",
        value => DeviceOptions.IsDevice(value) ? null : "auto, cpu, cuda or cuda:N");
    private readonly Option<bool> _json = OptionValues.Flag("--json", "Print one JSON object per check.");
    private readonly Option<bool> _verbose =
        OptionValues.Flag("--verbose", "Print errors with their stack trace.", "-v");

    public DoctorCommand(TextWriter output, TextWriter error)
        : base("doctor",
            "The exit code is that of the first failure.")
    {
        Add(_device);
        Add(_json);
        Add(_verbose);
        SetAction(parsed =>
        {
            int result = ExitCode.Done;
            int ended = ModelsRun.Execute(error, parsed.GetValue(_verbose), cancellation =>
                result = Examine(parsed, output, error, cancellation));
            return ended == ExitCode.Done ? result : ended;
        });
    }

    public IReadOnlyList<string> Examples { get; } = ["glide doctor", "glide doctor --device cpu --json"];

    private int Examine(ParseResult parsed, TextWriter output, TextWriter error, CancellationToken cancellation)
    {
        var doctor = new Doctor(new DeviceOptions { Device = parsed.GetValue(_device) ?? "auto" },
            ModelFolders.FromEnvironment().Known());
        int checks = 0, failed = 0, code = ExitCode.Done;
        foreach (var check in doctor.Examine(".", cancellation))
        {
            output.WriteLine(parsed.GetValue(_json) ? JsonLine.Of(Describe(check)) : Line(check));
            output.Flush();
            checks++;
            if (check.Error is not { } fault)
                continue;
            failed++;
            if (code == ExitCode.Done)
                code = ExitCode.For(fault);
            if (parsed.GetValue(_verbose))
                error.WriteLine(fault);
        }
        error.WriteLine(failed == 0 ? $"{checks} checks, all well" : $"{failed} of {checks} checks failed");
        return code;
    }

    private static string Line(CheckResult check) =>
        string.Create(CultureInfo.InvariantCulture,
            $"{check.State.ToString().ToLowerInvariant(),-8} {check.Name.PadRight(NameWidth)} {check.Seconds,5:0.0} s "
                + $" {check.Detail}");

    private static JsonObject Describe(CheckResult check) => new()
    {
        ["check"] = check.Name,
        ["state"] = check.State.ToString().ToLowerInvariant(),
        ["detail"] = check.Detail,
        ["seconds"] = Math.Round(check.Seconds, 3),
    };
}
