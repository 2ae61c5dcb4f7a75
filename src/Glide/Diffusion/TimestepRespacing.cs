using System.Globalization;

namespace Glide.Diffusion;

/// <summary>The subset of the trained steps that a run keeps.</summary>
/// <remarks>
/// Written as a count ("100"), as counts for equal sections ("10,10,3,2,2"), as an integer stride ("ddim50") or by name
/// ("fast27"). It rounds like respace.py, so that it keeps the same steps as the original.
/// </remarks>
internal sealed class TimestepRespacing
{
    private const string Fast27 = "fast27";

    // fast27: GLIDE's notebooks. The others: DeepFloyd IF, deepfloyd_if/modules/base.py, respacing_modes.
    private static readonly (string Name, string Sections)[] NamedSections =
    [
        (Fast27, "10,10,3,2,2"),
        ("smart27", "7,4,2,1,2,4,7"),
        ("smart50", "10,6,4,3,2,2,3,4,6,10"),
        ("smart100", "1,1,1,1,2,2,2,2,2,2,3,3,4,4,5,5,6,7,7,8,9,10,13"),
        ("super27", "1,1,1,1,1,1,1,2,5,13"),
        ("super40", "2,2,2,2,2,2,3,4,6,15"),
    ];

    private TimestepRespacing(string text, IEnumerable<int> timesteps)
    {
        Text = text;
        Timesteps = [.. timesteps.Order()];
    }

    public static IEnumerable<string> Names => NamedSections.Select(plan => plan.Name);

    /// <summary>The kept steps in the numbering of the trained steps, ascending.</summary>
    public IReadOnlyList<int> Timesteps { get; }

    /// <summary>Number of kept steps.</summary>
    public int Count => Timesteps.Count;

    public string Text { get; }

    /// <summary>Whether the text is only a number of steps.</summary>
    public bool IsCount => Text.All(char.IsAsciiDigit);

    /// <summary>Reads a plan.</summary>
    /// <param name="text">A count, counts for sections, "ddimN" or a name.</param>
    /// <param name="trainedSteps">Number of steps in training.</param>
    /// <exception cref="UsageException">The text is no plan, or the plan does not fit the trained steps.</exception>
    public static TimestepRespacing Parse(string text, int trainedSteps)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(trainedSteps, 1);
        string plan = text.Trim().ToLowerInvariant();
        if (plan.StartsWith("ddim", StringComparison.Ordinal))
            return new TimestepRespacing(plan, WholeStride(text, plan["ddim".Length..], trainedSteps));

        string sections = Array.Find(NamedSections, named => named.Name == plan).Sections ?? plan;
        int[] counts = [.. sections.Split(',').Select(part => ParseCount(text, part, trainedSteps))];
        List<int> kept = Sections(text, counts, trainedSteps);
        if (plan == Fast27)
        {
            // The noisiest step leaves artifacts in such a short DDIM run.
            kept.Remove(trainedSteps - 1);
            kept.Add(trainedSteps - 3);
        }

        return new TimestepRespacing(plan, kept);
    }

    private static IEnumerable<int> WholeStride(string text, string number, int trainedSteps)
    {
        int wanted = ParseCount(text, number, trainedSteps);
        int[] possible = [.. Enumerable.Range(1, Math.Max(1, trainedSteps - 1)).Select(Kept).Distinct()];
        for (int stride = 1; stride < trainedSteps || stride == 1; stride++)
        {
            if (Kept(stride) == wanted)
                return Enumerable.Range(0, wanted).Select(i => i * stride);
        }

        int[] nearest = [.. new[]
        {
            possible.Where(count => count < wanted).DefaultIfEmpty(0).Max(),
            possible.Where(count => count > wanted).DefaultIfEmpty(0).Min(),
        }.Where(count => count > 0)];
        throw new UsageException(
            $"step plan '{text}' cannot be made: no whole stride through {Number(trainedSteps)} steps keeps exactly " +
            $"{Number(wanted)}; the nearest that work are "
                + $"{string.Join(" and ", nearest.Select(count => "ddim" + Number(count)))}; " +
            $"or give the count alone, {Number(wanted)}, for steps spread evenly");

        int Kept(int stride) => (trainedSteps + stride - 1) / stride;
    }

    private static List<int> Sections(string text, int[] counts, int trainedSteps)
    {
        if (counts.Sum(count => (long)count) == 0)
        {
            throw new UsageException(
                $"step plan '{text}' keeps no step; allowed are 1 to {Number(trainedSteps)} steps; give a larger "
                    + $"count");
        }

        int size = trainedSteps / counts.Length;
        int longer = trainedSteps % counts.Length;
        int start = 0;
        List<int> kept = [];
        for (int i = 0; i < counts.Length; i++)
        {
            int sectionSize = size + (i < longer ? 1 : 0);
            if (counts[i] > sectionSize)
            {
                throw new UsageException(
                    $"step plan '{text}' asks for {Number(counts[i])} steps in section {Number(i + 1)} of "
                        + $"{Number(counts.Length)}, " +
                    $"which has {Number(sectionSize)}; allowed are 0 to {Number(sectionSize)}; lower that count");
            }

            // A running sum, not a product: its rounding decides which steps are kept.
            double stride = counts[i] > 1 ? (double)(sectionSize - 1) / (counts[i] - 1) : 1;
            double position = 0;
            for (int k = 0; k < counts[i]; k++)
            {
                kept.Add(start + (int)Math.Round(position, MidpointRounding.ToEven));
                position += stride;
            }

            start += sectionSize;
        }

        return kept;
    }

    private static int ParseCount(string text, string number, int trainedSteps)
    {
        string digits = number.Trim();
        bool isWhole = digits.Length > 0 && digits.All(char.IsAsciiDigit);
        if (isWhole && int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out int count) &&
            count <= trainedSteps)
        {
            return count;
        }

        string problem = isWhole
            ? $"asks for {digits} steps, more than there are"
            : $"has '{digits}' where a whole number belongs";
        throw new UsageException(
            $"step plan '{text}' {problem}; allowed are 1 to {Number(trainedSteps)} steps, written as a count (100), " +
            $"counts for equal sections (10,10,3,2,2), ddimN (ddim50) or a name ({string.Join(", ", Names)})");
    }

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);
}
