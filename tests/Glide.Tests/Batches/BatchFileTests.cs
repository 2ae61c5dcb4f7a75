using System.Text;
using Glide.Batches;

namespace Glide.Tests.Batches;

public sealed class BatchFileTests
{
    [Fact]
    public void Text_keeps_prompts_exactly_and_passes_over_comments_and_blanks()
    {
        var rows = Rows("\uFEFF a red circle \r\n\r\n# a comment\r\n  # another\r\nein grüner Hund, schnell",
            BatchFormat.Text);
        Assert.Equal([(1, " a red circle "), (5, "ein grüner Hund, schnell")],
            rows.Select(row => (row.Line, row.Prompt)));
    }

    [Fact]
    public void Json_lines_carry_options()
    {
        var row = Assert.Single(Rows("""{"prompt":"a cat","seed":7,"no_upsample":true,"guidance_scale":4.50,"negative":null}""", BatchFormat.JsonLines));
        Assert.Equal("a cat", row.Prompt);
        Assert.Equal(new Dictionary<string, string>
        {
            ["seed"] = "7",
            ["no-upsample"] = "true",
            ["guidance-scale"] = "4.50"
        }, row.Options);
    }

    [Fact]
    public void Csv_reads_quotes_commas_line_ends_and_empty_cells()
    {
        var rows = Rows(
            "prompt,Seed,guidance_scale\r\n\"two, \"\"quoted\"\"\",,2.5\r\n\"over\r\nlines\",3,\r\nplain,4,1\r\n",
            BatchFormat.Csv);
        Assert.Equal(["two, \"quoted\"", "over\nlines", "plain"], rows.Select(row => row.Prompt));
        Assert.Equal([2, 3, 5], rows.Select(row => row.Line));
        Assert.Equal("2.5", rows[0].Options["guidance-scale"]);
        Assert.False(rows[0].Options.ContainsKey("seed"));
    }

    public static TheoryData<string, byte[]> NoText => new()
    {
        { "'f' line 1: the text is UTF-16", Encoding.Unicode.GetPreamble().Concat(Encoding.Unicode.GetBytes("a cat"))
            .ToArray() },
        { "'f' line 2 is longer than", [.. "a\n"u8, .. new byte[2_000_000]] },
        { "there are no prompts in 'f'", [] },
        { "there are no prompts in 'f'", "# nothing\n\n"u8.ToArray() },
    };

