using System.Globalization;
using System.Text.Json.Nodes;
using Glide.Cli.Tests.Support;
using Glide.Images;

namespace Glide.Cli.Tests.Training;

/// <summary>Trains a network of 16×16 pixels, of which a step takes a moment.</summary>
public sealed class TrainCommandTests : IDisposable
{
    private const int Kills = 5;

    private readonly GlideProcess _glide = new();

    public TrainCommandTests()
    {
        Directory.CreateDirectory(_glide.PathOf("data"));
        for (int i = 0; i < 8; i++)
        {
            var image = new RgbImage(16, 16);
            for (int pixel = 0; pixel < image.Pixels.Length; pixel++)
                image.Pixels[pixel] = (byte)(pixel * (i + 3));
            ImageFile.SavePng(_glide.PathOf($"data/{i}.png"), image);
            File.WriteAllText(_glide.PathOf($"data/{i}.txt"), $"image {i}");
        }
        File.WriteAllText(_glide.PathOf("tiny.json"), Tiny(inpaint: false));
        File.WriteAllText(_glide.PathOf("tiny-inpaint.json"), Tiny(inpaint: true));
    }

    public void Dispose() => _glide.Dispose();

    [Fact]
    public void Runs_that_are_killed_and_resumed_end_like_an_unbroken_one()
    {
        string[] settings = ["--steps", "60", "--save-every", "7", "--dropout", "0.1", "--timesteps", "loss-aware"];
        var unbroken = Train("unbroken", settings);
        Assert.Equal((0, "unbroken/checkpoints/step-00000060.safetensors\n"), (unbroken.ExitCode, unbroken.Output));

        var random = new Random(1);
        using (var first = _glide.Start(null, Arguments("broken", settings)))
        {
            while (!File.Exists(_glide.PathOf("broken/train.json")) && !first.HasExited)
                Thread.Sleep(20);
            KillAfter(first, random.Next(0, 2500));
        }
        for (int kill = 1; kill < Kills; kill++)
        {
            using var next = _glide.Start(null, "train", "-o", "broken", "--resume", "--cache", "cache");
            KillAfter(next, random.Next(1500, 4000));
        }
        var last = _glide.Run("train", "-o", "broken", "--resume", "--cache", "cache");
        Assert.Equal(0, last.ExitCode);
        Assert.Equal(
            File.ReadAllBytes(_glide.PathOf("unbroken/checkpoints/step-00000060.safetensors")),
            File.ReadAllBytes(_glide.PathOf("broken/checkpoints/step-00000060.safetensors")));
        Assert.Equal(3, Directory.GetFiles(_glide.PathOf("broken/checkpoints")).Length);
        Assert.Equal(Steps("unbroken"), Steps("broken"));
    }

    [Theory]
    [InlineData("0")]
    [InlineData("1")]
    public void Data_that_cannot_be_used_is_named_once(string sampleEvery)
    {
        File.WriteAllText(_glide.PathOf("data/3.png"), "no image");
        File.Delete(_glide.PathOf("data/5.txt"));
        const string notice = "skipping 2 of 8 items that cannot be used; 'glide data check data' names them, such as ";
        var begun = Train("run", "--steps", "1", "--sample-every", sampleEvery);
        Assert.Equal((0, 2), (begun.ExitCode, begun.Error.Split(notice).Length));
        var resumed = _glide.Run("train", "-o", "run", "--resume", "--steps", "2", "--cache", "cache");
        Assert.Equal((0, 2), (resumed.ExitCode, resumed.Error.Split(notice).Length));
    }

