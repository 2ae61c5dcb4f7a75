using System.Runtime.InteropServices;
using Glide.Checkpoints;

namespace Glide.Tests.Checkpoints;

/// <summary>LoRA files under the names of several tools, and what they add to a weight.</summary>
public sealed class LoraFileTests : IDisposable
{
    private const string Layer = "input_blocks.1.1.qkv";

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>Beginning of the names, and the ends for down and up.</summary>
    public static TheoryData<string, string, string, ElementType, bool> Forms => new()
    {
        { "lora_unet_input_blocks_1_1_qkv", "lora_down.weight", "lora_up.weight", ElementType.Float32, false },
        { "lora_unet_input_blocks_1_1_qkv", "lora_down.weight", "lora_up.weight", ElementType.Float16, true },
        { "input_blocks.1.1.qkv", "lora_down.weight", "lora_up.weight", ElementType.BFloat16, true },
        { "base_model.model.input_blocks.1.1.qkv", "lora_A.weight", "lora_B.weight", ElementType.Float32, false },
        { "base_model.model.input_blocks.1.1.qkv", "lora_A.default.weight", "lora_B.default.weight",
            ElementType.Float64, false },
        { "unet.input_blocks.1.1.qkv", "lora_A.weight", "lora_B.weight", ElementType.Float16, true },
    };

    // W = (1 0; 0 1), down = (1 2), up = (3; 4), alpha 2 of rank 1, weight 0.5: up·down = (3 6; 4 8) is added once.
    [Theory, MemberData(nameof(Forms))]
    public void A_file_of_any_tool_adds_what_is_computed_by_hand(
        string name, string down, string up, ElementType type, bool isConvolution)
    {
        string path = Write("lora", type,
            ($"{name}.{down}", isConvolution ? [1, 2, 1, 1] : [1, 2], [1, 2]),
            ($"{name}.{up}", isConvolution ? [2, 1, 1, 1] : [2, 1], [3, 4]),
            ($"{name}.alpha", [], [2]));
        Assert.Equal([4f, 6, 4, 9], Merged(new WeightedLora(LoraFile.Read(path), 0.5)));
        Assert.Equal([1f, 0, 0, 1], Merged(new WeightedLora(LoraFile.Read(path), 0)));
        Assert.Equal([-5f, -12, -8, -15], Merged(new WeightedLora(LoraFile.Read(path), -1)));
    }

    // The row (1 2) and (0 1) of rank 2, without alpha, whose factor is 1: (3 0; 4 1)·(1 2; 0 1) = (3 6; 4 9).
    [Fact]
    public void Without_alpha_the_factor_is_1_and_several_files_add_up()
    {
        var two = Lora("two", ("x.lora_A.weight", [2, 2], [1, 2, 0, 1]), ("x.lora_B.weight", [2, 2], [3, 0, 4, 1]));
        var one = Lora("one", ("x.lora_A.weight", [1, 2], [1, 0]), ("x.lora_B.weight", [2, 1], [1, 0]));
        Assert.Equal([4f, 6, 4, 10], Merged("x", new WeightedLora(two, 1)));
        Assert.Equal([6f, 6, 4, 10], Merged("x", new WeightedLora(two, 1), new WeightedLora(one, 2)));
        Assert.Equal([1, 2], new[] { one, two }.Select(file => file.Layers[0].Rank));
    }

    // Rows of more numbers than a vector has, and not a multiple of them.
    [Fact]
    public void Long_rows_and_convolutions_are_summed_as_the_formula_says()
    {
        const int Outputs = 3, Inputs = 5, Taps = 9, Rank = 4;
        float[] down = Numbers(Rank * Inputs * Taps, 1), up = Numbers(Outputs * Rank, 2);
        float[] weight = Numbers(Outputs * Inputs * Taps, 3);
        var file = Lora("long", ("x.lora_down.weight", [Rank, Inputs, 3, 3], down),
            ("x.lora_up.weight", [Outputs, Rank, 1, 1], up), ("x.alpha", [1], [6]));
        string path = Write("base", ElementType.Float32, ("x.weight", [Outputs, Inputs, 3, 3], weight));
        using var checkpoint = Checkpoint.Open(path);
        float[] merged = LoraMerge.Plan([new WeightedLora(file, 0.5)], "base", checkpoint.Shapes())
            .Merged(checkpoint, checkpoint.Tensors["x.weight"]);
        for (int output = 0; output < Outputs; output++)
        {
            for (int at = 0; at < Inputs * Taps; at++)
            {
                double product = Enumerable.Range(0, Rank).Sum(rank =>
                    (double)up[(output * Rank) + rank] * down[(rank * Inputs * Taps) + at]);
                int element = (output * Inputs * Taps) + at;
                // Of size 1, with a handful of roundings of 6e-8.
                Assert.Equal(weight[element] + (0.5 * 6 / Rank * product), merged[element], 1e-6);
            }
        }
    }

