using Glide.Models.Text;
using Glide.Tests.Support;
using static TorchSharp.torch;

namespace Glide.Tests.Models;

[Collection(TorchCollection.Name)]
public sealed class TextConditioningTests
{
    [Fact]
    public void Rows_are_chosen_in_the_order_asked_for()
    {
        using var scope = NewDisposeScope();
        using var three = Numbered(3);
        using var chosen = three.Select(2, 0, 2);
        Assert.Equal([2, 0, 2], RowNumbers(chosen));
    }

    [Fact]
    public void Copies_of_a_row_stand_side_by_side()
    {
        using var scope = NewDisposeScope();
        using var two = Numbered(2);
        using var repeated = two.Repeat(3);
        Assert.Equal([0, 0, 0, 1, 1, 1], RowNumbers(repeated));
    }

    [Fact]
    public void Parts_stand_one_after_the_other()
    {
        using var scope = NewDisposeScope();
        using var two = Numbered(2);
        using var last = two.Select(1);
        using var joined = TextConditioning.Concatenate(two, last, last);
        Assert.Equal(4, joined.Rows);
        Assert.Equal([0, 1, 1, 1], RowNumbers(joined));
    }

    [Fact]
    public void Mixed_rows_lie_on_the_line()
    {
        using var scope = NewDisposeScope();
        using var two = Numbered(2);
        using var swapped = two.Select(1, 0);
        using var mixed = TextConditioning.Mix(two, swapped, [0.25, 1]);
        Assert.Equal([0.25f, 0], RowNumbers(mixed));
    }

    // Keys and values are linear in the text transformer's output, up to a constant.
    [Fact]
    public void Mixing_conditionings_equals_mixing_what_the_text_transformer_says()
    {
        using var scope = NewDisposeScope();
        using var model = UNetModelTests.Filled(Networks.MiniBase);
        using var prompts = UNetModelTests.Prompts(model, rows: 2);
        using var first = prompts.Select(0);
        using var second = prompts.Select(1);
        using var mixed = TextConditioning.Mix(first, second, [0.5]);
        var half = (first.KeysAndValues[1] + second.KeysAndValues[1]) * 0.5;
        Assert.InRange(Closeness.InDeviations(half, mixed.KeysAndValues[1]), 0, 1e-5);
    }

    [Fact]
    public void Rows_outlive_the_scope_they_were_made_in_and_die_when_disposed() => TensorLeak.None(() =>
    {
        TextConditioning kept;
        using (NewDisposeScope())
        {
            using var two = Numbered(2);
            kept = two.Repeat(2);
        }

        Assert.Equal([0, 0, 1, 1], RowNumbers(kept));
        kept.Dispose();
    });

    private static TextConditioning Numbered(int rows)
    {
        using var scope = NewDisposeScope();
        var number = arange(0, rows, dtype: ScalarType.Float32).unsqueeze(1);
        return new TextConditioning(number.expand(rows, 4).contiguous(), [Block(2), Block(3)]);
        Tensor Block(long tokens) => number.unsqueeze(2).expand(rows, 8, tokens).contiguous();
    }

    // Every number of a row of Numbered is the row's number.
    private static float[] RowNumbers(TextConditioning text)
    {
        using var scope = NewDisposeScope();
        float[] numbers = text.Projection.select(1, 0).contiguous().data<float>().ToArray();
        foreach (var tensor in text.KeysAndValues)
            Assert.Equal(numbers, tensor.select(2, 1).select(1, 7).contiguous().data<float>().ToArray());

        return numbers;
    }
}