    [Fact]
    public void The_batches_of_a_step_are_divided_among_devices()
    {
        var two = new Dictionary<string, string?> { ["GLIDE_DEVICES"] = "cpu,cpu" };
        string[] all = ["--device", "cuda:all"];
        var run = _glide.Run(two, Arguments("run", [.. all, "--steps", "2", "--log-every", "1"]));
        Assert.Equal(0, run.ExitCode);
        Assert.Contains("a step takes 2 batches of 2, one on each device", run.Error, StringComparison.Ordinal);
        var plan = JsonNode.Parse(File.ReadAllText(_glide.PathOf("run/train.json")))!;
        Assert.Equal(2, (int)plan["settings"]!["accumulate"]!);
        var resumed = _glide.Run(two, ["train", "-o", "run", "--resume", .. all, "--steps", "3", "--cache", "cache"]);
        Assert.Equal((0, "run/checkpoints/step-00000003.safetensors\n"), (resumed.ExitCode, resumed.Output));

        var odd = _glide.Run(two, Arguments("odd", [.. all, "--accumulate", "3"]));
        Assert.Equal(2, odd.ExitCode);
        Assert.Contains("a step of 3 batches cannot be divided among 2 devices", odd.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Ctrl_C_saves_and_says_how_to_go_on()
    {
        using var process = _glide.Start(null, Arguments("run", ["--steps", "100000", "--log-every", "1"]));
        while (!File.Exists(_glide.PathOf("run/log.jsonl")))
            Thread.Sleep(20);
        string id = process.Id.ToString(CultureInfo.InvariantCulture);
        using (var signal = System.Diagnostics.Process.Start("kill", ["-INT", id]))
            signal.WaitForExit();
        var result = GlideProcess.Finish(process);
        Assert.Equal(130, result.ExitCode);
        Assert.Contains("go on with: glide train -o run --resume", result.Error, StringComparison.Ordinal);
        Assert.True(File.Exists(_glide.PathOf(result.Output.Trim())));
        var more = _glide.Run("train", "-o", "run", "--resume", "--steps", "1", "--cache", "cache");
        Assert.Equal(0, more.ExitCode);
    }

    [Fact]
    public void Minutes_end_the_run_in_time_with_everything_saved()
    {
        var clock = System.Diagnostics.Stopwatch.StartNew();
        var result = Train("run", "--steps", "1000000", "--minutes", "0.15");
        Assert.Equal(0, result.ExitCode);
        Assert.Contains("the time is over after", result.Error, StringComparison.Ordinal);
        Assert.True(File.Exists(_glide.PathOf(result.Output.Trim())));
        // Nine seconds, and the end of the process on a busy machine.
        Assert.InRange(clock.Elapsed.TotalSeconds, 0, 9 + 5);
    }

    [Fact]
    public void A_network_for_inpainting_becomes_a_set_that_samples_and_inpaints()
    {
        var trained = _glide.Run("train", "base-inpaint", "--config", "tiny-inpaint.json", "--data", "data", "-o",
            "run", "--cache", "cache", "--steps", "2", "--batch-size", "2", "--sample-every", "2");
        Assert.Equal((0, ""), (trained.ExitCode, Faults(trained)));
        Assert.True(ImageFile.Load(_glide.PathOf("run/samples/step-00000002.png")).Image.Width > 16);

        var packed = _glide.Run("models", "pack", "run", "-o", "set", "--licence", "CC0");
        Assert.Equal((0, "set\n"), (packed.ExitCode, packed.Output));
        var described = JsonNode.Parse(File.ReadAllText(_glide.PathOf("set/model.json")))!;
        Assert.Equal("CC0", (string)described["licence"]!);
        Assert.Equal(0, _glide.Run("sample", "a cat", "-m", "./set", "--steps", "2", "-o", "a.png", "-q").ExitCode);
        Assert.Equal(16, ImageFile.Load(_glide.PathOf("a.png")).Image.Width);
        ImageFile.SavePng(_glide.PathOf("mask.png"), White(16));
        var inpainted = _glide.Run("inpaint", "a cat", "-m", "./set", "--image", "data/1.png", "--mask", "mask.png",
            "--steps", "2", "-o", "b.png", "-q");
        Assert.Equal((0, ""), (inpainted.ExitCode, Faults(inpainted)));
    }

    [Fact]
    public void Adapters_are_trained_on_a_network_and_used_with_it()
    {
        var trained = _glide.Run("train", "base", "--data", "data", "-m", "mini", "--from", "mini", "--lora", "2", "-o",
            "run", "--cache", "cache", "--steps", "2", "--batch-size", "1", "--lr", "0.01", "--ema", "0",
            "--sample-every", "0");
        Assert.Equal((0, "run/lora.safetensors\n"), (trained.ExitCode, trained.Output));
        string[] sample = ["sample", "image 1", "-m", "mini", "--no-upsample", "--steps", "3", "-s", "1", "-q", "-o"];
        Assert.Equal(0, _glide.Run([.. sample, "plain.png"]).ExitCode);
        Assert.Equal(0, _glide.Run([.. sample, "changed.png", "--lora", "run/lora.safetensors"]).ExitCode);
        Assert.NotEqual(ImageFile.Load(_glide.PathOf("plain.png")).Image.Pixels,
            ImageFile.Load(_glide.PathOf("changed.png")).Image.Pixels);
        var packed = _glide.Run("models", "pack", "run", "-o", "set");
        Assert.Equal(2, packed.ExitCode);
        Assert.Contains("glide models convert --lora", packed.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("base --data data", "-o is missing")]
    [InlineData("--data data -o run", "NETWORK is missing")]
    [InlineData("moon --data data -o run", "there is no network 'moon'")]
    [InlineData("base -o run", "--data is missing")]
    [InlineData("base --data none -o run", "there is no data 'none'")]
    [InlineData("base --data data -o run --lr 2", "bad value for --lr")]
    [InlineData("base --data data -o run --lora 4", "name it with --from")]
    [InlineData("clip --data data -o run --lora 4 --from mini", "--lora is for U-Nets")]
    [InlineData("base --data data -o run --crop 16", "it is for upsamplers")]
    [InlineData("base --data data -o run --from nothing",
        "bad value for --from; there is no file 'nothing', and there is no model set 'nothing'")]
    [InlineData("clip --data data -o run --from nothing", "bad value for --from; there is no model set 'nothing'")]
    [InlineData("base --data data -o run --config none.json", "none.json")]
    [InlineData("base --data data -o data/0.png", "is a file")]
    [InlineData("-o run --resume", "or leave --resume out to begin one")]
    [InlineData("-o run --resume --lr 0.1", "--resume and --lr contradict each other")]
    public void What_cannot_be_trained_is_refused_in_words(string arguments, string fault)
    {
        var result = _glide.Run(["train", "--cache", "cache", .. arguments.Split(' ')]);
        Assert.Equal(2, result.ExitCode);
        Assert.Contains(fault, result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", result.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_glide.PathOf("run")));
    }

    [Fact]
    public void A_folder_with_a_run_is_not_begun_again()
    {
        Assert.Equal(0, Train("run", "--steps", "1").ExitCode);
        var again = Train("run", "--steps", "1");
        Assert.Equal(2, again.ExitCode);
        Assert.Contains("go on with it with --resume", again.Error, StringComparison.Ordinal);
    }

    private CommandResult Train(string run, params string[] settings) => _glide.Run(Arguments(run, settings));

    private static string[] Arguments(string run, string[] settings) =>
    [
        "train", "base", "--config", "tiny.json", "--data", "data", "-o", run, "--cache", "cache", "--batch-size", "2",
        .. settings.Contains("--sample-every") ? Array.Empty<string>() : ["--sample-every", "0"], "--threads", "1",
        .. settings,
    ];

    private static void KillAfter(System.Diagnostics.Process process, int milliseconds)
    {
        if (!process.WaitForExit(milliseconds))
            process.Kill(entireProcessTree: true);
        process.WaitForExit();
    }

    private long[] Steps(string run) => [.. File.ReadLines(_glide.PathOf($"{run}/log.jsonl"))
        .Select(line => (long)JsonNode.Parse(line)!["step"]!)];

    private static string Faults(CommandResult result) => string.Concat(result.Error.Split('\n')
        .Where(line => line.StartsWith("error", StringComparison.Ordinal)));

    private static RgbImage White(int side)
    {
        var image = new RgbImage(side, side);
        Array.Fill(image.Pixels, byte.MaxValue);
        return image;
    }

    private static string Tiny(bool inpaint) => $$"""
        {
          "unet": {
            "image_size": 16, "num_channels": 32, "num_res_blocks": 1, "channel_mult": [1, 1],
            "attention_resolutions": [8], "channels_per_head": 32, "text_ctx": 16, "xf_width": 32, "xf_layers": 1,
            "xf_heads": 1, "inpaint": {{(inpaint ? "true" : "false")}}, "noise_schedule": "squaredcos_cap_v2"
          }
        }
        """;
}
