namespace Glide.Images;

/// <summary>Scales images.</summary>
/// <remarks>
/// Bicubic scaling gives the bytes of Pillow's <c>resize(size, Image.BICUBIC)</c>, which GLIDE uses: a
/// kernel with a = −0.5, widened by the reduction (antialiasing), weights in 22-bit fixed point, columns
/// first and rows second, rounded to 8 bits after each (see Pillow's Resample.c).
/// </remarks>
internal static class Resizing
{
    private const int FractionBits = 22;
    private const double Radius = 2;
    private const double A = -0.5;

    public static RgbImage Bicubic(RgbImage image, int width, int height) =>
        new(width, height, Bicubic(image.Pixels, channels: 3, image.Width, image.Height, width, height));

    /// <summary>Makes squares of factor × factor equal pixels of every pixel.</summary>
    public static RgbImage Magnify(RgbImage image, int factor)
    {
        var large = new RgbImage(image.Width * factor, image.Height * factor);
        for (int y = 0; y < large.Height; y++)
        {
            for (int x = 0; x < large.Width; x++)
                image.Row(y / factor).Slice(3 * (x / factor), 3).CopyTo(large.Row(y)[(3 * x)..]);
        }
        return large;
    }

    /// <summary>Scales one channel, such as opacity, bicubically. Rows have no gaps.</summary>
    /// <returns>A new array of <paramref name="newWidth"/> × <paramref name="newHeight"/> bytes.</returns>
    public static byte[] BicubicGray(byte[] gray, int width, int height, int newWidth, int newHeight) =>
        Bicubic(gray, channels: 1, width, height, newWidth, newHeight);

    /// <summary>Scales one channel by nearest neighbor, so that a mask stays black and white.</summary>
    /// <returns>A new array of <paramref name="newWidth"/> × <paramref name="newHeight"/> bytes.</returns>
    public static byte[] NearestGray(byte[] gray, int width, int height, int newWidth, int newHeight)
    {
        CheckSizes(gray, channels: 1, width, height, newWidth, newHeight);
        var columns = NearestIndexes(width, newWidth);
        var rows = NearestIndexes(height, newHeight);
        var result = new byte[checked(newWidth * newHeight)];
        for (int y = 0; y < newHeight; y++)
        {
            var source = gray.AsSpan(rows[y] * width, width);
            for (int x = 0; x < newWidth; x++)
                result[(y * newWidth) + x] = source[columns[x]];
        }

        return result;
    }

    private static byte[] Bicubic(byte[] pixels, int channels, int width, int height, int newWidth, int newHeight)
    {
        CheckSizes(pixels, channels, width, height, newWidth, newHeight);
        var result = pixels;
        if (newWidth != width)
            result = ScaleColumns(result, channels, width, height, Weights.For(width, newWidth));
        if (newHeight != height)
            result = ScaleRows(result, channels * newWidth, Weights.For(height, newHeight));
        return ReferenceEquals(result, pixels) ? [.. pixels] : result;
    }

    private static void CheckSizes(byte[] pixels, int channels, int width, int height, int newWidth, int newHeight)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(height);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(newWidth);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(newHeight);
        if (pixels.LongLength != (long)channels * width * height)
            throw new ArgumentException($"{pixels.LongLength} bytes are not {width}×{height} pixels.", nameof(pixels));
    }

    private static byte[] ScaleColumns(byte[] pixels, int channels, int width, int height, Weights weights)
    {
        int newWidth = weights.Count;
        var result = new byte[checked(channels * newWidth * height)];
        for (int y = 0; y < height; y++)
        {
            var source = pixels.AsSpan(y * channels * width, channels * width);
            var target = result.AsSpan(y * channels * newWidth, channels * newWidth);
            for (int x = 0; x < newWidth; x++)
            {
                var kernel = weights.Kernel(x, out int first);
                for (int c = 0; c < channels; c++)
                {
                    int sum = 1 << (FractionBits - 1);
                    int at = (channels * first) + c;
                    foreach (int weight in kernel)
                    {
                        sum += source[at] * weight;
                        at += channels;
                    }

                    target[(channels * x) + c] = ToByte(sum);
                }
            }
        }

        return result;
    }

    private static byte[] ScaleRows(byte[] pixels, int rowLength, Weights weights)
    {
        var result = new byte[checked(rowLength * weights.Count)];
        var sums = new int[rowLength];
        for (int y = 0; y < weights.Count; y++)
        {
            Array.Fill(sums, 1 << (FractionBits - 1));
            var kernel = weights.Kernel(y, out int first);
            for (int k = 0; k < kernel.Length; k++)
            {
                int weight = kernel[k];
                var source = pixels.AsSpan((first + k) * rowLength, rowLength);
                for (int i = 0; i < source.Length; i++)
                    sums[i] += source[i] * weight;
            }

            var target = result.AsSpan(y * rowLength, rowLength);
            for (int i = 0; i < target.Length; i++)
                target[i] = ToByte(sums[i]);
        }

        return result;
    }

    private static byte ToByte(int sum) => (byte)Math.Clamp(sum >> FractionBits, 0, 255);

    private static int[] NearestIndexes(int size, int newSize)
    {
        var indexes = new int[newSize];
        for (int i = 0; i < newSize; i++)
            indexes[i] = (int)(((2L * i) + 1) * size / (2L * newSize));
        return indexes;
    }

    /// <summary>Source pixels and weights of each new pixel along one dimension.</summary>
    private sealed class Weights
    {
        private readonly int[] _first;
        private readonly int[] _length;
        private readonly int[] _weights;
        private readonly int _stride;

        private Weights(int count, int stride)
        {
            _first = new int[count];
            _length = new int[count];
            _weights = new int[checked(count * stride)];
            _stride = stride;
        }

        public int Count => _first.Length;

        public ReadOnlySpan<int> Kernel(int index, out int first)
        {
            first = _first[index];
            return _weights.AsSpan(index * _stride, _length[index]);
        }

        public static Weights For(int size, int newSize)
        {
            double scale = (double)size / newSize;
            double stretch = Math.Max(scale, 1);
            double reach = Radius * stretch;
            int stride = ((int)Math.Ceiling(reach) * 2) + 1;
            var weights = new Weights(newSize, stride);
            var exact = new double[stride];
            double inverse = 1 / stretch;
            for (int i = 0; i < newSize; i++)
            {
                double center = (i + 0.5) * scale;
                int first = Math.Max((int)(center - reach + 0.5), 0);
                int length = Math.Min((int)(center + reach + 0.5), size) - first;
                double total = 0;
                for (int k = 0; k < length; k++)
                {
                    exact[k] = Cubic((k + first - center + 0.5) * inverse);
                    total += exact[k];
                }

                weights._first[i] = first;
                weights._length[i] = length;
                for (int k = 0; k < length; k++)
                {
                    double weight = total == 0 ? exact[k] : exact[k] / total;
                    weights._weights[(i * stride) + k] =
                        (int)((weight * (1 << FractionBits)) + (weight < 0 ? -0.5 : 0.5));
                }
            }

            return weights;
        }

        // Keys 1981, with a = −0.5.
        private static double Cubic(double x)
        {
            x = Math.Abs(x);
            if (x < 1)
                return ((((A + 2) * x) - (A + 3)) * x * x) + 1;
            return x < 2 ? ((((x - 5) * x) + 8) * x - 4) * A : 0;
        }
    }
}
