using TorchSharp;
using static TorchSharp.torch;

namespace Glide.Compat.Tests.Torch;

[Collection(TorchCollection.Name)]
public class CreationTests
{
    [Fact]
    public void Filled_tensors_have_shape_type_and_value()
    {
        Numbers.AssertEqual([0, 0, 0, 0], zeros(2, 2));
        Numbers.AssertEqual([1, 1, 1], ones([3], float16));
        Numbers.AssertEqual([2.5, 2.5], full([2], 2.5));
        Assert.Equal(float32, full([2], 2.5).dtype);
        Assert.Equal(int64, full([2], 3).dtype);
        Assert.Equal(ScalarType.Bool, full([2], true).dtype);
        Assert.Equal([2, 3, 4, 5], empty(2, 3, 4, 5).shape);
        Assert.Equal([2L], zeros(2).shape);
        Assert.True(zeros(2, requires_grad: true).requires_grad);
    }

    [Fact]
    public void Likes_take_over_what_is_not_given()
    {
        var input = zeros([2, 1], float64);
        Numbers.AssertEqual([7, 7], full_like(input, 7));
        Assert.Equal(float64, ones_like(input).dtype);
        Assert.Equal(int32, zeros_like(input, int32).dtype);
        Assert.Equal([2, 1], empty_like(input).shape);
        Assert.Equal(float64, input.new_full([3], 1).dtype);
    }

    [Fact]
    public void Ranges_follow_their_arguments_kind()
    {
        Numbers.AssertEqual([0, 1, 2], arange(3));
        Assert.Equal(int64, arange(3).dtype);
        Assert.Equal(float32, arange(0, 1, 0.25).dtype);
        Numbers.AssertEqual([0, 0.25, 0.5, 0.75], arange(0, 1, 0.25));
        Numbers.AssertEqual([5, 3], arange(5, 1, -2));
        Numbers.AssertEqual([0, 0.5, 1], linspace(0, 1, 3));
        Numbers.AssertEqual([1, 0, 0, 0, 1, 0], eye(2, 3));
        Assert.Equal([2, 2], eye(2).shape);
    }

    [Fact]
    public void Arrays_are_copied_with_their_type()
    {
        float[] source = [1, 2, 3, 4];
        var copy = tensor(source);
        source[0] = 9;
        Numbers.AssertEqual([1, 2, 3, 4], copy);
        Assert.Equal(ScalarType.Int64, tensor(new long[] { 1 }).dtype);
        Assert.Equal(ScalarType.Bool, tensor(new[] { true, false }).dtype);
        Assert.Equal(ScalarType.Byte, tensor(new byte[] { 255 }).dtype);
        Assert.Equal(ScalarType.Float16, tensor(new[] { (Half)0.5 }).dtype);
        Numbers.AssertEqual([1, 2, 3, 4], tensor(new double[,] { { 1, 2 }, { 3, 4 } }));
        Assert.Equal([1, 2, 2], tensor(new int[,,] { { { 1, 2 }, { 3, 4 } } }).shape);
        Assert.Equal([2, 2], tensor(source, [2, 2]).shape);
        Assert.Equal(float16, tensor(source, dtype: float16).dtype);
        Numbers.AssertEqual([1, 2], tensor(new List<short> { 1, 2 }));
        Assert.Empty(tensor(2.5f).shape);
        Assert.Equal(2.5f, tensor(2.5f).item<float>());
        Assert.Equal(3L, tensor(3L).item<long>());
        Numbers.AssertEqual([3, 4], as_tensor(new long[] { 3, 4 }, float32));
        Numbers.AssertEqual([1, 2], from_array(new float[,] { { 1, 2 } }, null));
    }

    [Fact]
    public void A_shape_that_the_values_do_not_fill_is_refused()
        => Assert.Throws<ArgumentException>(() => tensor(new float[] { 1, 2, 3 }, [2, 2]));

    [Fact]
    public void Numbers_and_arrays_convert_by_themselves()
    {
        Tensor number = 3.5;
        Tensor array = new float[] { 1, 2 };
        Tensor scalar = (Scalar)2;
        Assert.Equal(float64, number.dtype);
        Assert.Equal([2L], array.shape);
        Assert.Equal(2, (int)scalar);
        Assert.Equal(3.5, (double)number);
        Assert.Equal(3, number.ToInt32());
        Assert.True((bool)tensor(true));
    }
}
