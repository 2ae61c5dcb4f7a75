using Glide.Datasets;

namespace Glide.Tests.Datasets;

public sealed class MetadataFileTests : IDisposable
{
    private readonly DataFolder _data = new();

    public MetadataFileTests()
    {
        _data.Write("a.png", DataFolder.Png(4, 4, 1));
        _data.Write("sub/b.png", DataFolder.Png(4, 4, 2));
    }

    public void Dispose() => _data.Dispose();

    [Fact]
    public void Json_lines_name_images_and_captions()
    {
        _data.Write("metadata.jsonl", """
            {"file_name": "a.png", "text": "one"}

            {"file_name": "sub/b.png", "captions": ["two", "three"], "width": 4}
            {"file_name": "a.png", "caption": "four"}
            """);
        var dataset = _data.Open().Dataset;
        Assert.Equal(2, dataset.Count);
        Assert.Equal(["one", "four"], dataset.Read(0).Captions);
        Assert.Equal(["two", "three"], dataset.Read(1).Captions);
        Assert.Equal(2, dataset.Read(1).Image.Pixels[0]);
        Assert.Equal(2, DatasetReader.Open(_data["metadata.jsonl"]).Dataset.Count);
    }

    /// <summary>A line, and part of the reason why it cannot be used.</summary>
    public static TheoryData<string, string> BadLines => new()
    {
        { """{"file_name": "../a.png", "text": "x"}""", "leads out of the data's folder" },
        { """{"file_name": "sub/../../a.png", "text": "x"}""", "leads out of the data's folder" },
        { """{"file_name": "..\\a.png", "text": "x"}""", "leads out of the data's folder" },
        { """{"file_name": "/etc/passwd", "text": "x"}""", "leads out of the data's folder" },
        { """{"file_name": "C:/a.png", "text": "x"}""", "leads out of the data's folder" },
        { """{"file_name": "", "text": "x"}""", "the name is empty" },
        { """{"file_name": "a\u0000.png", "text": "x"}""", "NUL" },
        { """{"file_name": 7, "text": "x"}""", "it names no image" },
        { """{"text": "x"}""", "it names no image" },
        { """{"file_name": "a.png"}""", "it has no caption" },
        { """{"file_name": "a.png", "text": ""}""", "its caption is empty" },
        { """{"file_name": "a.png", "text": 7}""", "neither a text nor a list" },
        { """{"file_name": "a.png", "captions": ["x", 7]}""", "neither a text nor a list" },
        { """{"file_name": "a.png", "captions": []}""", "its caption is empty" },
        { """{"file_name": "a.png", "text": "\ud800"}""", "no JSON object" },
        { """["a.png", "x"]""", "no object" },
        { """{"file_name": "a.png",""", "no JSON object" },
        { """{"file_name": "missing.png", "text": "x"}""", "no such file" },
        { """{"file_name": "sub", "text": "x"}""", "no such file" },
    };

    [Theory, MemberData(nameof(BadLines))]
    public void A_bad_line_is_a_bad_item(string line, string reason)
    {
        _data.Write("metadata.jsonl", "{\"file_name\": \"sub/b.png\", \"text\": \"good\"}\n" + line);
        var faults = DataFolder.Faults(_data.Open().Dataset);
        Assert.Equal(2, faults.Count);
        Assert.Null(faults["sub/b.png"]);
        Assert.Contains(reason, faults.Values.Last(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_line_that_is_not_utf8_is_a_bad_item()
    {
        _data.Write("metadata.jsonl",
            [.. "{\"file_name\": \"a.png\", \"text\": \""u8, 0xE9, .. "\"}\n"u8,
                .. "{\"file_name\": \"sub/b.png\", \"text\": \"b\"}"u8]);
        var faults = DataFolder.Faults(_data.Open().Dataset);
        Assert.Contains("0xE9", faults["metadata.jsonl line 1"], StringComparison.Ordinal);
        Assert.Null(faults["sub/b.png"]);
    }

    public static TheoryData<string, string> Tables => new()
    {
        { "d.csv", "image,caption\na.png,one\nsub/b.png,\"two, three\"\n" },
        { "d.csv", "file_name;id;text\na.png;7;one\nsub/b.png;8;two, three\n" },
        { "d.tsv", "path\tcaption\na.png\tone\nsub/b.png\ttwo, three\n" },
        { "metadata.csv", "file_name,text\na.png,one\nsub/b.png,\"two, three\"\n" },
    };

    [Theory, MemberData(nameof(Tables))]
    public void A_table_names_images_and_captions(string name, string text)
    {
        _data.Write(name, text);
        var dataset = DatasetReader.Open(name == "metadata.csv" ? _data.Path : _data[name]).Dataset;
        Assert.Equal(["a.png", "sub/b.png"], Enumerable.Range(0, dataset.Count).Select(dataset.NameOf));
        Assert.Equal(["one"], dataset.Read(0).Captions);
        Assert.Equal(["two, three"], dataset.Read(1).Captions);
    }

    [Fact]
    public void Rows_of_one_image_are_its_captions_and_bad_rows_are_bad_items()
    {
        _data.Write("d.csv", "image,caption\na.png,one\na.png,two\na.png\nsub/b.png,\n../x.png,three\n");
        var dataset = _data.Open("d.csv").Dataset;
        Assert.Equal(["one", "two"], dataset.Read(0).Captions);
        var faults = DataFolder.Faults(dataset);
        Assert.Equal("its caption is empty", faults["d.csv line 5"]);
        Assert.Contains("leads out", faults["d.csv line 6"], StringComparison.Ordinal);
        Assert.Contains("found 1 value", faults["d.csv line 4"], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("image,label\na.png,x\n", "no column 'caption' or 'text'")]
    [InlineData("name,caption\na.png,x\n", "no column 'file-name' or 'image'")]
    [InlineData("image,caption,image\na.png,x,y\n", "twice")]
    public void A_table_without_its_columns_is_refused(string text, string reason)
    {
        _data.Write("d.csv", text);
        var fault = Assert.Throws<UsageException>(() => _data.Open("d.csv"));
        Assert.Contains(reason, fault.Message, StringComparison.Ordinal);
        Assert.Contains("d.csv", fault.Message, StringComparison.Ordinal);
    }
}