    [Theory, MemberData(nameof(NoText))]
    public void What_is_no_text_is_refused_whole(string message, byte[] bytes)
    {
        var refusal = Assert.Throws<UsageException>(() =>
            BatchFile.Parse(new MemoryStream(bytes), "f", BatchFormat.Text, []));
        Assert.StartsWith(message, refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Text", "a\nb")]
    [InlineData("JsonLines", "{\"prompt\":\"a\"}\n{\"prompt\":\"b\"}")]
    [InlineData("Csv", "prompt\na\nb")]
    public void A_line_in_another_encoding_is_a_fault_and_the_others_are_read(string format, string good)
    {
        // Latin-1: é is one byte; and a NUL, which no text has.
        string[] lines = good.Split('\n');
        byte[] bytes = [.. Encoding.UTF8.GetBytes(string.Join('\n', lines[..^1]) + "\r\n"), .. "caf"u8, 0xE9,
            (byte)'\n', .. "x\0y\n"u8, .. Encoding.UTF8.GetBytes(lines[^1])];
        var faults = new List<RowFault>();
        var rows = BatchFile.Parse(new MemoryStream(bytes), "f", Enum.Parse<BatchFormat>(format), faults);
        Assert.Equal(["a", "b"], rows.Select(row => row.Prompt));
        Assert.Equal(lines.Length + 2, rows[^1].Line);
        Assert.Equal([$"line {lines.Length}: byte 0xE9 is not UTF-8", $"line {lines.Length + 1}: there is a NUL byte"],
            faults.Select(fault => fault.ToString().Split(';')[0]));
    }

    [Fact]
    public void Every_kind_of_line_end_counts_once_wherever_the_stream_is_cut()
    {
        byte[] bytes = Encoding.UTF8.GetBytes("a\r\nb\rc\n\r\nd");
        var lines = TextLines.Read(new Dripping(bytes), "f").Select(line => (line.Number, line.Text));
        Assert.Equal([(1, "a"), (2, "b"), (3, "c"), (4, ""), (5, "d")], lines);
    }

    /// <summary>Gives a byte at a time, as a pipe may.</summary>
    private sealed class Dripping(byte[] bytes) : MemoryStream(bytes)
    {
        public override int Read(byte[] buffer, int offset, int count) => base.Read(buffer, offset, Math.Min(1, count));

        public override int Read(Span<byte> buffer) => base.Read(buffer[..Math.Min(1, buffer.Length)]);
    }

    public static TheoryData<string, string> BadRows => new()
    {
        { "line 1: this is no JSON object", "{\"prompt\": \"a\"" },
        { "line 1: found a list", "[1]" },
        { "line 1: there is no 'prompt'", "{\"seed\": 1}" },
        { "line 1: 'prompt' is a number", "{\"prompt\": 1}" },
        { "line 1: 'seed' stands there twice", "{\"prompt\": \"a\", \"seed\": 1, \"seed\": 2}" },
        { "line 1: 'seed' is a list", "{\"prompt\": \"a\", \"seed\": [1]}" },
        { "line 1: this is no JSON object", "{\"prompt\": \"\\ud800\"}" },
    };

    [Theory, MemberData(nameof(BadRows))]
    public void Bad_rows_are_noted_and_the_others_read(string fault, string line)
    {
        var faults = new List<RowFault>();
        var rows = BatchFile.Parse(new MemoryStream(Encoding.UTF8.GetBytes(line + "\n{\"prompt\":\"good\"}")), "f",
            BatchFormat.JsonLines, faults);
        Assert.Equal("good", Assert.Single(rows).Prompt);
        Assert.StartsWith(fault, Assert.Single(faults).ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(",", "commas")]
    [InlineData(";", "semicolons")]
    [InlineData("\t", "tabs")]
    public void Csv_is_separated_as_its_header_is(string separator, string name)
    {
        string text = $"prompt{separator}seed\n\"a, red; circle\"{separator}7\n";
        var row = Assert.Single(Rows(text, BatchFormat.Csv));
        Assert.Equal(("a, red; circle", "7"), (row.Prompt, row.Options["seed"]));
        var faults = new List<RowFault>();
        var stream = new MemoryStream(Encoding.UTF8.GetBytes(text + "a\n"));
        BatchFile.Parse(stream, "f", BatchFormat.Csv, faults);
        Assert.EndsWith($"put quotes around values with {name}", Assert.Single(faults).ToString(),
            StringComparison.Ordinal);
    }

    [Fact]
    public void Csv_faults_have_line_numbers()
    {
        var faults = new List<RowFault>();
        BatchFile.Parse(new MemoryStream("prompt,seed\na\nb,1\n\"c,2"u8.ToArray()), "f", BatchFormat.Csv, faults);
        Assert.Equal([2, 4], faults.Select(fault => fault.Line));
        Assert.Throws<UsageException>(() => Rows("text,seed\na,1", BatchFormat.Csv));
        Assert.Throws<UsageException>(() => Rows("prompt,seed,seed\na,1,1", BatchFormat.Csv));
    }

    private static IReadOnlyList<BatchRow> Rows(string text, BatchFormat format)
    {
        var faults = new List<RowFault>();
        var rows = BatchFile.Parse(new MemoryStream(Encoding.UTF8.GetBytes(text)), "f", format, faults);
        Assert.Empty(faults);
        return rows;
    }
}
