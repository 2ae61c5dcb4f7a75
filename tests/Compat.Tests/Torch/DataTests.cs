using TorchSharp;
using static TorchSharp.torch;

namespace Glide.Compat.Tests.Torch;

[Collection(TorchCollection.Name)]
public class DataTests
{
    [Fact]
    public void Metadata_describes_the_tensor()
    {
        var x = zeros([2, 3, 4], float16);
        Assert.Equal([2, 3, 4], x.shape);
        Assert.Equal([2, 3, 4], x.size());
        Assert.Equal(4, x.size(-1));
        Assert.Equal(3, x.dim());
        Assert.Equal(24, x.numel());
        Assert.Equal(2, x.element_size());
        Assert.Equal([12, 4, 1], x.stride());
        Assert.Equal(4, x.stride(-2));
        Assert.Equal(float16, x.dtype);
        Assert.Equal(DeviceType.CPU, x.device.type);
        Assert.True(x.is_contiguous() && x.is_floating_point() && x.is_cpu() && x.is_leaf);
        Assert.False(x.transpose(0, 1).is_contiguous());
        Assert.Equal("[2x3x4], type = Float16, device = cpu", x.ToString());
        Assert.Throws<ArgumentOutOfRangeException>(() => x.size(3));
    }

    [Fact]
    public void Elements_are_read_whatever_the_strides()
    {
        var x = Numbers.Counted(2, 3);
        Assert.Equal([0f, 3, 1, 4, 2, 5], x.T.data<float>().ToArray());
        Assert.Equal([0f, 3, 1, 4, 2, 5], x.T.data<float>());
        Assert.Equal(5f, x.T.data<float>()[2, 1]);
        Assert.Equal(4f, x.data<float>()[4]);
        var buffer = new float[4];
        x.data<float>().CopyTo(buffer.AsSpan(), arrayIndex: 1, tensorIndex: 3);
        Assert.Equal([0f, 3, 4, 5], buffer);
        x.T.data<float>().CopyFrom([10f, 20, 30]);
        Numbers.AssertEqual([10, 30, 2, 20, 4, 5], x);
        Assert.Equal(new float[,] { { 10, 30, 2 }, { 20, 4, 5 } }, x.data<float>().ToNDArray());
        Assert.Throws<ArgumentOutOfRangeException>(() => x.data<float>()[6]);
    }

    [Fact]
    public void Elements_of_another_type_are_refused()
    {
        Assert.Throws<ArgumentException>(() => zeros(2).data<double>());
        Assert.Throws<ArgumentException>(() => zeros([2], bfloat16).data<Half>());
        Assert.Equal((Half)1, ones([1], float16).item<Half>());
        Assert.Throws<ArgumentException>(() => zeros(2).item<float>());
    }

    [Fact]
    public void Bytes_are_the_memory_itself()
    {
        var x = empty([2], float32);
        x.bytes = (byte[])[0, 0, 128, 63, 0, 0, 0, 64];
        Numbers.AssertEqual([1, 2], x);
        x.bytes[7] = 0xC0;
        Numbers.AssertEqual([1, -2], x);
        Assert.Throws<ArgumentException>(() => x.bytes = new byte[3]);
        Assert.Throws<InvalidOperationException>(() => Numbers.Counted(2, 2).T.bytes.Length);
    }

    [Theory, InlineData(1024), InlineData(7)]
    public void Streams_carry_any_type_through(int bufferSize)
    {
        using var stream = new MemoryStream();
        var x = Numbers.Counted(3, 5).to(bfloat16);
        x.WriteBytesToStream(stream, bufferSize);
        Assert.Equal(30, stream.Length);
        stream.Position = 0;
        var y = empty([3, 5], bfloat16);
        y.ReadBytesFromStream(stream, bufferSize);
        Assert.True(x.Equals(y));
        Assert.Throws<EndOfStreamException>(() => y.ReadBytesFromStream(stream));
    }

    [Fact]
    public void Types_convert_as_PyTorch_converts()
    {
        var x = Numbers.Vector(-1.7, 0, 2.5);
        Numbers.AssertEqual([-1, 0, 2], x.to(int64));
        Numbers.AssertEqual([1, 0, 1], x.@bool());
        Assert.Equal(float16, x.half().dtype);
        Assert.Equal(bfloat16, x.bfloat16().dtype);
        Assert.Equal(float64, x.to(float64, CPU).dtype);
        Assert.Equal(int32, x.type_as(zeros([1], int32)).dtype);
        Assert.Equal(float32, x.half().@float().dtype);
        Assert.Equal(float32, x.to(CPU).dtype);
    }

    [Fact]
    public void A_conversion_that_changes_nothing_shares_the_memory_under_a_new_handle()
    {
        var x = zeros(2);
        foreach (var same in new[] { x.to(float32), x.cpu(), x.contiguous(), x.alias(), x.detach(), x.to("cpu") })
        {
            Assert.NotSame(x, same);
            same.add_(1);
            same.Dispose();
        }
        Numbers.AssertEqual([6, 6], x);
        x.to(float32, copy: true).add_(1);
        x.clone().add_(1);
        Numbers.AssertEqual([6, 6], x);
        var y = zeros(1);
        y.to(float64, disposeAfter: true);
        Assert.True(y.IsInvalid);
    }

    [Fact]
    public void Copies_convert_and_broadcast()
    {
        var x = zeros([2, 2], float64);
        Assert.Same(x, x.copy_(tensor(new[] { 1, 2 })));
        Numbers.AssertEqual([1, 2, 1, 2], x);
    }

    [Fact]
    public void A_native_handle_can_be_given_away_and_taken_back()
    {
        long before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        var x = Numbers.Vector(4);
        IntPtr handle = x.DecoupleFromNativeHandle();
        Assert.True(x.IsInvalid);
        using (var y = Tensor.UnsafeCreateTensor(handle))
        {
            Assert.Equal(4, y.item<float>());
            Assert.Equal(handle, y.Handle);
        }
        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    [Fact]
    public void Scalars_keep_their_kind()
    {
        Assert.Equal(ScalarType.Int32, ((Scalar)1).Type);
        Assert.Equal(1.5, ((Scalar)1.5f).ToDouble());
        Assert.Equal(2, ((Scalar)2.9).ToInt32());
        Assert.True(((Scalar)1).ToBoolean());
        Assert.Equal(2.5f, tensor(2.5f).ToScalar().ToSingle());
        Assert.Equal(ScalarType.Float64, (zeros([1], float64) + 1.5).dtype);
        Assert.Equal(float16, (zeros([1], float16) * 1.5).dtype);
        Assert.Equal(float32, (zeros([1], int64) * 1.5).dtype);
        Assert.Equal(int64, (zeros([1], int64) * 2).dtype);
    }

    [Fact]
    public void Devices_are_parsed_and_printed()
    {
        Assert.Equal((DeviceType.CUDA, 1), (new Device("cuda:1").type, new Device("cuda:1").index));
        Assert.Equal("cuda:0", new Device(DeviceType.CUDA, 0).ToString());
        Assert.Equal("cpu", CPU.ToString());
        Assert.Equal(-1, ((Device)"cuda").index);
        Assert.Throws<ArgumentException>(() => new Device("gpu"));
        Assert.Throws<ArgumentException>(() => new Device("cuda:x"));
    }
}