    [Fact]
    public void What_is_written_has_the_names_of_sd_scripts()
    {
        string path = Path.Combine(_folder.Path, "written.safetensors");
        LoraFile.Write(path,
            [
                new LoraLayer(Layer, new([4, 2], Numbers(8, 1)), new([3, 4], Numbers(12, 2)), 8),
                new LoraLayer("out.2", new([2, 1, 3, 3], Numbers(18, 3)), new([6, 2, 1, 1], Numbers(12, 4)), 1),
            ],
            new Dictionary<string, string> { [LoraFile.NetworkKey] = "base" });
        using var checkpoint = Checkpoint.Open(path);
        Assert.Equal(
            ["lora_unet_input_blocks_1_1_qkv.alpha []", "lora_unet_input_blocks_1_1_qkv.lora_down.weight [4, 2]",
                "lora_unet_input_blocks_1_1_qkv.lora_up.weight [3, 4]", "lora_unet_out_2.alpha []",
                "lora_unet_out_2.lora_down.weight [2, 1, 3, 3]", "lora_unet_out_2.lora_up.weight [6, 2, 1, 1]"],
            checkpoint.Tensors.Values.Select(entry => $"{entry.Name} {entry.ShapeText}").Order(StringComparer.Ordinal));
        var file = LoraFile.Read(path);
        Assert.Equal("base", file.Network);
        Assert.Equal([8d, 1], file.Layers.Select(layer => layer.Alpha));
        Assert.Equal(Numbers(8, 1), file.Layers[0].Down.Values);
        Assert.Equal(Numbers(12, 4), file.Layers[1].Up.Values);
    }

    public static TheoryData<string, string[]> Refused => new()
    {
        { "it is no LoRA file; found are 'x.weight'", ["x.weight [2, 2]"] },
        { "it holds more than LoRA's two factors; found 'x.dora_scale'",
            ["x.lora_down.weight [1, 2]", "x.lora_up.weight [2, 1]", "x.dora_scale [2]"] },
        { "'x.lora_down.weight' has no second factor; lora_up or lora_B of that layer is missing",
            ["x.lora_down.weight [1, 2]", "x.alpha []"] },
        { "'x.lora_B.weight' has no second factor; lora_down or lora_A of", ["x.lora_B.weight [2, 1]"] },
        { "'y.alpha' belongs to no pair", ["x.lora_down.weight [1, 2]", "x.lora_up.weight [2, 1]", "y.alpha []"] },
        { "'x.lora_down.weight' is [1, 2] and 'x.lora_up.weight' [2, 3]; allowed are",
            ["x.lora_down.weight [1, 2]", "x.lora_up.weight [2, 3]"] },
        { "allowed are [rank, inputs, ...]", ["x.lora_down.weight [2]", "x.lora_up.weight [2, 2]"] },
        { "allowed are [rank, inputs, ...]", ["x.lora_down.weight [1, 2]", "x.lora_up.weight [2, 1, 3, 3]"] },
        { "allowed are [rank, inputs, ...]", ["x.lora_down.weight [0, 2]", "x.lora_up.weight [2, 0]"] },
        { "'x.alpha' is fp32 [2]; allowed is one finite number",
            ["x.lora_down.weight [1, 2]", "x.lora_up.weight [2, 1]", "x.alpha [2]"] },
        { "is there twice, under two names", ["a.b.lora_down.weight [1, 2]", "lora_unet_a_b.lora_down.weight [1, 2]",
            "a.b.lora_up.weight [2, 1]"] },
    };

