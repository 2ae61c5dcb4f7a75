using System.Text.Json;
using Glide.Cli.Tests.Support;

namespace Glide.Cli.Tests.Commands;

/// <summary><c>--size</c> and <c>--tile</c>: what every command makes of them.</summary>
public sealed class SizeTests : IDisposable
{
    private static readonly string[] s_quick = ["--steps", "2", "--threads", "1", "--quiet"];

    private static readonly string s_images = Path.Combine(GlideProcess.Checkout, "tests", "Glide.Cli.Tests", "Images");

    private readonly GlideProcess _glide = new();

    public void Dispose() => _glide.Dispose();

    public static TheoryData<string, string[]> Faults => new()
    {
        { "bad value for --size; found '250'; allowed are multiples of 16 from 64 to 256 for width and height; "
            + "nearest to 250 are 240 and 256", ["sample", "a ring", "--size", "250"] },
        { "bad value for --size; size 'wide' is not understood; allowed is WIDTHxHEIGHT",
            ["sample", "a ring", "--size", "wide"] },
        { "--size and --guidance clip and both contradict each other",
            ["sample", "a ring", "--size", "64", "--guidance", "both"] },
        { "bad value for --tile; found 'z'; allowed is one of x, y, xy", ["sample", "a ring", "--tile", "z"] },
        { "--size is for images from prompts and for 'glide edit'",
            ["inpaint", "a ring", "--image", "wide.png", "--rect", "0,0,9,9", "--size", "64"] },
        { "--tile x needs an image of the result's shape",
            ["edit", "a ring", "--image", "wide.png", "--tile", "x", "--seed", "1"] },
        { "--keep-structure and --tile x contradict each other",
            ["edit", "a ring", "--image", "wide.png", "--tile", "x", "--size", "128x64", "--keep-structure", "4"] },
    };

    [Theory, MemberData(nameof(Faults))]
    public void A_fault_is_named_and_ends_with_2(string message, string[] arguments)
    {
        File.Copy(Path.Combine(s_images, "wide.png"), _glide.PathOf("wide.png"));
        var result = _glide.Run([.. arguments, .. s_quick]);
        Assert.Contains(message, result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", result.Error, StringComparison.Ordinal);
        Assert.Equal(2, result.ExitCode);
    }

    [Fact]
    public void An_image_of_another_size_that_repeats_is_made_shown_and_made_again()
    {
        Done("sample", "a ring", "-s", "1", "--size", "96x64", "--tile", "x", "--upsample-steps", "1", "-o", "a.png");
        Assert.Equal((96, 64), SizeOf("a.png"));
        string shown = _glide.Run("show", "a.png").Output;
        Assert.Contains("size 24x16, tile x", shown, StringComparison.Ordinal);
        Assert.Contains("size 96x64, tile x", shown, StringComparison.Ordinal);
        Assert.Equal(0, _glide.Run("replay", "a.png", "--check").ExitCode);
        Done("sample", "a ring", "-s", "1", "--size", "96x64", "--upsample-steps", "1", "-o", "b.png");
        Assert.NotEqual(Bytes("a.png"), Bytes("b.png"));
    }

    [Fact]
    public void The_size_of_the_set_gives_the_bytes_of_no_size()
    {
        Done("sample", "a ring", "-s", "1", "--no-upsample", "-o", "a.png");
        Done("sample", "a ring", "-s", "1", "--no-upsample", "--size", "128x128", "-o", "b.png");
        Assert.Equal(Bytes("a.png"), Bytes("b.png"));
    }

    [Fact]
    public void A_numbered_sheet_is_finished_at_its_size()
    {
        Done("sample", "a ring", "-n", "2", "-s", "1", "--size", "64x96", "--no-upsample", "--sheet", "sheet.png");
        Assert.Equal(0, _glide.Run("finish", "sheet.png", "2", "--threads", "1", "-o", "two.png").ExitCode);
        Done("sample", "a ring", "-s", "2", "--size", "64x96", "-o", "at-once.png");
        Assert.Equal((64, 96), SizeOf("two.png"));
        Assert.Equal(Bytes("at-once.png"), Bytes("two.png"));
    }

    [Fact]
    public void Rows_of_a_batch_and_cells_of_a_sweep_have_sizes_of_their_own()
    {
        File.WriteAllText(_glide.PathOf("rows.jsonl"),
            """
            {"prompt": "a ring", "size": "64x128", "output": "tall.png"}
            {"prompt": "a ring", "size": 96, "tile": "xy", "output": "square.png"}
            """);
        Done("batch", "rows.jsonl", "-o", ".", "--no-upsample", "--grid", "grid.png");
        Assert.Equal((16, 32), SizeOf("tall.png"));
        Assert.Equal((24, 24), SizeOf("square.png"));

        Done("sweep", "a ring", "--size", "64,128x96", "--seed", "1", "--no-upsample", "--grid", "sweep.png");
        // Cells of 32x24, fourfold, since 16 pixels would be too few for a label.
        Assert.True(SizeOf("sweep.png").Width > 2 * 128);
    }

    [Fact]
    public void An_edited_image_keeps_its_shape_without_padding()
    {
        File.Copy(Path.Combine(s_images, "wide.png"), _glide.PathOf("wide.png"));
        Done("edit", "a ring", "--image", "wide.png", "--size", "128x64", "--tile", "xy", "-s", "1", "--no-upsample",
            "-o", "edited.png");
        Assert.Equal((32, 16), SizeOf("edited.png"));
        Assert.Equal(0, _glide.Run("replay", "edited.png", "--image", "wide.png", "--check").ExitCode);

        // The image is twice as wide as high: a square of 96 has 48 rows of it.
        Done("edit", "a ring", "--image", "wide.png", "--size", "96", "-s", "1", "--no-upsample", "-o", "cropped.png");
        Assert.Equal((24, 12), SizeOf("cropped.png"));
    }

    [Fact]
    public void A_forecast_is_of_that_size()
    {
        var result = _glide.Run(["plan", "a ring", "--size", "96x64", "--json", .. s_quick]);
        var part = JsonDocument.Parse(result.Output).RootElement.GetProperty("parts")[0];
        Assert.Equal((96, 64), (part.GetProperty("width").GetInt32(), part.GetProperty("height").GetInt32()));
    }

    private void Done(params string[] arguments)
    {
        var result = _glide.Run([.. arguments, .. s_quick]);
        Assert.True(result.ExitCode == 0, result.Error);
    }

    private byte[] Bytes(string name) => File.ReadAllBytes(_glide.PathOf(name));

    // Width and height are big-endian at offset 16 of a PNG.
    private (int Width, int Height) SizeOf(string name)
    {
        byte[] bytes = Bytes(name);
        return ((bytes[18] << 8) | bytes[19], (bytes[22] << 8) | bytes[23]);
    }
}
