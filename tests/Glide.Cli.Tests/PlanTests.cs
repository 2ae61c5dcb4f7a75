using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Glide.Cli.Tests.Support;

namespace Glide.Cli.Tests;

public sealed class PlanTests : IDisposable
{
    private readonly GlideProcess _glide = new();

    public void Dispose() => _glide.Dispose();

    [Fact]
    public void The_forecast_comes_near_a_real_run_and_leaves_nothing_behind()
    {
        // Machines of tests are shared: half as fast now as a moment ago is nothing unusual. By hand it is within a tenth.
        const double MostOff = 2.5;
        string[] run = ["a red circle", "-n", "3", "-s", "1", "--steps", "20", "--upsample-steps", "8", "--threads", "1", "-m", "mini", "-q"];
        var forecast = JsonDocument.Parse(_glide.Run(["plan", .. run, "--json"]).Output).RootElement;
        Assert.Empty(Directory.GetFileSystemEntries(_glide.Folder));

        var clock = Stopwatch.StartNew();
        Assert.Equal(0, _glide.Run(["sample", .. run]).ExitCode);
        double seconds = clock.Elapsed.TotalSeconds;
        Assert.InRange(forecast.GetProperty("seconds").GetDouble(), seconds / MostOff, seconds * MostOff);
        var part = forecast.GetProperty("parts")[0];
        Assert.Equal((3, 3, 128), (forecast.GetProperty("pictures").GetInt32(), part.GetProperty("batch_size").GetInt32(), part.GetProperty("width").GetInt32()));
        Assert.Equal((20, 8), (part.GetProperty("base").GetProperty("passes").GetInt32(), part.GetProperty("upsample").GetProperty("passes").GetInt32()));
        long written = Directory.GetFiles(_glide.Folder, "*.png").Sum(path => new FileInfo(path).Length);
        Assert.InRange(forecast.GetProperty("disk_bytes").GetInt64(), written, 10 * written);
        Assert.InRange(forecast.GetProperty("memory_bytes").GetInt64(), 100_000_000, 3_000_000_000);
    }

    [Fact]
    public void A_batch_is_planned_by_its_groups_of_equal_settings()
    {
        File.WriteAllText(_glide.PathOf("rows.jsonl"), """
            {"prompt": "a ring", "no-upsample": true, "steps": "3"}
            {"prompt": "a star", "no-upsample": true, "steps": "3"}
            {"prompt": "a cross", "no-upsample": true, "sampler": "heun", "steps": "3"}
            """);
        var forecast = JsonDocument.Parse(_glide.Run("plan", "--batch", "rows.jsonl", "--threads", "1", "-m", "mini", "--json").Output).RootElement;
        var parts = forecast.GetProperty("parts").EnumerateArray().ToList();
        Assert.Equal([2, 1], parts.Select(part => part.GetProperty("pictures").GetInt32()));
        Assert.Equal([3, 5], parts.Select(part => part.GetProperty("base").GetProperty("passes").GetInt32()));
        // On a CPU rows of a batch are drawn one by one.
        Assert.Equal([1, 1], parts.Select(part => part.GetProperty("batch_size").GetInt32()));
    }

    [Fact]
    public void The_memory_comes_near_that_of_a_real_run()
    {
        // What the collector keeps and what was compiled on the way differ between two processes by tens of megabytes.
        const double MostOff = 1.25;
        File.WriteAllLines(_glide.PathOf("p.txt"), ["a ring", "a star", "a cross", "a heart"]);
        string[] options = ["--steps", "4", "--upsample-steps", "3", "--threads", "2", "-m", "mini"];
        var forecast = JsonDocument.Parse(_glide.Run(["plan", "--batch", "p.txt", .. options, "--json"]).Output).RootElement;
        Assert.Equal(2, forecast.GetProperty("parts")[0].GetProperty("batch_size").GetInt32());
        using var process = _glide.Start(null, ["batch", "p.txt", "-o", "out", .. options]);
        for (int line = 0; line < 3; line++)
            process.StandardOutput.ReadLine();
        string peak = File.ReadLines($"/proc/{process.Id}/status").First(line => line.StartsWith("VmHWM:", StringComparison.Ordinal));
        double bytes = 1024 * double.Parse(peak.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
        Assert.Equal(0, GlideProcess.Finish(process).ExitCode);
        Assert.InRange(forecast.GetProperty("memory_bytes").GetInt64(), bytes / MostOff, bytes * MostOff);
    }

    [Theory, InlineData("cfg"), InlineData("clip")]
    public void Missing_weights_are_said_to_be_missing(string guidance)
    {
        Directory.CreateDirectory(_glide.PathOf("models/bare"));
        string mini = File.ReadAllText(Path.Combine(GlideProcess.Checkout, "models", "mini", "model.json"));
        File.WriteAllText(_glide.PathOf("models/bare/model.json"), mini.Replace("\"name\": \"mini\"", "\"name\": \"bare\"", StringComparison.Ordinal));
        var result = _glide.Run("plan", "a ring", "-m", "bare", "--guidance", guidance, "--no-upsample", "--threads", "1");
        Assert.True(result.ExitCode == 0, result.Error);
        Assert.Contains("weights    not all on this machine", result.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("PROMPT is missing")]
    [InlineData("prompts and --batch contradict each other", "a ring", "--batch", "rows.txt")]
    [InlineData("no-such.txt", "--batch", "no-such.txt")]
    public void What_cannot_be_planned_is_refused(string message, params string[] options)
    {
        var result = _glide.Run(["plan", .. options]);
        Assert.Equal(2, result.ExitCode);
        Assert.Contains(message, result.Error, StringComparison.Ordinal);
    }
}
