using System.Diagnostics;
using Glide.Cli.Tests.Support;

namespace Glide.Server.Tests;

/// <summary>
/// Runs <c>tests/browser</c>: the page in Debian's Chromium, and the official client of OpenAI's API.
/// </summary>
public sealed class BrowserTests
{
    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(20);

    [BrowserFact("page")]
    public void The_page_works_in_a_browser() => Run("page");

    [BrowserFact("openai")]
    public void The_official_client_generates_and_edits() => Run("openai");

    private static void Run(string file)
    {
        var start = new ProcessStartInfo("node", ["--test", $"{file}.test.mjs"])
        {
            WorkingDirectory = BrowserFactAttribute.Folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["GLIDE_PROGRAM"] = GlideProcess.Program;
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        if (!process.WaitForExit(s_limit))
            process.Kill(entireProcessTree: true);
        string said = output.GetAwaiter().GetResult() + error.GetAwaiter().GetResult();
        Assert.True(process.ExitCode == 0, said);
    }
}

/// <summary>A test that needs Node.js and its packages, and for the page Chromium: scripts/setup-browser.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class BrowserFactAttribute : FactAttribute
{
    public BrowserFactAttribute(string file)
    {
        bool hasPackages = File.Exists(Path.Combine(Folder, "node_modules", ".installed"));
        bool hasBrowser = file != "page" || File.Exists("/usr/bin/chromium");
        Skip = hasPackages && hasBrowser ? null! : "needs Node.js and Chromium; run scripts/setup-browser";
    }

    public static string Folder { get; } = Path.Combine(GlideProcess.Checkout, "tests", "browser");
}
