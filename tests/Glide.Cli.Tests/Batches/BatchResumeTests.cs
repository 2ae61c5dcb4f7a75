using System.Security.Cryptography;
using System.Text.Json;
using System.Text.RegularExpressions;
using Glide.Cli.Tests.Support;

namespace Glide.Cli.Tests.Batches;

/// <summary>glide batch --resume with a file whose rows are no longer where they were.</summary>
public sealed partial class BatchResumeTests : IDisposable
{
    private static readonly string[] s_quick = ["--model", "mini", "--no-upsample", "--steps", "2", "--threads", "1"];
    private static readonly Dictionary<string, string?> s_three = new() { ["GLIDE_DEVICES"] = "cpu,cpu,cpu" };

    private readonly GlideProcess _glide = new();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void An_inserted_row_is_made_and_the_others_keep_their_images(bool journalIsOld)
    {
        Write("p.txt", "a\nb\nb\n");
        Resume("p.txt");
        if (journalIsOld)
        {
            string journal = File.ReadAllText(_glide.PathOf("out/glide-batch.jsonl"));
            Assert.Matches(SeedLine(), journal);
            Write("out/glide-batch.jsonl", SeedLine().Replace(journal, ""));
        }
        var before = Images();
        Write("p.txt", "new\n\na\nb\nb\nb\n");
        Assert.Equal("out/new-1.png\nout/b-6.png\n", Resume("p.txt"));
        foreach (var (name, hash) in before)
            Assert.Equal(hash, Images()[name]);
        // Number, line, seed: a row keeps the seed that it was made with, wherever it stands.
        Assert.Equal(["1 1 1 new", "2 3 1 a", "3 4 2 b", "4 5 3 b", "5 6 6 b"], Journal());
        Assert.Empty(Resume("p.txt"));
        Write("p.txt", "b\na\n");
        Assert.Empty(Resume("p.txt"));
        Assert.Equal(["1 1 2 b", "2 2 1 a"], Journal());
    }

    [Fact]
    public void Rows_that_change_places_keep_their_files()
    {
        Write("r.csv", "prompt,seed,steps,output\na,7,,\na,7,3,\na,,,sub/x.png\nb,1,,\n");
        Resume("r.csv");
        var before = Images();
        Assert.Equal(["a-7-2.png", "a-7.png", "b-1.png", "x.png"], before.Keys);
        Write("r.csv", "prompt,seed,steps,output\na,,,sub/x.png\na,7,3,\na,7,,\nb,1,,\na,7,4,\n");
        Assert.Equal("out/a-7-3.png\n", Resume("r.csv"));
        Assert.Equal(before, new(Images().Where(image => image.Key != "a-7-3.png").ToDictionary()));
        Assert.Equal(["1 2 4 a", "2 3 7 a", "3 4 7 a", "4 5 1 b", "5 6 7 a"], Journal());
    }

    [Fact]
    public void A_row_of_several_images_keeps_its_seeds()
    {
        Write("r.csv", "prompt,count\na,3\n");
        Resume("r.csv");
        Write("r.csv", "prompt,count\nb,1\na,4\n");
        Assert.Equal("out/b-2.png\nout/a-5.png\n", Resume("r.csv"));
        Assert.Equal(["1 2 2 b", "2 3 2 a", "3 3 3 a", "4 3 4 a", "5 3 5 a"], Journal());
    }

    [Fact]
    public void An_image_made_otherwise_is_not_replaced()
    {
        Write("r.jsonl", "{\"prompt\":\"a\",\"output\":\"x.png\"}\n{\"prompt\":\"b\",\"seed\":5}\n");
        Resume("r.jsonl");
        var before = Images();
        Write("r.jsonl", "{\"prompt\":\"c\",\"output\":\"x.png\"}\n{\"prompt\":\"b\",\"seed\":5}\n");
        Refused("image 1 (line 1): prompt was 'a', is 'c'", "r.jsonl");
        Write("r.jsonl", "{\"prompt\":\"a\",\"output\":\"x.png\"}\n{\"prompt\":\"b\",\"seed\":5,\"negative\":\"c\"}\n");
        Refused("image 2 (line 2): negative was '', is 'c'", "r.jsonl");
        Write("r.jsonl", "{\"prompt\":\"a\",\"output\":\"x.png\"}\n{\"prompt\":\"b\",\"seed\":5,\"and\":\"c\"}\n");
        Refused("image 2 (line 2): and was '', is 'c'", "r.jsonl");
        Assert.Equal(before, Images());
    }

