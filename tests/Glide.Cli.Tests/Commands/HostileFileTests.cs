using Glide.Cli.Tests.Support;

namespace Glide.Cli.Tests.Commands;

/// <summary>
/// Files of tests/cases/faults, made to harm who reads them: each has a clear end, and no stack trace.
/// </summary>
public sealed class HostileFileTests : IDisposable
{
    private const string Edit = "edit --strength 0 x --no-upsample -o o.png --image";

    private readonly GlideProcess _glide = new();

    public void Dispose() => _glide.Dispose();

    public static TheoryData<string, string, int, string> Files => new()
    {
        { "replay --check", "02-replay-threads-from-png/big.png", 2,
            "bad value for threads; found 2147483647; allowed is a whole number from 1 to 1024" },
        { "replay --check", "02-replay-threads-from-png/threads.png", 2, "bad value for threads; found 100000" },
        { "replay --check", "02-replay-threads-from-png/neg.png", 2, "bad value for seed; found '-3'" },
        { "replay --check", "03-passed-over-numbers/passed.png", 2, "random numbers were ordered differently" },
        { "replay --check", "03-passed-over-numbers/passedneg.png", 2, "random numbers were ordered differently" },
        { "replay --check", "04-replay-model-path-from-png/modelpath.png", 2,
            "names the model set '/tmp/glide-evilmodel'; allowed is the name of an installed set" },
        { Edit, "07-jpeg-scan-bomb/prog_480.jpg", 2, "unfolds from 262993 bytes" },
        { Edit, "08-thin-picture-overflow/s_100000x1.png", 2, "100000×1 pixels is too long and thin" },
        { Edit, "08-thin-picture-overflow/s_1x20000.png", 2, "1×20000 pixels is too long and thin" },
        { Edit, "08-thin-picture-overflow/s_1x200000.png", 2, "1×200000 pixels is too long and thin" },
        { Edit, "08-thin-picture-overflow/tall.png", 2, "too long and thin" },
        { Edit, "08-thin-picture-overflow/wide.png", 2, "too long and thin" },
        { Edit, "09-picture-bomb-memory/p100m_1bit.png", 2, "unfolds from 12227 bytes to 10000×10000 pixels" },
        { Edit, "09-picture-bomb-memory/p100m_rgba16_il.png", 2, "unfolds from 777654 bytes" },
        { "show", "10-null-in-records/nullrec.png", 2, "does not say how it was made" },
        { "replay --check", "10-null-in-records/nullbase.png", 2, "does not say how it was made" },
        { "models info", "11-safetensors-nine-bytes/nine.safetensors", 4,
            "its header should have 4,278,255,360 bytes" },
        { "models info", "16-safetensors-leading-blank/lead.safetensors", 0, "" },
        { "models info", "16-safetensors-leading-blank/tensor.safetensors", 0, "" },
        { "show", "17-png-text-memory/bomb2.png", 2, "does not say how it was made" },
        { "models info", "22-gzip-memory/z200.gz", 4, "it unpacks to more than 20,393,900 bytes" },
        { "models info", "22-gzip-memory/z300.gz", 4, "it unpacks to more than 30,585,800 bytes" },
        { "show", "24-show-bidi/esc.png", 0, "" },
    };

    [Theory, MemberData(nameof(Files))]
    public void A_hostile_file_has_a_clear_end(string command, string file, int exitCode, string message)
    {
        string path = Path.Combine(GlideProcess.Checkout, "tests", "cases", "faults", file);
        var result = _glide.Run([.. command.Split(' '), path]);
        Assert.Equal(exitCode, result.ExitCode);
        Assert.Contains(message, result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("Exception", result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain(result.Output, c => c is '\e' or '\a' or (>= '\u202A' and <= '\u202E'));
    }

    public static TheoryData<string, string, int, string> Lines => new()
    {
        { "", "glide sample x -o $(printf '%0300d.png' 0)", 2, "; allowed is a name of at most 255 bytes" },
        { "", "glide sample x -o \"$(printf 'a\\033b.png')\"", 2, "; allowed is a name without control characters" },
        { "{\"prompt\":\"a\",\"output\":\"x\\u001bz\\n.png\"}", "glide batch rows.jsonl -o w", 2,
            "; allowed is a name without control characters" },
        { "{\"prompt\":\"a\",\"output\":\"sub/x.png\"}", "mkdir w; touch w/sub; glide batch rows.jsonl -o w", 2,
            "line 1: the output 'sub/x.png' needs the folder 'w/sub', which is a file" },
        { "", "glide batch - -o w <&-", 2, "stdin is closed" },
        { "", "mkdir m; ln -s /dev/zero m/model.json; glide sample x -m m", 4, "is empty, or a pipe or device" },
        { "", "mkdir m; mkfifo m/model.json; glide sample x -m m", 4, "is empty, or a pipe or device" },
        { "{\"prompt\":\"a\"}", "mkdir w; mkfifo w/glide-batch.jsonl; glide batch rows.jsonl -o w --resume", 2,
            "is a pipe or device" },
        { "{\"prompt\":\"a\"}", "mkdir w; echo null > w/glide-batch.jsonl; glide batch rows.jsonl -o w --resume", 2,
            "the journal is damaged; 'w/glide-batch.jsonl' line 1" },
    };

    [Theory, MemberData(nameof(Lines))]
    public void A_hostile_folder_or_name_is_refused_before_anything_is_made(string rows, string line, int exitCode,
        string message)
    {
        File.WriteAllText(_glide.PathOf("rows.jsonl"), rows);
        var result = _glide.Shell(line);
        Assert.Contains(message, result.Error, StringComparison.Ordinal);
        Assert.Equal((exitCode, ""), (result.ExitCode, result.Output));
        Assert.Empty(Directory.GetFiles(_glide.Folder, "*.png", SearchOption.AllDirectories));
    }

    [Fact]
    public void A_license_writes_no_codes_to_the_terminal()
    {
        string mini = File.ReadAllText(Path.Combine(GlideProcess.Checkout, "models", "mini", "model.json"));
        Directory.CreateDirectory(_glide.PathOf("models/x"));
        File.WriteAllText(_glide.PathOf("models/x/model.json"), mini
            .Replace("\"name\": \"mini\"", "\"name\": \"x\"", StringComparison.Ordinal)
            .Replace("\"licence\": \"", "\"licence\": \"\\u001b]0;owned\\u0007", StringComparison.Ordinal));
        var result = _glide.Run("models");
        Assert.Contains("owned", result.Output, StringComparison.Ordinal);
        Assert.DoesNotContain('\e', result.Output);
    }

    [Fact]
    public void A_name_of_the_sets_own_files_is_no_name_for_weights()
    {
        string mini = File.ReadAllText(Path.Combine(GlideProcess.Checkout, "models", "mini", "model.json"));
        Directory.CreateDirectory(_glide.PathOf("m"));
        File.WriteAllText(_glide.PathOf("m/model.json"),
            mini.Replace("base.safetensors.gz", "model.json", StringComparison.Ordinal));
        var result = _glide.Run("models", "download", "m");
        Assert.Equal(4, result.ExitCode);
        Assert.Contains("'model.json', a name that the set's own files have", result.Error, StringComparison.Ordinal);
    }
}
