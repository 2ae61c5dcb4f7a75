using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Glide.Cli.Tests.Support;

namespace Glide.Cli.Tests.Commands;

public sealed class PlanTests : IDisposable
{
    private static readonly string[] Quick = ["-m", "mini", "--steps", "3", "--no-upsample", "--threads", "1"];

    private readonly GlideProcess _glide = new();

    public void Dispose() => _glide.Dispose();

    [Fact]
    public void The_forecast_comes_near_a_real_run_and_leaves_nothing_behind()
    {
        // Machines of tests are shared: half as fast now as a moment ago is nothing unusual. By hand it is within a
        // tenth.
        const double MostOff = 2.5;
        string[] run = ["a red circle", "-n", "3", "-s", "1", "--steps", "20", "--upsample-steps", "8", "--threads",
            "1", "-m", "mini", "-q"];
        var forecast = JsonDocument.Parse(_glide.Run(["plan", .. run, "--json"]).Output).RootElement;
        Assert.Empty(Directory.GetFileSystemEntries(_glide.Folder));

        var clock = Stopwatch.StartNew();
        Assert.Equal(0, _glide.Run(["sample", .. run]).ExitCode);
        double seconds = clock.Elapsed.TotalSeconds;
        Assert.InRange(forecast.GetProperty("seconds").GetDouble(), seconds / MostOff, seconds * MostOff);
        var part = forecast.GetProperty("parts")[0];
        Assert.Equal((3, 3, 128), (forecast.GetProperty("images").GetInt32(), part.GetProperty("batch_size").GetInt32(),
            part.GetProperty("width").GetInt32()));
        Assert.Equal((20, 8), (part.GetProperty("base").GetProperty("passes").GetInt32(), part.GetProperty("upsample")
            .GetProperty("passes").GetInt32()));
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
        var forecast = JsonDocument.Parse(_glide.Run("plan", "--batch", "rows.jsonl", "--threads", "1", "-m", "mini",
            "--json").Output).RootElement;
        var parts = forecast.GetProperty("parts").EnumerateArray().ToList();
        Assert.Equal([2, 1], parts.Select(part => part.GetProperty("images").GetInt32()));
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
        var forecast = JsonDocument.Parse(_glide.Run(
            ["plan", "--batch", "p.txt", .. options, "--json"]).Output).RootElement;
        Assert.Equal(2, forecast.GetProperty("parts")[0].GetProperty("batch_size").GetInt32());
        using var process = _glide.Start(null, ["batch", "p.txt", "-o", "out", .. options]);
        for (int line = 0; line < 3; line++)
            process.StandardOutput.ReadLine();
        string peak = File.ReadLines($"/proc/{process.Id}/status")
            .First(line => line.StartsWith("VmHWM:", StringComparison.Ordinal));
        double bytes = 1024 * double.Parse(peak.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1],
            CultureInfo.InvariantCulture);
        Assert.Equal(0, GlideProcess.Finish(process).ExitCode);
        Assert.InRange(forecast.GetProperty("memory_bytes").GetInt64(), bytes / MostOff, bytes * MostOff);
    }

    [Theory, InlineData("cfg"), InlineData("clip")]
    public void Missing_weights_are_said_to_be_missing(string guidance)
    {
        Directory.CreateDirectory(_glide.PathOf("models/bare"));
        string mini = File.ReadAllText(Path.Combine(GlideProcess.Checkout, "models", "mini", "model.json"));
        File.WriteAllText(_glide.PathOf("models/bare/model.json"),
            mini.Replace("\"name\": \"mini\"", "\"name\": \"bare\"", StringComparison.Ordinal));
        var result = _glide.Run("plan", "a ring", "-m", "bare", "--guidance", guidance, "--no-upsample", "--threads",
            "1");
        Assert.True(result.ExitCode == 0, result.Error);
        Assert.Contains("weights    not all on this machine", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_option_of_sample_and_batch_is_taken()
    {
        var commands = CommandLine.Build(TextWriter.Null, TextWriter.Null).Subcommands
            .ToDictionary(command => command.Name);
        var taken = commands["plan"].Options.ToDictionary(option => option.Name);
        foreach (var option in commands["sample"].Options.Concat(commands["batch"].Options)
            .Where(option => option.Name != "--merge"))
        {
            Assert.True(taken.TryGetValue(option.Name, out var same), $"plan does not take {option.Name}");
            Assert.Equal((option.ValueType, option.Arity), (same.ValueType, same.Arity));
            Assert.Equal(option.Aliases, same.Aliases);
            // What the help leaves out it names as changing nothing.
            Assert.True(!same.Hidden || commands["plan"].Description!.Contains(option.Name, StringComparison.Ordinal));
        }
    }

    [Fact]
    public void Passes_of_candidates_are_those_of_a_real_run()
    {
        string[] run = ["a red circle", "-n", "2", "--best-of", "6", "-s", "1", "--steps", "5", "--upsample-steps", "3",
            "--batch-size", "4", "--threads", "1", "-m", "mini"];
        var part = Plan(run).GetProperty("parts")[0];
        var stages = Regex.Matches(_glide.Run(["sample", .. run]).Error,
            @"^(base|upsample) (\d+)(?:-(\d+))? of \d+: (\d+) steps", RegexOptions.Multiline)
            .ToLookup(line => line.Groups[1].Value, line =>
                (line.Groups[3].Success ? Number(line, 3) - Number(line, 2) + 1 : 1) * Number(line, 4));
        Assert.Equal((30, 6), (stages["base"].Sum(), stages["upsample"].Sum()));
        Assert.Equal((30, 6), (Passes(part, "base"), Passes(part, "upsample")));
        Assert.Equal((2, 6, 6), (part.GetProperty("images").GetInt32(), part.GetProperty("candidates").GetInt32(),
            part.GetProperty("scoring").GetProperty("scores").GetInt32()));

        static int Number(Match line, int group) => int.Parse(line.Groups[group].Value, CultureInfo.InvariantCulture);
    }

    [Fact]
    public void Culled_candidates_make_fewer_passes()
    {
        string[] run = ["a red circle", "-n", "2", "--best-of", "6", "--cull", "0.5@0.4", "--steps", "5",
            "--upsample-steps", "3", "--threads", "1", "-m", "mini"];
        var part = Plan(run).GetProperty("parts")[0];
        // Two steps of six images, then three of three; CLIP sees all six noisy, and three at the end.
        Assert.Equal((21, 6), (Passes(part, "base"), Passes(part, "upsample")));
        Assert.Equal((3, 9), (part.GetProperty("drawn").GetInt32(), part.GetProperty("scoring").GetProperty("scores")
            .GetInt32()));
        string text = _glide.Run(["plan", .. run]).Output;
        Assert.Contains("candidates 6, 3 drawn to the end; 9 scores by CLIP of ", text, StringComparison.Ordinal);
        Assert.Contains("base       21 passes (5 an image), ", text, StringComparison.Ordinal);
    }

    [Theory, InlineData("1/3", 4), InlineData("2/3", 3), InlineData("3/3", 1)]
    public void A_shard_is_planned_by_its_own_rows(string shard, int images)
    {
        WriteRows("rows.csv", "prompt,count", "a ring,1", "a star,2", "a cross,1", "a heart,3", "a disc,1");
        var forecast = Plan(["--batch", "rows.csv", "--shard", shard, "-o", "out", .. Quick]);
        Assert.Equal(images, forecast.GetProperty("images").GetInt32());
        Assert.Equal(images, Passes(forecast.GetProperty("parts")[0], "base") / 3);
        Assert.Equal(0, _glide.Run(["batch", "rows.csv", "--shard", shard, "-o", "out", .. Quick]).ExitCode);
        Assert.Equal(images, Directory.GetFiles(_glide.PathOf("out"), "*.png").Length);
    }

    [Fact]
    public void Rows_that_cannot_be_understood_are_skipped_where_the_batch_would()
    {
        WriteRows("rows.dat", """{"prompt": "a ring"}""", """{"prompt": "a star", "steps": "none"}""", """{"prompt": "a cross"}""");
        string[] run = ["--batch", "rows.dat", "--format", "jsonl", .. Quick];
        Assert.Equal(2, _glide.Run(["plan", .. run]).ExitCode);
        var result = _glide.Run(["plan", .. run, "--keep-going"]);
        Assert.Equal(0, result.ExitCode);
        Assert.Contains("images     2 of 32x32", result.Output, StringComparison.Ordinal);
        Assert.Contains("warning: 'rows.dat' line 2: ", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Prompts_of_stdin_are_planned_to_its_end()
    {
        string quick = string.Join(' ', Quick);
        var result = _glide.Shell($"printf 'a ring\\na star\\n' | glide plan --batch - --json {quick}");
        Assert.True(result.ExitCode == 0, result.Error);
        Assert.Equal(2, JsonDocument.Parse(result.Output).RootElement.GetProperty("images").GetInt32());
        var empty = _glide.Run(["plan", "--batch", "-", .. Quick]);
        Assert.Equal(2, empty.ExitCode);
        Assert.Contains("there are no prompts in stdin; write one prompt a line", empty.Error,
            StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_finished_is_not_planned_again_and_stays_as_it_is()
    {
        WriteRows("p.txt", "a ring", "a star", "a cross");
        string[] run = ["p.txt", "-o", "out", .. Quick];
        Assert.Equal(0, _glide.Run(["batch", .. run]).ExitCode);
        File.Delete(_glide.PathOf("out/a-star-2.png"));
        File.AppendAllText(_glide.PathOf("p.txt"), "a heart\n");
        // As a run leaves it that was killed while it wrote a line.
        File.AppendAllText(_glide.PathOf("out/glide-batch.jsonl"), "{\"number\":");
        var before = Contents();

        var forecast = Plan(["--batch", .. run, "--resume"]);
        Assert.Equal((2, 2), (forecast.GetProperty("images").GetInt32(), forecast.GetProperty("finished_images")
            .GetInt32()));
        Assert.Equal(4, Plan(["--batch", .. run]).GetProperty("images").GetInt32());
        var other = _glide.Run(["plan", "--batch", .. run, "--resume", "--sampler", "ddim"]);
        Assert.Equal(2, other.ExitCode);
        Assert.Contains("--resume finds other settings than before; image 1 (line 1)", other.Error,
            StringComparison.Ordinal);
        Assert.Equal(before, Contents());

        var resumed = _glide.Run(["batch", .. run, "--resume"]);
        Assert.Equal(2, resumed.Output.Trim().Split('\n').Length);
        var nothing = _glide.Run(["plan", "--batch", .. run, "--resume"]);
        Assert.True(nothing.ExitCode == 0, nothing.Error);
        Assert.Contains("finished   4 images are there already\nimages   0\n", nothing.Output,
            StringComparison.Ordinal);

        Dictionary<string, string> Contents() => Directory.GetFiles(_glide.PathOf("out"))
            .ToDictionary(path => path, path => Convert.ToHexString(File.ReadAllBytes(path)));
    }

    [Fact]
    public void Inverted_noise_is_checked_and_planned_by_its_own_steps()
    {
        Assert.Equal(0, _glide.Run(["sample", "a ring", "-s", "1", "-o", "ring.png", .. Quick]).ExitCode);
        Assert.Equal(0, _glide.Run("invert", "ring.png", "-o", "ring.safetensors", "--steps", "10", "-m", "mini",
            "--threads", "1").ExitCode);
        string[] run = ["--from-noise", "ring.safetensors", "--no-upsample", "--threads", "1"];
        var part = Plan(run).GetProperty("parts")[0];
        Assert.Equal((1, 10), (part.GetProperty("images").GetInt32(), Passes(part, "base")));
        var noisy = _glide.Run(["plan", .. run, "--sampler", "ddpm"]);
        Assert.Equal(2, noisy.ExitCode);
        Assert.Contains("ddpm draws noise at every step", noisy.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false, "--grid", "grid.png", "--gif", "steps.gif")]
    [InlineData(false, "--gif", "steps.png")]
    [InlineData(true, "--sheet", "sheet.png")]
    public void The_disk_has_room_for_all_that_is_written(bool small, params string[] views)
    {
        // Four steps of ddpm end in noise, which hardly compresses.
        string[] run = ["a red ring", "-n", "3", "-s", "1", "--sampler", "ddpm", "--steps", "4", "--threads", "1", "-m",
            "mini", .. small ? ["--no-upsample"] : new[] { "--upsample-steps", "3" }, .. views];
        var forecast = Plan(run);
        Assert.Equal(views.Where(view => view.StartsWith("--", StringComparison.Ordinal)), forecast.GetProperty("files")
            .EnumerateArray().Select(file => file.GetString()).Where(file => file != "the images"));
        Assert.Equal(0, _glide.Run(["sample", .. run]).ExitCode);
        long written = Directory.GetFiles(_glide.Folder, "*.*", SearchOption.AllDirectories)
            .Sum(path => new FileInfo(path).Length);
        Assert.InRange(written, forecast.GetProperty("disk_bytes").GetInt64() / 20, forecast.GetProperty("disk_bytes")
            .GetInt64());
    }

    [Fact]
    public void Devices_share_the_rows()
    {
        WriteRows("p.txt", "a ring", "a star", "a cross", "a heart", "a disc");
        var two = new Dictionary<string, string?> { ["GLIDE_DEVICES"] = "cpu,cpu" };
        var result = _glide.Run(two, ["plan", "--batch", "p.txt", "--device", "cuda:all", "--batch-size", "8", "--json",
            .. Quick]);
        Assert.True(result.ExitCode == 0, result.Error);
        var forecast = JsonDocument.Parse(result.Output).RootElement;
        Assert.Equal((2, 5), (forecast.GetProperty("processes").GetInt32(), forecast.GetProperty("images").GetInt32()));
        // The first of them makes three, all together.
        Assert.Equal(3, forecast.GetProperty("parts")[0].GetProperty("batch_size").GetInt32());
    }

    [Fact]
    public void What_changes_nothing_is_taken()
    {
        WriteRows("p.txt", "a ring");
        Assert.Equal(1, Plan(["a ring", "--overwrite", "--preview", .. Quick]).GetProperty("images").GetInt32());
        Assert.Equal(1, Plan(["--batch", "p.txt", "--overwrite", "--preview", "blocks", "--fail-fast", "--progress",
            "jsonl", .. Quick]).GetProperty("images").GetInt32());
    }

    [Theory]
    [InlineData("PROMPT is missing")]
    [InlineData("prompts and --batch contradict each other", "a ring", "--batch", "rows.txt")]
    [InlineData("no-such.txt", "--batch", "no-such.txt")]
    [InlineData("--shard belongs to a batch; add --batch FILE", "a ring", "--shard", "1/2")]
    [InlineData("--gif is no option of a batch", "--batch", "rows.txt", "--gif", "a.gif")]
    [InlineData("--device cuda:all divides the rows of a batch", "a ring", "--device", "cuda:all")]
    [InlineData("--gif shows few images at once", "a ring", "-n", "17", "--gif", "a.gif", "-m", "mini")]
    [InlineData("the base takes 1 step", "a ring", "--best-of", "4", "--cull", "0.5@0.4", "--steps", "1", "-m", "mini")]
    public void What_cannot_be_planned_is_refused(string message, params string[] options)
    {
        var result = _glide.Run(["plan", .. options]);
        Assert.Equal(2, result.ExitCode);
        Assert.Contains(message, result.Error, StringComparison.Ordinal);
    }

    private JsonElement Plan(params string[] options)
    {
        var result = _glide.Run(["plan", .. options, "--json"]);
        Assert.True(result.ExitCode == 0, result.Error);
        return JsonDocument.Parse(result.Output).RootElement;
    }

    private static int Passes(JsonElement part, string stage) => part.GetProperty(stage).GetProperty("image_passes")
        .GetInt32();

    private void WriteRows(string name, params string[] lines) => File.WriteAllLines(_glide.PathOf(name), lines);
}