    [Theory, MemberData(nameof(Refused))]
    public void A_faulty_file_is_refused_in_words(string message, string[] tensors)
    {
        string path = Write("faulty", ElementType.Float32, [.. tensors.Select(Parse)]);
        var error = Assert.Throws<CheckpointException>(() => LoraFile.Read(path));
        Assert.StartsWith($"LoRA file '{path[..20]}", error.Message, StringComparison.Ordinal);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Theory, InlineData(float.NaN), InlineData(float.PositiveInfinity)]
    public void Numbers_that_are_not_finite_are_refused(float odd)
    {
        var error = Assert.Throws<CheckpointException>(() =>
            Lora("odd", ("x.lora_down.weight", [1, 2], [1, odd]), ("x.lora_up.weight", [2, 1], [1, 1])));
        Assert.Contains($"'x.lora_down.weight' has {odd} at element 1; allowed are finite numbers", error.Message,
            StringComparison.Ordinal);
        Assert.Throws<CheckpointException>(() => Lora("alpha", ("x.lora_down.weight", [1, 2], [1, 1]),
            ("x.lora_up.weight", [2, 1], [1, 1]), ("x.alpha", [], [odd])));
    }

    [Fact]
    public void A_file_of_another_network_says_what_differs()
    {
        var file = Lora("other", ("lora_unet_a_b.lora_down.weight", [1, 3], [1, 1, 1]),
            ("lora_unet_a_b.lora_up.weight", [2, 1], [1, 1]), ("lora_unet_gone.lora_down.weight", [1, 2], [1, 1]),
            ("lora_unet_gone.lora_up.weight", [2, 1], [1, 1]));
        var error = Assert.Throws<CheckpointException>(() => Merged("a.b", new WeightedLora(file, 1)));
        Assert.Contains("does not fit the network 'base': 2 of 2 layers differ: 'a_b' changes [2, 3], the network's is "
            + "[2, 2]; 'gone' does not exist there; it does not say which network it was trained on", error.Message,
            StringComparison.Ordinal);
    }

    private float[] Merged(params WeightedLora[] loras) => Merged(Layer, loras);

    private float[] Merged(string layer, params WeightedLora[] loras)
    {
        string path = Write("base", ElementType.Float32, ($"{layer}.weight", [2, 2], [1, 0, 0, 1]));
        using var checkpoint = Checkpoint.Open(path);
        var merge = LoraMerge.Plan(loras, "base", checkpoint.Shapes());
        Assert.True(merge.Changes($"{layer}.weight"));
        return merge.Merged(checkpoint, checkpoint.Tensors[$"{layer}.weight"]);
    }

    private LoraFile Lora(string name, params (string, long[], float[])[] tensors) =>
        LoraFile.Read(Write(name, ElementType.Float32, tensors));

    private string Write(string name, ElementType type,
        params (string Name, long[] Shape, float[] Values)[] tensors)
    {
        string path = Path.Combine(_folder.Path, $"{name}.safetensors");
        SafetensorsWriter.Write(path, tensors.Select(tensor => (tensor.Name, type, tensor.Shape,
            (Action<Stream>)(stream => stream.Write(Bytes(tensor.Values, type))))), metadata: null);
        return path;
    }

    private static byte[] Bytes(float[] values, ElementType type)
    {
        byte[] bytes = new byte[values.Length * type.Size()];
        ElementConversion.Convert(ElementType.Float32, MemoryMarshal.AsBytes(values.AsSpan()), type, bytes);
        return bytes;
    }

    private static (string, long[], float[]) Parse(string tensor)
    {
        string[] parts = tensor.Split(" [");
        long[] shape = [.. parts[1].TrimEnd(']').Split(", ", StringSplitOptions.RemoveEmptyEntries).Select(long.Parse)];
        return (parts[0], shape, new float[shape.Aggregate(1L, (product, size) => product * size)]);
    }

    // Numbers between −1 and 1 without a pattern.
    private static float[] Numbers(int count, int seed) =>
        [.. Enumerable.Range(1, count).Select(index => (float)Math.Sin(index * (seed + 0.7)))];
}
