using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    public partial class Tensor
    {
        /// <summary>The raw memory of a contiguous CPU tensor of up to 2 GB. The span lives no longer than the tensor.</summary>
        public Span<byte> bytes
        {
            get
            {
                RequireContiguousCpu();
                return Memory(0, checked((int)(numel() * element_size())));
            }
            set
            {
                var memory = bytes;
                if (value.Length != memory.Length)
                    throw new ArgumentException($"The tensor has {memory.Length} bytes, not {value.Length}.");
                value.CopyTo(memory);
            }
        }

        /// <summary>Reads and writes the elements; a copy of them where the tensor is not on the CPU.</summary>
        public Utils.TensorAccessor<T> data<T>() where T : unmanaged => new(is_cpu() ? this : cpu());

        /// <summary>The only element.</summary>
        public T item<T>() where T : unmanaged
        {
            if (numel() != 1)
                throw new ArgumentException($"The tensor has {numel()} elements; only a tensor of one has an item.");
            if (is_cpu())
                return data<T>().Single();
            using var copy = cpu();
            return copy.data<T>().Single();
        }

        public Scalar ToScalar()
        {
            if (numel() != 1)
                throw new ArgumentException($"The tensor has {numel()} elements; only a tensor of one is a scalar.");
            var kind = dtype;
            if (torch.is_floating_point(kind))
            {
                using var wide = To((int)ScalarType.Float64, DeviceType.CPU, -1, false, false, false);
                return kind == ScalarType.Float64 ? wide.item<double>() : (float)wide.item<double>();
            }
            if (kind == ScalarType.Bool)
                return item<bool>();
            using var integer = To((int)ScalarType.Int64, DeviceType.CPU, -1, false, false, false);
            return integer.item<long>();
        }

        public void WriteBytesToStream(Stream stream, int bufferSize = 1024)
        {
            ArgumentNullException.ThrowIfNull(stream);
            RequireContiguousCpu();
            long total = numel() * element_size();
            for (long offset = 0; offset < total; offset += bufferSize)
                stream.Write(Memory(offset, (int)Math.Min(bufferSize, total - offset)));
        }

        public void ReadBytesFromStream(Stream stream, int bufferSize = 1024)
        {
            ArgumentNullException.ThrowIfNull(stream);
            RequireContiguousCpu();
            long total = numel() * element_size();
            for (long offset = 0; offset < total; offset += bufferSize)
                stream.ReadExactly(Memory(offset, (int)Math.Min(bufferSize, total - offset)));
        }

        /// <summary>Address of the first element.</summary>
        internal nint DataPointer()
        {
            Native.Check(Native.data_ptr(this, out nint pointer));
            return pointer;
        }

        private unsafe Span<byte> Memory(long offset, int length) => new((byte*)DataPointer() + offset, length);

        private void RequireContiguousCpu()
        {
            if (!is_cpu())
                throw new InvalidOperationException($"The tensor is on {device}: only the CPU's memory can be read.");
            if (!is_contiguous())
                throw new InvalidOperationException("The tensor is not contiguous.");
        }
    }
}
