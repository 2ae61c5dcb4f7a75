using System.Text.Json;
using Glide.Cli.Tests.Support;

namespace Glide.Cli.Tests.Batches;

/// <summary>Prompts of glide batch that come from standard input or are typed into a terminal.</summary>
public sealed class BatchInputTests
{
    private static readonly string[] s_quick = ["--model", "mini", "--no-upsample", "--steps", "2", "--threads", "1"];

    [Fact]
    public void Stdin_skips_a_line_in_another_encoding_too()
    {
        using var glide = new GlideProcess();
        using var process = glide.Start(null, ["batch", "-", "-o", "out", "--keep-going", .. s_quick]);
        process.StandardInput.BaseStream.Write([.. "a\ncaf"u8, 0xE9, .. "\nb"u8]);
        process.StandardInput.Close();
        var result = GlideProcess.Finish(process);
        Assert.Equal(3, result.ExitCode);
        Assert.Equal("out/a-1.png\nout/b-3.png\n", result.Output);
        Assert.Contains("line 2: byte 0xE9 is not UTF-8", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Stdin_begins_with_its_first_line()
    {
        using var glide = new GlideProcess();
        using var process = glide.Start(null, ["batch", "-", "-o", "out", "--progress", "jsonl", .. s_quick]);
        process.StandardInput.WriteLine("a red circle");
        process.StandardInput.Flush();
        Assert.Equal("out/a-red-circle-1.png", process.StandardOutput.ReadLine());
        process.StandardInput.WriteLine("a blue circle");
        var result = GlideProcess.Finish(process);
        Assert.Equal(0, result.ExitCode);
        Assert.Equal("out/a-blue-circle-2.png\n", result.Output);
        var events = result.Error.Split('\n').Where(line => line.StartsWith('{'))
            .Select(line => JsonDocument.Parse(line).RootElement).ToList();
        Assert.Contains(events, item =>
            item.GetProperty("event").GetString() == "progress" && item.GetProperty("step").GetInt32() == 2);
        Assert.Equal("finished", events[^1].GetProperty("event").GetString());
        Assert.Equal(2, events[^1].GetProperty("images_done").GetInt32());
    }

    [Fact]
    public void Prompts_may_be_typed_into_a_terminal_until_Ctrl_D()
    {
        using var glide = new GlideProcess();
        using var process = glide.StartOnTerminal($"glide batch - -o out {string.Join(' ', s_quick)}");
        WaitFor("reading prompts from the terminal, one a line; Ctrl-D ends");
        process.StandardInput.Write("  ein grüner  Hund \n");
        process.StandardInput.Flush();
        WaitFor("out/ein-grüner-hund-1.png");
        process.StandardInput.Write("a cat\n");
        process.StandardInput.Flush();
        WaitFor("out/a-cat-2.png");
        process.StandardInput.Write("\u0004");
        process.StandardInput.Flush();
        string rest = process.StandardOutput.ReadToEnd();
        Assert.True(process.WaitForExit(TimeSpan.FromMinutes(1)));
        Assert.Equal(0, process.ExitCode);
        Assert.Contains("2 of 2 images", rest, StringComparison.Ordinal);
        Assert.Equal(["  ein grüner  Hund ", "a cat"], Journal(glide.PathOf("out/glide-batch.jsonl"))
            .Select(line => line.GetProperty("prompt").GetString()));

        // Nothing may be drawn over what is being typed.
        void WaitFor(string text)
        {
            for (string line; !(line = process.StandardOutput.ReadLine()
                ?? throw new EndOfStreamException($"'{text}' was not shown")).Contains(text, StringComparison.Ordinal);)
            {
                Assert.DoesNotMatch("\e\\[[0-9?]*[A-Zl]", line);
            }
        }
    }

    [Fact]
    public void A_terminal_that_types_nothing_is_told_so()
    {
        using var glide = new GlideProcess();
        using var process = glide.StartOnTerminal("glide batch - -o out -m mini; echo code $?");
        for (string? line = ""; !line!.Contains("reading prompts", StringComparison.Ordinal); line =
            process.StandardOutput.ReadLine())
        {
            Assert.NotNull(line);
        }
        // The runtime begins to read keys a moment later; an end that is typed before would be passed over.
        Thread.Sleep(TimeSpan.FromSeconds(5));
        process.StandardInput.Write("\u0004");
        process.StandardInput.Flush();
        string rest = process.StandardOutput.ReadToEnd();
        Assert.Contains("error: there are no prompts in stdin; write one prompt a line", rest,
            StringComparison.Ordinal);
        Assert.Contains("code 2", rest, StringComparison.Ordinal);
    }

    private static List<JsonElement> Journal(string path) =>
        [.. File.ReadAllLines(path).Select(line => JsonDocument.Parse(line).RootElement)];
}
