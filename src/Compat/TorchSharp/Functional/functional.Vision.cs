using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        public static partial class functional
        {
            public static Tensor interpolate(Tensor x, long[]? size = null, double[]? scale_factor = null, InterpolationMode mode = InterpolationMode.Nearest, bool? align_corners = null, bool recompute_scale_factor = false, bool antialias = false)
            {
                ArgumentNullException.ThrowIfNull(x);
                int spatial = (int)x.dim() - 2;
                if ((size is null) == (scale_factor is null))
                    throw new ArgumentException("Either a size or a scale factor is needed, and not both.");
                if (size is { Length: 1 })
                    size = [.. Enumerable.Repeat(size[0], spatial)];
                if (scale_factor is { Length: 1 })
                    scale_factor = [.. Enumerable.Repeat(scale_factor[0], spatial)];
                if ((size?.Length ?? scale_factor!.Length) != spatial)
                    throw new ArgumentException($"The tensor has {spatial} dimensions to resize, {size?.Length ?? scale_factor!.Length} sizes were given.");
                if (scale_factor is not null && (recompute_scale_factor || mode == InterpolationMode.Area))
                {
                    var shape = x.shape;
                    size = [.. scale_factor.Select((factor, i) => (long)Math.Floor(shape[i + 2] * factor))];
                    scale_factor = null;
                }
                return Native.interpolate(
                    x, size, size?.Length ?? 0, scale_factor, scale_factor?.Length ?? 0, (int)mode, align_corners ?? false, antialias);
            }

            public static Tensor pad(Tensor input, long[] pad, PaddingModes mode = PaddingModes.Constant, double value = 0)
                => functional.pad(input, pad.AsSpan(), mode, value);

            public static Tensor pad(Tensor input, ReadOnlySpan<long> pad, PaddingModes mode = PaddingModes.Constant, double value = 0)
                => Native.pad(input, pad, pad.Length, (int)mode, mode == PaddingModes.Zeros ? 0 : value);

            public static Tensor pad(Tensor input, (long, long) pad, PaddingModes mode = PaddingModes.Constant, double value = 0)
                => functional.pad(input, [pad.Item1, pad.Item2], mode, value);

            public static Tensor pad(Tensor input, (long, long, long, long) pad, PaddingModes mode = PaddingModes.Constant, double value = 0)
                => functional.pad(input, [pad.Item1, pad.Item2, pad.Item3, pad.Item4], mode, value);

            public static Tensor pixel_shuffle(Tensor input, long upscale_factor) => Native.pixel_shuffle(input, upscale_factor);

            public static Tensor pixel_unshuffle(Tensor input, long downscale_factor)
                => Native.pixel_unshuffle(input, downscale_factor);
        }
    }
}
