using System.Globalization;
using System.Text.RegularExpressions;
using Glide.Models;
using static TorchSharp.torch;

namespace Glide.Tests.Support;

/// <summary>
/// How a golden file's inputs follow from their names, as its metadata says:
/// <c>unit('base.NAME'), x scaled by 1.7, inpaint_mask = unit > 0</c>.
/// </summary>
internal sealed partial class GoldenInputRule
{
    private readonly string _template;
    private readonly Dictionary<string, float> _scales = [];
    private readonly Dictionary<string, float> _thresholds = [];

    private GoldenInputRule(string template) => _template = template;

    /// <summary>Reads a rule; what it does not understand fails, since the inputs would be others.</summary>
    public static GoldenInputRule Parse(string text)
    {
        string[] parts = text.Split(", ");
        var rule = new GoldenInputRule(Match(UnitPart, parts[0]).Groups[1].Value);
        foreach (string part in parts[1..])
        {
            bool isScale = part.Contains(" scaled by ", StringComparison.Ordinal);
            var match = Match(isScale ? ScalePart : ThresholdPart, part);
            (isScale ? rule._scales : rule._thresholds)[match.Groups[1].Value] =
                float.Parse(match.Groups[2].ValueSpan, CultureInfo.InvariantCulture);
        }
        return rule;
    }

    /// <summary>The input of that name, float32 on the CPU.</summary>
    public Tensor Make(string name, params long[] shape)
    {
        var unit = SyntheticWeights.Unit(_template.Replace("NAME", name, StringComparison.Ordinal), shape);
        return _thresholds.TryGetValue(name, out float threshold) ? (unit > threshold).to(ScalarType.Float32)
            : _scales.TryGetValue(name, out float scale) ? unit * scale
            : unit;
    }

    private static Match Match(Regex pattern, string part) =>
        pattern.Match(part) is { Success: true } match
            ? match
            : throw new FormatException($"a golden file derives inputs in a way that is not known here: {part}");

    [GeneratedRegex(@"^unit\('([^']*NAME[^']*)'\)$")]
    private static partial Regex UnitPart { get; }

    [GeneratedRegex(@"^(\w+) scaled by (\S+)$")]
    private static partial Regex ScalePart { get; }

    [GeneratedRegex(@"^(\w+) = unit > (\S+)$")]
    private static partial Regex ThresholdPart { get; }
}
