using Glide.Cli.Tests.Support;

namespace Glide.Cli.Tests.Output;

/// <summary>What the machine may withhold from a run: terminals, disks, memory.</summary>
public sealed class SurroundingsTests : IDisposable
{
    private const string Quick = "--model mini --no-upsample --steps 2 --threads 1";
    private readonly GlideProcess _glide = new();

    public void Dispose() => _glide.Dispose();

    [Theory]
    [InlineData("TERM=xterm", true)]
    [InlineData("TERM=xterm NO_COLOR=1", false)]
    [InlineData("TERM=dumb", false)]
    [InlineData("TERM=", false)]
    public void A_terminal_is_drawn_on_only_where_it_may_be(string environment, bool isDrawnOn)
    {
        // script(1) gives the program a terminal and keeps what it writes there.
        var result = _glide.Shell(
            $"env -u NO_COLOR {environment} script -qec \"'{GlideProcess.Program}' sample 'a cat' -s 1 {Quick}\" log "
                + $"</dev/null");
        Assert.True(result.ExitCode == 0, result.Output + result.Error);
        // The runtime switches the keypad of every terminal on, which is no drawing.
        string log = File.ReadAllText(_glide.PathOf("log")).Replace("\e[?1h\e=", "", StringComparison.Ordinal);
        Assert.Contains("a-cat-1.png", log, StringComparison.Ordinal);
        Assert.Equal(isDrawnOn, log.Contains('\e'));
        Assert.Equal(isDrawnOn, log.Replace("\r\n", "\n", StringComparison.Ordinal).Contains('\r'));
    }

    [Theory]
    [InlineData("sample 'a cat' -s 1")]
    [InlineData("batch p.txt")]
    public void Into_a_file_progress_is_plain_lines(string command)
    {
        File.WriteAllText(_glide.PathOf("p.txt"), "a cat");
        var result = _glide.Shell($"TERM=xterm glide {command} {Quick} > log 2>&1");
        Assert.Equal(0, result.ExitCode);
        string log = File.ReadAllText(_glide.PathOf("log"));
        Assert.Matches("(?m)^base: 2 steps in [0-9.]+ s \\([0-9.]+ steps/s\\)$", log);
        Assert.DoesNotMatch("[\e\r]", log);
    }

    [Theory]
    [InlineData("sample 'a cat' -s 1 -o a.png Q", 0)]
    [InlineData("batch p.txt Q", 0)]
    [InlineData("sample --sed 1", 2)]
    [InlineData("upscale --image none.png", 2)]
    [InlineData("models info none.pt", 4)]
    public void A_log_on_a_full_disk_changes_neither_the_work_nor_the_exit_code(string command, int exitCode)
    {
        File.WriteAllText(_glide.PathOf("p.txt"), "a cat");
        var result = _glide.Shell($"glide {command.Replace("Q", Quick, StringComparison.Ordinal)} 2>/dev/full");
        Assert.True(result.ExitCode == exitCode, $"{result.ExitCode} {result.Output}");
        Assert.Equal(exitCode == 0 ? 1 : 0, Directory.GetFiles(_glide.Folder, "*.png").Length);
    }

