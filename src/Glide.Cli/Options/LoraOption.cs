using System.CommandLine;
using Glide.Checkpoints;
using Glide.ModelSets;
using Glide.Pipelines;
using Glide.Pipelines.Settings;

namespace Glide.Cli.Options;

/// <summary><c>--lora</c>: LoRA files that are added to networks.</summary>
internal static class LoraOption
{
    private const string Name = "--lora";

    /// <summary>Makes the option.</summary>
    /// <param name="helpName">What the help prints for the value.</param>
    /// <param name="description">The help.</param>
    public static Option<string[]> Create(string helpName, string description)
    {
        var option = new DescribedOption<string[]>(Name)
        {
            Description = description,
            HelpName = helpName,
            Arity = ArgumentArity.OneOrMore,
            AllowMultipleArgumentsPerToken = false,
        };
        option.Validators.Add(result =>
        {
            foreach (var token in result.Tokens)
            {
                if (Refusal(token.Value) is { } refusal)
                    result.AddError(refusal);
            }
        });
        return option;
    }

    /// <summary>The files for a model set: <c>FILE</c>, <c>FILE:WEIGHT</c>, with <c>NETWORK=</c> before them.</summary>
    public static IReadOnlyList<GivenLora> Read(IEnumerable<string> values, ModelSet models)
    {
        return [.. values.Select(Given)];

        GivenLora Given(string value)
        {
            string[] parts = value.Split('=', 2);
            // A file's name may have an equals sign too.
            bool isNamed = parts.Length == 2 && models.Networks.ContainsKey(parts[0]);
            var (path, weight) = Split(isNamed ? parts[1] : value);
            return new GivenLora(new GivenWeights(path, key: null), isNamed ? parts[0] : null, weight);
        }
    }

    /// <summary>The files for a conversion, read.</summary>
    /// <exception cref="CheckpointException">A file is refused.</exception>
    public static IReadOnlyList<WeightedLora> Read(IEnumerable<string> values) => [.. values.Select(Split)
        .Select(each => new WeightedLora(LoraFile.Read(each.Path), each.Weight ?? 1))];

    private static string? Refusal(string value)
    {
        var (path, weight) = Split(value);
        if (path.Length == 0 || path.EndsWith('='))
        {
            return $"bad value for {Name}; found '{value}'; allowed is FILE or FILE:WEIGHT, such as "
                + "style.safetensors:0.8";
        }
        if (weight is { } number)
            return LoraRecord.Weights.Refusal($"{Name}, WEIGHT", SettingKind.Text(number));
        int colon = path.LastIndexOf(':');
        bool isWeight = colon > 0 && File.Exists(path[..colon]) && !File.Exists(path);
        return isWeight ? LoraRecord.Weights.Refusal($"{Name}, WEIGHT", path[(colon + 1)..]) : null;
    }

    // What stands after the last colon is a weight only if it is a number: paths may have colons.
    private static (string Path, double? Weight) Split(string value)
    {
        int colon = value.LastIndexOf(':');
        return colon >= 0 && SettingKind.IsNumber(value[(colon + 1)..])
            ? (value[..colon], SettingKind.ToNumber(value[(colon + 1)..]))
            : (value, null);
    }
}
