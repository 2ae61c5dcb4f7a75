using System.Runtime.InteropServices;

namespace Glide.Datasets.Sprites;

/// <summary>
/// A square of pixels with opacity: red, green and blue times opacity, then opacity, four bytes a pixel, row by row.
/// </summary>
/// <param name="Side">Columns and rows.</param>
/// <param name="Pixels">4 × side × side bytes.</param>
internal sealed record SpritePixels(int Side, byte[] Pixels);

/// <summary>
/// Places a square of pixels at any position and size: each pixel of the target gets the mean of the area that it
/// covers, so that edges are smooth and nothing shimmers.
/// </summary>
internal static class AreaResampling
{
    public const int Channels = 4;

    /// <summary>Gets one row of the result.</summary>
    /// <param name="y">Row of the target.</param>
    /// <param name="firstX">Column of the row's first pixel.</param>
    /// <param name="row">Four channels a pixel, times opacity, from 0 to 255.</param>
    public delegate void RowHandler(int y, int firstX, ReadOnlySpan<float> row);

    /// <summary>Shrinks a square to another one.</summary>
    public static SpritePixels Shrink(SpritePixels source, int side)
    {
        if (source.Side == side)
            return source;
        byte[] pixels = new byte[Channels * side * side];
        var axis = new Axis(0, side, source.Side, side, isFlipped: false);
        Place(source, axis, axis, (y, firstX, row) =>
        {
            var target = pixels.AsSpan(Channels * ((y * side) + firstX));
            for (int i = 0; i < row.Length; i++)
                target[i] = (byte)(row[i] + 0.5f);
        });
        return new SpritePixels(side, pixels);
    }

    /// <summary>Computes the rows of the target that the source covers.</summary>
    public static void Place(SpritePixels source, Axis columns, Axis rows, RowHandler handle)
    {
        if (columns.Count == 0)
            return;
        int stride = Channels * source.Side;
        // Columns of the source that are seen at all.
        int first = Channels * columns.Least, length = Channels * (columns.End - columns.Least);
        float[] sums = new float[length], row = new float[Channels * columns.Count];
        for (int y = 0; y < rows.Count; y++)
        {
            Array.Clear(sums);
            foreach (var (line, weight) in rows[y])
            {
                var pixels = source.Pixels.AsSpan((line * stride) + first, length);
                for (int i = 0; i < pixels.Length; i++)
                    sums[i] += weight * pixels[i];
            }
            for (int x = 0; x < columns.Count; x++)
            {
                float red = 0, green = 0, blue = 0, opacity = 0;
                foreach (var (column, weight) in columns[x])
                {
                    var pixel = sums.AsSpan((Channels * column) - first, Channels);
                    red += weight * pixel[0];
                    green += weight * pixel[1];
                    blue += weight * pixel[2];
                    opacity += weight * pixel[3];
                }
                var target = row.AsSpan(Channels * x, Channels);
                (target[0], target[1], target[2], target[3]) = (red, green, blue, opacity);
            }
            handle(rows.First + y, columns.First, row);
        }
    }

    /// <summary>
    /// Which pixels of the source a pixel of the target covers, along one axis, and which part of it each takes.
    /// </summary>
    public sealed class Axis
    {
        private readonly int[] _ends;
        private readonly List<(int Source, float Weight)> _weights = [];

        /// <param name="start">Where the source begins, in pixels of the target.</param>
        /// <param name="length">How long it is there.</param>
        /// <param name="sourceSide">Pixels of the source.</param>
        /// <param name="targetSide">Pixels of the target; what lies beyond is cut.</param>
        /// <param name="isFlipped">Whether the source runs backwards.</param>
        public Axis(double start, double length, int sourceSide, int targetSide, bool isFlipped)
        {
            First = Math.Clamp((int)Math.Floor(start), 0, targetSide);
            int end = Math.Clamp((int)Math.Ceiling(start + length), First, targetSide);
            _ends = new int[end - First];
            Least = sourceSide;
            double ratio = sourceSide / length;
            for (int i = 0; i < _ends.Length; i++)
            {
                double from = Math.Max(0, (First + i - start) * ratio);
                double to = Math.Min(sourceSide, (First + i + 1 - start) * ratio);
                if (isFlipped)
                    (from, to) = (sourceSide - to, sourceSide - from);
                for (int pixel = (int)from; pixel < sourceSide && pixel < to; pixel++)
                {
                    double covered = Math.Min(pixel + 1, to) - Math.Max(pixel, from);
                    _weights.Add((pixel, (float)(covered / ratio)));
                    (Least, End) = (Math.Min(Least, pixel), Math.Max(End, pixel + 1));
                }
                _ends[i] = _weights.Count;
            }
        }

        /// <summary>The first pixel of the target.</summary>
        public int First { get; }

        /// <summary>How many pixels of the target there are.</summary>
        public int Count => _ends.Length;

        /// <summary>The first pixel of the source that is seen.</summary>
        public int Least { get; }

        /// <summary>The one after the last.</summary>
        public int End { get; }

        /// <summary>The pixels of the source below a pixel of the target, counted from the first.</summary>
        public ReadOnlySpan<(int Source, float Weight)> this[int index]
        {
            get
            {
                int start = index == 0 ? 0 : _ends[index - 1];
                return CollectionsMarshal.AsSpan(_weights)[start.._ends[index]];
            }
        }
    }
}