    [Fact]
    public void Workers_and_shards_make_an_inserted_row_alone()
    {
        Write("p.txt", "a\nb\nc\nd\n");
        Resume("p.txt");
        Write("p.txt", "new\na\nb\nc\nd\nd\n");
        var workers = _glide.Run(s_three,
            ["batch", "p.txt", "-o", "out", "--resume", "--device", "cuda:all", .. s_quick]);
        Assert.True(workers.ExitCode == 0, workers.Error);
        Assert.Equal(["out/d-6.png", "out/new-1.png"],
            workers.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Order());
        Assert.Contains("6 of 6 images, 4 of them from before", workers.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("kept though", workers.Error, StringComparison.Ordinal);
        Assert.Equal(["1 1 1 new", "2 2 1 a", "3 3 2 b", "4 4 3 c", "5 5 4 d", "6 6 6 d"], Journal());

        // Each row moves to the other shard.
        Write("p.txt", "newer\nnew\na\nb\nc\nd\nd\n");
        Assert.Equal("out/newer-1.png\n", Resume("p.txt", "--shard", "1/2"));
        Assert.Empty(Resume("p.txt", "--shard", "2/2"));
        var merged = _glide.Run("batch", "--merge", "out");
        Assert.True(merged.ExitCode == 0, merged.Error);
        Assert.Contains("7 of 7 images", merged.Error, StringComparison.Ordinal);
        Assert.Equal("1 1 1 newer", Journal()[0]);
        // Equal rows have equal claims: the one in line 6 takes the seed 6.
        Assert.Equal(["6 6 6 d", "7 7 4 d"], Journal()[^2..]);
    }

    [Fact]
    public void Rows_from_stdin_and_a_forecast_know_what_is_made()
    {
        Write("p.txt", "a\nb\n");
        Resume("p.txt");
        Write("p.txt", "b\nnew\na\n");
        var plan = _glide.Run(["plan", "--batch", "p.txt", "-o", "out", "--resume", "--json", .. s_quick]);
        Assert.Contains("\"images\":1,\"finished_images\":2", plan.Output, StringComparison.Ordinal);
        var made = _glide.Shell($"glide batch - -o out --resume {string.Join(' ', s_quick)} < p.txt");
        Assert.True(made.ExitCode == 0, made.Error);
        Assert.Equal("out/new-2.png\n", made.Output);
    }

    public void Dispose() => _glide.Dispose();

    private void Write(string name, string text) => File.WriteAllText(_glide.PathOf(name), text);

    private string Resume(string file, params string[] arguments)
    {
        var result = _glide.Run(["batch", file, "-o", "out", "--resume", .. s_quick, .. arguments]);
        Assert.True(result.ExitCode == 0, result.Error);
        return result.Output;
    }

    private void Refused(string message, string file)
    {
        var result = _glide.Run(["batch", file, "-o", "out", "--resume", .. s_quick]);
        Assert.Equal(2, result.ExitCode);
        Assert.Contains(message, result.Error, StringComparison.Ordinal);
        Assert.Empty(result.Output);
    }

    // Images that a row of the file asks for: number, line, seed, prompt.
    private List<string> Journal() => [.. File.ReadAllLines(_glide.PathOf("out/glide-batch.jsonl"))
        .Select(line => JsonDocument.Parse(line).RootElement)
        .Where(line => line.GetProperty("number").GetInt32() > 0)
        .OrderBy(line => line.GetProperty("number").GetInt32())
        .Select(line => $"{line.GetProperty("number")} {line.GetProperty("line")} {line.GetProperty("seed")} "
            + $"{line.GetProperty("prompt")}")];

    private SortedDictionary<string, string> Images() =>
        new(Directory.GetFiles(_glide.PathOf("out"), "*.png", SearchOption.AllDirectories).ToDictionary(
            path => Path.GetFileName(path), path => Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(path)))));

    // Journals of earlier versions had no such field.
    [GeneratedRegex(",\"seed_line\":\\d+")]
    private static partial Regex SeedLine();
}