    [Theory]
    [InlineData("--help")]
    [InlineData("sample --help")]
    [InlineData("--version")]
    [InlineData("models")]
    public void An_answer_that_finds_no_room_is_an_error(string command)
    {
        var result = _glide.Shell($"glide {command} >/dev/full");
        Assert.Equal(6, result.ExitCode);
        Assert.StartsWith(
            "error: stdout could not take all lines; No space left on device", result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", result.Error, StringComparison.Ordinal);
    }

    // Bash would hand the next file that it opens to the program as that stream.
    [Theory]
    [InlineData("0<&-"), InlineData(">&-"), InlineData("2>&-"), InlineData("0<&- 1>&- 2>&-")]
    public void The_script_hands_on_open_streams_where_they_were_closed(string closed)
    {
        PutScriptBeside("ls -l /proc/$$/fd > \"$(dirname $0)/streams\"\ntrue");
        _glide.Shell($"scripts/glide {closed}");
        var streams = File.ReadAllLines(_glide.PathOf("artifacts/glide/streams"));
        foreach (char stream in closed.Where(char.IsDigit).DefaultIfEmpty('1'))
            Assert.Contains(streams, line => line.EndsWith($" {stream} -> /dev/null", StringComparison.Ordinal));
    }

    [Fact]
    public void The_script_says_which_limits_are_too_low_for_the_runtime_and_spares_it_others()
    {
        PutScriptBeside("echo \"executable pages in files: ${DOTNET_EnableWriteXorExecute:-1}\"");
        const string run = "unset DOTNET_EnableWriteXorExecute; scripts/glide sample x";
        var small = _glide.Shell($"ulimit -v 1000000; {run}");
        Assert.Equal((6, ""), (small.ExitCode, small.Output));
        Assert.Equal("error: too little address space; ulimit -v is 1000000 KB; glide needs 2000000 KB; raise the "
            + "limit\n", small.Error);
        var few = _glide.Shell($"ulimit -n 64; {run}");
        Assert.Equal((6, ""), (few.ExitCode, few.Output));
        Assert.Equal(
            "error: too few open files; ulimit -n is 64; glide needs 128; raise the limit\n", few.Error);
        Assert.Equal("executable pages in files: 0\n", _glide.Shell($"ulimit -f 2000; {run}").Output);
        Assert.Equal("executable pages in files: 1\n", _glide.Shell(run).Output);
    }

    [Fact]
    public void The_script_is_found_through_a_link()
    {
        PutScriptBeside("echo found");
        Assert.Equal("found\n", _glide.Shell("mkdir bin; ln -s ../scripts/glide bin/glide; bin/glide").Output);
        Assert.False(Directory.Exists(_glide.PathOf("bin/artifacts")));
    }

    // libtorch's mathematical library would wait for ever.
    [Fact]
    public void A_working_folder_that_is_gone_is_named()
    {
        var result = _glide.Shell($"mkdir gone; cd gone; rmdir ../gone; glide sample 'a cat' -o ../a.png {Quick}");
        Assert.Equal(2, result.ExitCode);
        Assert.Equal("error: the working folder is no longer there; change to one that is\n", result.Error);
    }

    [Theory]
    [InlineData("''")]
    [InlineData("'  '")]
    public void An_empty_prompt_draws_without_one(string prompt)
    {
        var result = _glide.Shell($"glide sample {prompt} -s 1 {Quick}");
        Assert.True(result.ExitCode == 0, result.Error);
        Assert.Equal("unconditional-1.png\n", result.Output);
    }

    [PrivateMountFact]
    public void A_disk_that_may_not_be_written_to_is_refused_before_anything_is_made()
    {
        File.WriteAllText(_glide.PathOf("p.txt"), "a cat");
        Directory.CreateDirectory(_glide.PathOf("disk"));
        foreach (string command in new[] { "sample 'a cat' -o disk", "sample 'a cat' -o disk/new/a.png",
            "sample 'a cat' --grid disk/grid.png", "batch p.txt -o disk" })
        {
            var result = OnDisk("ro", $"glide {command} {Quick}");
            Assert.Equal(2, result.ExitCode);
            Assert.Matches("error: images cannot be written to '.*disk.*'; Read-only file system", result.Error);
            Assert.DoesNotContain("steps in", result.Error, StringComparison.Ordinal);
            Assert.Empty(result.Output);
        }
    }

    [PrivateMountFact]
    public void A_disk_that_fills_up_ends_a_batch_and_keeps_what_is_whole()
    {
        File.WriteAllLines(_glide.PathOf("p.txt"), Enumerable.Range(1, 60).Select(number => $"prompt {number}"));
        Directory.CreateDirectory(_glide.PathOf("disk"));
        // The disk is gone with the process: what lay on it is copied out first.
        var result = OnDisk("size=64k",
            $"glide batch p.txt -o disk/out {Quick}; code=$?; cp -r disk/out kept; exit $code");
        Assert.True(result.ExitCode == 6, $"{result.ExitCode} {result.Error}");
        Assert.Single(result.Error.Split('\n'), line =>
            line.StartsWith("error: disk full writing 'disk/out/", StringComparison.Ordinal));
        string[] printed = result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.InRange(printed.Length, 1, 59);
        string[] kept = Directory.GetFiles(_glide.PathOf("kept"));
        Assert.DoesNotContain(kept, file => file.EndsWith(".tmp", StringComparison.Ordinal));
        Assert.All(kept.Where(file => file.EndsWith(".png", StringComparison.Ordinal)), file =>
            Assert.Equal("IEND"u8.ToArray(), File.ReadAllBytes(file)[^8..^4]));
        // With room, the run goes on.
        var rest = _glide.Shell($"glide batch p.txt -o kept --resume {Quick}");
        Assert.True(rest.ExitCode == 0, rest.Error);
        Assert.Equal(60 - printed.Length, rest.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
    }

    // In kilobytes: too little for the libraries, and enough for them but not for a network of the published size.
    [Theory]
    [InlineData(3_500_000, "sample 'a cat' -m mini",
        "not enough memory to load libtorch; needed 700 MB, available [0-9,]+ MB")]
    [InlineData(6_000_000, "plan 'a cat' -m openai",
        "not enough memory for the network 'base'; needed [0-9,]+ MB, available [0-9,]+ MB")]
    public void Too_little_memory_is_told_before_anything_is_loaded(int limit, string command, string message)
    {
        var result = _glide.Shell($"ulimit -v {limit}; glide {command} --threads 1 -q");
        Assert.True(result.ExitCode == 6, $"{result.ExitCode} {result.Error}");
        Assert.Matches($"^error: {message}", result.Error);
        Assert.Single(result.Error.TrimEnd().Split('\n'));
        Assert.Empty(Directory.GetFiles(_glide.Folder));
    }

    // The launcher, with a program of a few lines that it finds built.
    private void PutScriptBeside(string program)
    {
        Directory.CreateDirectory(_glide.PathOf("scripts"));
        Directory.CreateDirectory(_glide.PathOf("artifacts/glide"));
        File.Copy(Path.Combine(GlideProcess.Checkout, "scripts", "glide"), _glide.PathOf("scripts/glide"));
        File.WriteAllText(_glide.PathOf("artifacts/glide/Glide.Cli"), $"#!/bin/bash\n{program}\n");
        File.WriteAllText(_glide.PathOf("artifacts/glide/built"), "");
        _glide.Shell("chmod +x artifacts/glide/Glide.Cli");
    }

    private CommandResult OnDisk(string options, string line)
    {
        File.WriteAllText(_glide.PathOf("on-disk.sh"),
            $"glide() {{ '{GlideProcess.Program}' \"$@\"; }}\nmount -t tmpfs -o {options} none disk\n{line}\n");
        return _glide.Shell("unshare -m sh on-disk.sh");
    }
}
