using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    public partial class Tensor
    {
        public long Dimensions => dim();

        public long ndim => dim();

        public long NumberOfElements => numel();

        public long ElementSize => element_size();

        /// <summary>The sizes, in a new array at each call.</summary>
        public long[] shape
        {
            get
            {
                var sizes = new long[dim()];
                Native.sizes(this, sizes);
                return sizes;
            }
        }

        public ScalarType dtype => (ScalarType)Native.dtype(this);

        public torch.Device device
        {
            get
            {
                var kind = device_type;
                return kind == DeviceType.CPU ? CPU : new Device(kind, device_index);
            }
        }

        public int device_index => Native.device_index(this);

        public DeviceType device_type => (DeviceType)Native.device_type(this);

        public bool is_cuda => device_type == DeviceType.CUDA;

        public bool is_meta => device_type == DeviceType.META;

        public bool is_leaf => Native.is_leaf(this) != 0;

        public long dim() => Native.dim(this);

        public long numel() => Native.numel(this);

        public long element_size() => Native.element_size(this);

        public long[] size() => shape;

        public long size(int dim) => Native.size(this, Place(dim));

        public long[] stride()
        {
            var strides = new long[dim()];
            Native.strides(this, strides);
            return strides;
        }

        public long stride(int dim) => stride()[Place(dim)];

        public long storage_offset() => Native.storage_offset(this);

        public bool is_contiguous() => Native.is_contiguous(this) != 0;

        public bool is_cpu() => device_type == DeviceType.CPU;

        public bool is_integral() => torch.is_integral(dtype);

        public bool is_floating_point() => torch.is_floating_point(dtype);

        public bool is_complex() => torch.is_complex(dtype);

        public bool is_nonzero() => ToScalar().ToBoolean();

        private int Place(int dim)
        {
            int count = (int)Native.dim(this);
            int place = dim < 0 ? dim + count : dim;
            return place >= 0 && place < count
                ? place
                : throw new ArgumentOutOfRangeException(nameof(dim), dim, $"The tensor has {count} dimensions.");
        }
    }
}
