using System.Buffers.Binary;
using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Glide.Cli.Tests.Support;
using Glide.Tests.ModelSets;

namespace Glide.Cli.Tests.Commands;

/// <summary>glide models download against a server of this machine.</summary>
public sealed class ModelsDownloadTests : IDisposable
{
    private const string Tag = "\"first\"";

    private readonly GlideProcess _glide = new();
    private readonly byte[] _weights = Weights(1_000_000);

    public void Dispose() => _glide.Dispose();

    [Fact]
    public void Download_brings_a_set_and_finds_it_there_the_next_time()
    {
        using var server = new LocalServer(request => LocalServer.Serve(request, _weights, Tag));
        WriteSet(server.Url("base.safetensors"));

        var first = _glide.Run("models", "download", "own");
        var second = _glide.Run("models", "download", "own", "--json", "--offline");

        Assert.Equal((0, Target + "\n"), (first.ExitCode, first.Output));
        Assert.Contains("base.safetensors: 4.00 MB in", first.Error, StringComparison.Ordinal);
        Assert.DoesNotContain('\r', first.Error);
        Assert.True(JsonDocument.Parse(second.Output).RootElement.GetProperty("was_there").GetBoolean());
        Assert.Single(server.Requests);
        AssertWhole();
    }

    [Fact]
    public void Offline_ends_with_5_at_once_and_names_the_path()
    {
        var result = _glide.Run("models", "download", "openai", "--offline");
        Assert.Equal((5, ""), (result.ExitCode, result.Output));
        Assert.StartsWith("error: ", result.Error, StringComparison.Ordinal);
        Assert.Contains(_glide.PathOf("models/openai/base.pt"), result.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_glide.PathOf("models/openai")));
    }

    [Fact]
    public void Without_a_home_a_download_says_what_to_set()
    {
        var environment = new Dictionary<string, string?>
        {
            ["HOME"] = null,
            ["GLIDE_MODELS"] = null,
            ["XDG_DATA_HOME"] = null
        };
        var result = _glide.Run(environment, "models", "download", "openai");
        Assert.Equal(2, result.ExitCode);
        Assert.Contains("--folder", result.Error, StringComparison.Ordinal);
        Assert.Equal(0, _glide.Run(environment, "models").ExitCode);
    }

    [Fact]
    public void An_unknown_network_is_told_with_the_known_ones()
    {
        var result = _glide.Run("models", "download", "openai", "--only", "bass");
        Assert.Equal(2, result.ExitCode);
        Assert.Contains("base, upsample", result.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", true)]
    [InlineData("NO_COLOR=1", false)]
    [InlineData("TERM=dumb", false)]
    public void A_bar_is_drawn_on_a_terminal_that_may_be_drawn_on(string environment, bool hasBar)
    {
        // Long enough for the bar to be drawn in the middle of the file.
        using var server = new LocalServer(request =>
            LocalServer.Serve(request, _weights, Tag) with { Midway = Task.Delay(TimeSpan.FromSeconds(1.5)) });
        WriteSet(server.Url("base.safetensors"));
        using var process = _glide.StartOnTerminal($"export {environment}; glide models download own");
        var result = GlideProcess.Finish(process);

        Assert.Equal(0, result.ExitCode);
        // The runtime switches the keypad of every terminal on, which is no drawing.
        string shown = result.Output.Replace("\e[?1h\e=", "", StringComparison.Ordinal)
            .Replace("\r\n", "\n", StringComparison.Ordinal);
        Assert.EndsWith(Target + "\n", shown, StringComparison.Ordinal);
        Assert.Equal(hasBar, shown.Contains("2.00 MB of 4.00 MB", StringComparison.Ordinal));
        Assert.Equal(hasBar, shown.Contains('━', StringComparison.Ordinal));
        Assert.Equal(hasBar, shown.Contains('\r', StringComparison.Ordinal));
        Assert.Equal(hasBar, shown.Contains('\e', StringComparison.Ordinal));
        Assert.Equal(!hasBar, shown.Contains("base.safetensors: 4.00 MB in", StringComparison.Ordinal));
        AssertWhole();
    }

    [Fact]
    public void Of_the_published_set_only_the_named_network_is_downloaded()
    {
        using var server = new LocalServer(request => LocalServer.Serve(request, _weights, Tag));
        var result = _glide.Run("models", "download", "openai", "--only", "base", "--from", server.Url("glide")
            .ToString());

        string folder = _glide.PathOf("models/openai");
        Assert.Equal((0, Path.Combine(folder, "base.pt") + "\n"), (result.ExitCode, result.Output));
        Assert.Equal("/glide/base.pt", Assert.Single(server.Requests).Path);
        Assert.True(_weights.AsSpan().SequenceEqual(File.ReadAllBytes(Path.Combine(folder, "base.pt"))));
        Assert.Equal(["base.pt", "base.pt.record.json"], Directory.GetFiles(folder).Select(Path.GetFileName)
            .Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData(404, "answered 404")]
    [InlineData(200, "web page")]
    public void What_is_served_in_place_of_the_published_network_is_not_kept(int status, string message)
    {
        using var server = new LocalServer(_ =>
            new ServedResponse(status, [.. "<!DOCTYPE html><html>Log in</html>"u8], "Content-Type: text/html"));
        var result = _glide.Run("models", "download", "openai", "--only", "base", "--from", server.Url("glide")
            .ToString());

        Assert.Equal((5, ""), (result.ExitCode, result.Output));
        Assert.StartsWith("error: ", result.Error, StringComparison.Ordinal);
        Assert.Contains(server.Url("glide/base.pt").ToString(), result.Error, StringComparison.Ordinal);
        Assert.Contains(message, result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", result.Error, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(_glide.PathOf("models/openai")));
    }

    [Fact]
    public void The_proxy_of_the_environment_is_used()
    {
        using var proxy = new LocalServer(request => LocalServer.Serve(request, _weights, Tag));
        WriteSet(new Uri("https://host.invalid/base.safetensors"));

        var result = _glide.Run(Proxy(proxy.Url("").ToString()), "models", "download", "own", "--from",
            "http://mirror.invalid/glide");

        Assert.Equal(0, result.ExitCode);
        Assert.Equal("http://mirror.invalid/glide/base.safetensors", proxy.Requests.Single().Path);
        AssertWhole();
    }

    [Fact]
    public void A_dead_proxy_ends_with_5_and_is_named()
    {
        var result = _glide.Run(Proxy("http://127.0.0.1:9"), "models", "download", "openai", "--only", "base");
        Assert.Equal(5, result.ExitCode);
        Assert.Contains("the proxy that", result.Error, StringComparison.Ordinal);
        Assert.Contains("127.0.0.1:9", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Killed_at_any_moment_the_next_run_goes_on()
    {
        const int Kills = 6;
        var moments = new Random(7);
        int runs = 0;
        using var server = new LocalServer(request => LocalServer.Serve(request, _weights, Tag) with
        {
            SilentAfter = runs < Kills ? Math.Max(0,
                (int)((_weights.Length - (request.RangeStart ?? 0)) * moments.NextDouble() * 0.6)) : null,
        });
        WriteSet(server.Url("base.safetensors"));
        for (; runs < Kills; runs++)
        {
            int requests = server.Requests.Count;
            using var process = _glide.Start(null, "models", "download", "own");
            if (runs > 0)
                SpinWait.SpinUntil(() => server.Requests.Count > requests, TimeSpan.FromSeconds(30));
            Thread.Sleep(moments.Next(300));
            process.Kill();
            process.WaitForExit();
            Assert.False(File.Exists(Target));
        }

        var result = _glide.Run("models", "download", "own");

        Assert.Equal(0, result.ExitCode);
        AssertWhole();
        Assert.True(server.Requests.Last().RangeStart > 0);
    }

    [Fact]
    public void Two_processes_at_once_both_end_well()
    {
        var both = new TaskCompletionSource();
        using var server = new LocalServer(request =>
        {
            if (request.Number == 2)
                both.SetResult();
            return LocalServer.Serve(request, _weights, Tag) with { Midway = both.Task };
        });
        WriteSet(server.Url("base.safetensors"));

        using var first = _glide.Start(null, "models", "download", "own");
        using var second = _glide.Start(null, "models", "download", "own");
        var results = new[] { GlideProcess.Finish(first), GlideProcess.Finish(second) };

        Assert.All(results, result => Assert.Equal((0, Target + "\n"), (result.ExitCode, result.Output)));
        AssertWhole();
    }

    [Theory]
    [InlineData("INT", 130)]
    [InlineData("TERM", 143)]
    public void A_signal_stops_a_download_and_keeps_what_came(string signal, int exitCode)
    {
        using var server = new LocalServer(request =>
            LocalServer.Serve(request, _weights, Tag) with { SilentAfter = request.Number == 1 ? 2_000_000 : null });
        WriteSet(server.Url("base.safetensors"));
        using var process = _glide.Start(null, "models", "download", "own");
        SpinWait.SpinUntil(() => Directory.GetFiles(_glide.PathOf("models/own"), "*.part")
            .Any(part => new FileInfo(part).Length == 2_000_000), TimeSpan.FromSeconds(30));

        Process.Start("kill", [$"-{signal}", $"{process.Id}"]).WaitForExit();
        var clock = Stopwatch.StartNew();
        var stopped = GlideProcess.Finish(process);

        Assert.Equal(exitCode, stopped.ExitCode);
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(5), $"it took {clock.Elapsed}");
        Assert.Equal(0, _glide.Run("models", "download", "own").ExitCode);
        Assert.Equal(2_000_000, server.Requests.Last().RangeStart);
        AssertWhole();
    }

    [PrivateMountFact]
    public void A_disk_that_fills_up_ends_a_download_whose_length_nobody_told()
    {
        using var server = new LocalServer(request =>
            LocalServer.Serve(request, _weights, Tag) with { WithLength = false });
        WriteSet(server.Url("base.safetensors"));
        File.WriteAllText(_glide.PathOf("on-disk.sh"), $"""
            mv models/own models/kept
            mkdir models/own
            mount -t tmpfs -o size=2m none models/own
            cp models/kept/model.json models/own
            '{GlideProcess.Program}' models download own -q
            code=$?
            ls models/own
            exit $code
            """);
        var result = _glide.Shell("unshare -m sh on-disk.sh");
        Assert.True(result.ExitCode == 6, result.Error);
        Assert.Matches("^error: the disk is full; writing .*base.safetensors; make room and run the same command again "
            + "to go on\n$", result.Error);
        Assert.DoesNotContain("base.safetensors", result.Output.Split('\n'));
    }

    private string Target => _glide.PathOf("models/own/base.safetensors");

    private static Dictionary<string, string?> Proxy(string address) => new()
    {
        ["http_proxy"] = address,
        ["https_proxy"] = address,
        ["no_proxy"] = null,
        ["NO_PROXY"] = null,
    };

    private static byte[] Weights(int count)
    {
        byte[] header = Encoding.ASCII.GetBytes($$$"""{"x":{"dtype":"F32","shape":[{{{count}}}],"data_offsets":[0,{{{count * 4}}}]}}""");
        byte[] file = new byte[8 + header.Length + (count * 4)];
        BinaryPrimitives.WriteInt64LittleEndian(file, header.Length);
        header.CopyTo(file, 8);
        RandomNumberGenerator.Fill(file.AsSpan(8 + header.Length));
        return file;
    }

    private void WriteSet(Uri url)
    {
        string folder = Directory.CreateDirectory(_glide.PathOf("models/own")).FullName;
        File.WriteAllText(Path.Combine(folder, "model.json"), $$$"""
            { "name": "own", "title": "a test", "licence": "none", "tokenizer": { "kind": "glide-bpe" }, "recipes": {},
              "networks": { "base": { "weights": { "file": "base.safetensors", "url": "{{{url}}}" },
                "unet": { "image_size": 32, "num_channels": 64, "num_res_blocks": 1, "channel_mult": [1],
                  "attention_resolutions": [8],
                  "channels_per_head": 32, "text_ctx": 24, "xf_width": 32, "xf_layers": 1, "xf_heads": 1,
                  "noise_schedule": "linear" } } } }
            """);
    }

    private void AssertWhole()
    {
        Assert.True(_weights.AsSpan().SequenceEqual(File.ReadAllBytes(Target)));
        Assert.Equal(
            ["base.safetensors", "base.safetensors.record.json", "model.json"],
            Directory.GetFiles(_glide.PathOf("models/own")).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }
}
