using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    public partial class Tensor
    {
        private const int Same = -1;

        public Tensor to(ScalarType type, torch.Device device, bool copy = false, bool disposeAfter = false, bool non_blocking = false)
            => To((int)type, device.type, device.index, copy, disposeAfter, non_blocking);

        public Tensor to(ScalarType type, bool copy = false, bool disposeAfter = false, bool non_blocking = false)
            => To((int)type, null, 0, copy, disposeAfter, non_blocking);

        public Tensor to(torch.Device device, bool copy = false, bool disposeAfter = false, bool non_blocking = false)
            => To(Same, device.type, device.index, copy, disposeAfter, non_blocking);

        public Tensor to(string device, bool copy = false, bool disposeAfter = false, bool non_blocking = false)
            => to(new Device(device), copy, disposeAfter, non_blocking);

        public Tensor to(DeviceType deviceType, int deviceIndex = -1, bool copy = false, bool disposeAfter = false, bool non_blocking = false)
            => To(Same, deviceType, deviceIndex, copy, disposeAfter, non_blocking);

        public Tensor to(Tensor other, bool non_blocking = false)
            => To((int)other.dtype, other.device_type, other.device_index, false, false, non_blocking);

        public Tensor to_type(ScalarType type, bool copy = false, bool disposeAfter = false, bool non_blocking = false)
            => to(type, copy, disposeAfter, non_blocking);

        public Tensor type(ScalarType dtype) => to(dtype);

        public Tensor type(Func<Tensor, Tensor> typeFunc)
        {
            ArgumentNullException.ThrowIfNull(typeFunc);
            return typeFunc(this);
        }

        public Tensor type_as(Tensor tensor) => to(tensor.dtype);

        public Tensor cpu() => To(Same, DeviceType.CPU, -1, false, false, false);

        public Tensor cuda(Device? device = null, bool non_blocking = false)
            => To(Same, DeviceType.CUDA, device?.index ?? -1, false, false, non_blocking);

        public Tensor @bool() => to(ScalarType.Bool);

        public Tensor @byte() => to(ScalarType.Byte);

        public Tensor @char() => to(ScalarType.Int8);

        public Tensor @short() => to(ScalarType.Int16);

        public Tensor @int() => to(ScalarType.Int32);

        public Tensor @long() => to(ScalarType.Int64);

        public Tensor half() => to(ScalarType.Float16);

        public Tensor bfloat16() => to(ScalarType.BFloat16);

        public Tensor @float() => to(ScalarType.Float32);

        public Tensor @double() => to(ScalarType.Float64);

        /// <summary>Another object for the same native tensor.</summary>
        public Tensor alias() => Native.alias(this);

        public Tensor clone() => Native.clone(this);

        public Tensor contiguous() => Native.contiguous(this);

        public Tensor copy_(Tensor source, bool nonBlocking = false) => Done(Native.copy_(this, source, nonBlocking));

        public Tensor set_(Tensor source) => Done(Native.set_(this, source));

        public Tensor pin_memory() => Native.pin_memory(this);

        private Tensor To(int type, DeviceType? device, int index, bool copy, bool disposeAfter, bool nonBlocking)
        {
            var result = Native.to(this, type, device is null ? Same : (int)device, index, copy, nonBlocking);
            if (disposeAfter)
                Dispose();
            return result;
        }
    }
}
