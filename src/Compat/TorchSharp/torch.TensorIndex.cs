using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>One place of x[a, b, ...]: a number, a slice, a mask, "all the rest" or a new dimension.</summary>
    public struct TensorIndex
    {
        public static TensorIndex Ellipsis = new TensorIndex { _kind = Kind.Ellipsis };
        public static TensorIndex None = new TensorIndex { _kind = Kind.None };
        public static TensorIndex Null = new TensorIndex { _kind = Kind.Null };
        public static TensorIndex Colon = Slice();

        private Kind _kind;
        private long? _start;
        private long? _stop;
        private long? _step;
        private Tensor? _tensor;

        internal enum Kind
        {
            None,
            Single,
            Null,
            Ellipsis,
            Bool,
            Tensor,
            Slice,
        }

        public static implicit operator TensorIndex(long value) => Single(value);

        public static implicit operator TensorIndex((int? start, int? end) range) => Slice(range);

        public static implicit operator TensorIndex(System.Range range) => Slice(range);

        public static implicit operator TensorIndex(System.Index index) => Single(FromIndex(index));

        static public TensorIndex Slice(long? start = null, long? stop = null, long? step = null)
            => new() { _kind = Kind.Slice, _start = start, _stop = stop, _step = step };

        static public TensorIndex Slice((int? start, int? end) range) => Slice(range.start, range.end);

        static public TensorIndex Slice(System.Range range)
            => Slice(FromIndex(range.Start), range.End.Equals(Index.End) ? null : FromIndex(range.End));

        static public TensorIndex Bool(bool value) => new() { _kind = Kind.Bool, _start = value ? 1 : 0 };

        static public TensorIndex Single(long? index) => new() { _kind = Kind.Single, _start = index };

        static public TensorIndex Tensor(Tensor tensor)
        {
            ArgumentNullException.ThrowIfNull(tensor);
            return new() { _kind = Kind.Tensor, _tensor = tensor };
        }

        internal readonly NativeIndex ToNative() => new()
        {
            Kind = (long)_kind,
            Start = _start ?? NativeIndex.Missing,
            Stop = _stop ?? NativeIndex.Missing,
            Step = _step ?? NativeIndex.Missing,
            Tensor = _tensor is null ? 0 : _tensor.Handle,
        };

        private static long FromIndex(Index index) => index.IsFromEnd ? -index.Value : index.Value;
    }
}
