using System.Text;
using Glide.Batches;

namespace Glide.Tests.Batches;

public sealed class BatchFileTests
{
    [Fact]
    public void Text_keeps_prompts_exactly_and_passes_over_comments_and_blanks()
    {
        var rows = Rows("\uFEFF a red circle \r\n\r\n# a comment\r\n  # another\r\nein grüner Hund, schnell", BatchFormat.Text);
        Assert.Equal([(1, " a red circle "), (5, "ein grüner Hund, schnell")], rows.Select(row => (row.Line, row.Prompt)));
    }

    [Fact]
    public void Json_lines_carry_options()
    {
        var row = Assert.Single(Rows("""{"prompt":"a cat","seed":7,"no_upsample":true,"guidance_scale":4.50,"negative":null}""", BatchFormat.JsonLines));
        Assert.Equal("a cat", row.Prompt);
        Assert.Equal(new Dictionary<string, string> { ["seed"] = "7", ["no-upsample"] = "true", ["guidance-scale"] = "4.50" }, row.Options);
    }

    [Fact]
    public void Csv_reads_quotes_commas_line_ends_and_empty_cells()
    {
        var rows = Rows("prompt,Seed,guidance_scale\r\n\"two, \"\"quoted\"\"\",,2.5\r\n\"over\r\nlines\",3,\r\nplain,4,1\r\n", BatchFormat.Csv);
        Assert.Equal(["two, \"quoted\"", "over\nlines", "plain"], rows.Select(row => row.Prompt));
        Assert.Equal([2, 3, 5], rows.Select(row => row.Line));
        Assert.Equal("2.5", rows[0].Options["guidance-scale"]);
        Assert.False(rows[0].Options.ContainsKey("seed"));
    }

    public static TheoryData<string, byte[]> BadEncodings => new()
    {
        { "'f' line 2: byte 0xE9 is not UTF-8", [.. "a\n"u8, .. "caf"u8, 0xE9] },
        { "'f' line 1: the text is UTF-16", Encoding.Unicode.GetPreamble().Concat(Encoding.Unicode.GetBytes("a cat")).ToArray() },
        { "'f' line 3: there is a NUL byte", "a\nb\nc\0d\n"u8.ToArray() },
        { "there are no prompts in 'f'", [] },
        { "there are no prompts in 'f'", "# nothing\n\n"u8.ToArray() },
    };

    [Theory, MemberData(nameof(BadEncodings))]
    public void What_is_no_text_is_refused_with_its_line(string message, byte[] bytes)
    {
        var refusal = Assert.Throws<UsageException>(() => BatchFile.Parse(bytes, "f", BatchFormat.Text, []));
        Assert.StartsWith(message, refusal.Message, StringComparison.Ordinal);
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
        var rows = BatchFile.Parse(Encoding.UTF8.GetBytes(line + "\n{\"prompt\":\"good\"}"), "f", BatchFormat.JsonLines, faults);
        Assert.Equal("good", Assert.Single(rows).Prompt);
        Assert.StartsWith(fault, Assert.Single(faults).ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Csv_faults_have_line_numbers()
    {
        var faults = new List<RowFault>();
        BatchFile.Parse("prompt,seed\na\nb,1\n\"c,2"u8, "f", BatchFormat.Csv, faults);
        Assert.Equal([2, 4], faults.Select(fault => fault.Line));
        Assert.Throws<UsageException>(() => Rows("text,seed\na,1", BatchFormat.Csv));
        Assert.Throws<UsageException>(() => Rows("prompt,seed,seed\na,1,1", BatchFormat.Csv));
    }

    private static IReadOnlyList<BatchRow> Rows(string text, BatchFormat format)
    {
        var faults = new List<RowFault>();
        var rows = BatchFile.Parse(Encoding.UTF8.GetBytes(text), "f", format, faults);
        Assert.Empty(faults);
        return rows;
    }
}
