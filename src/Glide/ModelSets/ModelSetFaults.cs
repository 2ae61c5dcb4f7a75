using Glide.Diffusion;
using Glide.Diffusion.Samplers;

namespace Glide.ModelSets;

/// <summary>Checks a model set, as far as possible without the weights.</summary>
internal static class ModelSetFaults
{
    private const int LargestSize = 4096;
    private const int LargestCount = 1 << 20;
    private const double LargestLogitScale = 10_000;

    /// <summary>Every fault, with the field that it concerns.</summary>
    public static IEnumerable<string> Of(ModelSet set)
    {
        if (!IsPlainName(set.Name))
            yield return $"name is '{set.Name}', allowed are letters, digits, '-', '_' and '.'";

        if (set.Tokenizer.Kind != TokenizerSettings.GlideBpe
            || set.Tokenizer is not { Merges: null, Start: null, End: null })
        {
            yield return $"tokenizer must be {{ \"kind\": \"{TokenizerSettings.GlideBpe}\" }}, which all U-Nets use";
        }

        if (set.Networks.Count == 0)
            yield return "networks is empty";

        foreach (var (name, network) in set.Networks)
        {
            foreach (string fault in network is null
                ? [$"networks.{name} is null"]
                : Faults($"networks.{name}", network))
            {
                yield return fault;
            }
        }

        foreach (var (task, recipe) in set.Recipes)
        {
            foreach (string fault in recipe is null
                ? [$"recipes.{task} is null"]
                : Faults($"recipes.{task}", recipe, set))
            {
                yield return fault;
            }
        }

        var image = set.Networks.GetValueOrDefault("clip/image-enc")?.ClipImage;
        if (image is not null && set.Networks.GetValueOrDefault("clip/text-enc")?.ClipText is { } text
            && image.EmbeddingWidth != text.EmbeddingWidth)
        {
            yield return $"networks.clip/image-enc.clip_image.embedding is {image.EmbeddingWidth}, clip/text-enc has "
                + $"{text.EmbeddingWidth}, they must be equal";
        }

        int steps = set.Networks.Values.Select(network => network?.UNet?.DiffusionSteps ?? 0).DefaultIfEmpty().Max();
        if (image is not null && image.DiffusionSteps < steps)
        {
            yield return $"networks.clip/image-enc.clip_image.diffusion_steps is {image.DiffusionSteps}, the U-Nets "
                + $"have {steps} and it must have as many";
        }
    }

    private static IEnumerable<string> Faults(string where, RecipeSettings recipe, ModelSet set)
    {
        if (recipe is { Stages: null, Base: null })
            return [$"{where} has no stages; it needs 'stages', or 'base' and perhaps 'upsample'"];
        if (recipe.Stages is null)
        {
            return Faults($"{where}.base", recipe.Base!, set)
                .Concat(recipe.Upsample is { } upsample ? Faults($"{where}.upsample", upsample, set) : []);
        }
        if (recipe.Base is not null || recipe.Upsample is not null)
            return [$"{where} has both 'stages' and 'base' or 'upsample'; leave one out"];
        return recipe.Stages.Count == 0
            ? [$"{where}.stages is empty, at least one is needed"]
            : recipe.Stages.SelectMany((stage, place) => Faults($"{where}.stages[{place}]", stage, set));
    }

    private static IEnumerable<string> Faults(string where, StageSettings stage, ModelSet set)
    {
        if (!set.Networks.TryGetValue(stage.Network, out var network) || network?.UNet is not { } unet)
        {
            yield return $"{where}.network is '{stage.Network}', which is no U-Net of this set";
        }
        else if (unet.DiffusionSteps is > 0 and <= LargestCount
            && Refusal(() => TimestepRespacing.Parse(stage.Steps, unet.DiffusionSteps)) is { } plan)
        {
            yield return $"{where}.steps: {plan}";
        }

        if (Refusal(() => SamplerFactory.Parse(stage.Sampler)) is { } sampler)
            yield return $"{where}.sampler: {sampler}";

        foreach (var (field, value, (least, most)) in new[]
        {
            ("eta", stage.Eta, StageSettings.EtaRange),
            ("guidance_scale", stage.GuidanceScale, StageSettings.GuidanceScaleRange),
            ("clip_scale", stage.ClipScale, StageSettings.ClipScaleRange),
            ("temperature", stage.Temperature, StageSettings.TemperatureRange),
        })
        {
            if (!(value >= least && value <= most))
                yield return FormattableString.Invariant($"{where}.{field} is {value}, allowed is {least} to {most}");
        }

        if (stage.FormerNoise is { } numbers and not 0)
        {
            yield return FormattableString.Invariant($"{where}.{FormerNoiseOrder.Field} is {numbers}, allowed is 0, ")
                + "since random numbers are no longer passed over between the stages, so remove the field";
        }
    }

    private static string? Refusal(Action parse)
    {
        try
        {
            parse();
            return null;
        }
        catch (UsageException error)
        {
            return error.Message.Replace(';', ',');
        }
    }

    private static IEnumerable<string> Faults(string where, NetworkEntry network)
    {
        int kinds = (network.UNet is null ? 0 : 1) + (network.ClipImage is null ? 0 : 1)
            + (network.ClipText is null ? 0 : 1);
        if (kinds != 1)
            yield return $"{where} has {kinds} configurations, it needs exactly one of unet, clip_image and clip_text";

        string[] outOfRange = [.. OutOfRange(Sizes(network), LargestSize)
            .Concat(OutOfRange(Counts(network), LargestCount)).Select(fault => $"{where}.{fault}")];
        foreach (string fault in Faults($"{where}.weights", network.Weights).Concat(outOfRange))
            yield return fault;

        // Each size is checked by itself first, then their combination.
        foreach (string fault in outOfRange.Length > 0 ? [] : Contradictions(network))
            yield return $"{where}.{fault}";

        if (network.UNet is { NoiseSchedule: not ("linear" or "squaredcos_cap_v2") } unet)
        {
            yield return $"{where}.unet.noise_schedule is '{unet.NoiseSchedule}', allowed are linear and "
                + $"squaredcos_cap_v2";
        }

        if (network.ClipImage?.LogitScale is { } scale && !(scale > 0 && scale <= LargestLogitScale))
        {
            yield return FormattableString.Invariant(
                $"{where}.clip_image.logit_scale is {scale}, allowed is above 0 to {LargestLogitScale}");
        }

        if (network.ClipText is { } text)
        {
            bool good = text.Tokenizer switch
            {
                { Kind: TokenizerSettings.ClipBpe, Merges: not null, Start: null, End: null } => true,
                { Kind: TokenizerSettings.GlideBpe, Merges: null, Start: { } start, End: { } end } =>
                    start >= 0 && end >= 0 && start < text.Vocabulary && end < text.Vocabulary,
                _ => false,
            };
            if (!good)
            {
                yield return $"{where}.clip_text.tokenizer must be '{TokenizerSettings.ClipBpe}' with merges, " +
                    $"or '{TokenizerSettings.GlideBpe}' with start and end below the vocabulary's {text.Vocabulary}";
            }

            if (text.Tokenizer.Merges is { } merges)
            {
                foreach (string fault in Faults($"{where}.clip_text.tokenizer.merges", merges))
                    yield return fault;
            }
        }
    }

    private static IEnumerable<string> Faults(string where, ModelFile file)
    {
        if (!IsPlainName(file.File))
        {
            yield return $"{where}.file is '{file.File}', it must be a plain file name inside the set's folder";
        }
        else if (file.File == ModelSet.FileName || file.File.EndsWith(".json", StringComparison.OrdinalIgnoreCase)
            || file.File.Contains(".part", StringComparison.Ordinal))
        {
            yield return $"{where}.file is '{file.File}', a name that the set's own files have";
        }

        if (file.Url is { } url && !(url.IsAbsoluteUri
            && (url.Scheme == Uri.UriSchemeHttps || url.Scheme == Uri.UriSchemeHttp)))
        {
            yield return $"{where}.url is '{url}', it must begin with https://";
        }

        if (file.Bytes is < 1)
            yield return $"{where}.bytes is {file.Bytes}, it must be positive";

        if (file.Sha256 is { } hash && !(hash.Length == 64 && hash.All(char.IsAsciiHexDigitLower)))
            yield return $"{where}.sha256 must be 64 lower-case hexadecimal digits";
    }

    private static IEnumerable<string> Contradictions(NetworkEntry network) => network switch
    {
        { UNet: { } unet } => unet.Faults().Select(fault => $"unet: {fault}"),
        { ClipImage: { } image } => image.Faults().Select(fault => $"clip_image: {fault}"),
        { ClipText: { } text } => text.Faults().Select(fault => $"clip_text: {fault}"),
        _ => [],
    };

    private static IEnumerable<string> OutOfRange(IEnumerable<(string Field, int Value)> numbers, int most) =>
        numbers.Where(number => number.Value < 1 || number.Value > most)
            .Select(number => $"{number.Field} is {number.Value}, allowed is 1 to {most}");

    private static IEnumerable<(string Field, int Value)> Counts(NetworkEntry network)
    {
        if (network.UNet is { } unet)
            yield return ("unet.diffusion_steps", unet.DiffusionSteps);

        if (network.ClipText is { } text)
            yield return ("clip_text.vocabulary", text.Vocabulary);
    }

    private static IEnumerable<(string Field, int Value)> Sizes(NetworkEntry network)
    {
        if (network.UNet is { } unet)
        {
            yield return ("unet.image_size", unet.ImageSize);
            yield return ("unet.num_channels", unet.NumChannels);
            yield return ("unet.num_res_blocks", unet.NumResBlocks);
            yield return ("unet.channels_per_head", unet.ChannelsPerHead);
            yield return ("unet.text_ctx", unet.TextContext);
            yield return ("unet.xf_width", unet.TextWidth);
            yield return ("unet.xf_layers", unet.TextLayers);
            yield return ("unet.xf_heads", unet.TextHeads);
            foreach (int factor in unet.ChannelMult)
                yield return ("unet.channel_mult", factor);

            foreach (int resolution in unet.AttentionResolutions)
                yield return ("unet.attention_resolutions", resolution);
        }

        if (network.ClipImage is { } image)
        {
            yield return ("clip_image.image_size", image.ImageSize);
            yield return ("clip_image.patch_size", image.PatchSize);
            yield return ("clip_image.width", image.Width);
            yield return ("clip_image.layers", image.Layers);
            yield return ("clip_image.heads", image.Heads);
            yield return ("clip_image.embedding", image.EmbeddingWidth);
            yield return ("clip_image.diffusion_steps", image.DiffusionSteps);
        }

        if (network.ClipText is { } text)
        {
            yield return ("clip_text.text_ctx", text.TextContext);
            yield return ("clip_text.width", text.Width);
            yield return ("clip_text.layers", text.Layers);
            yield return ("clip_text.heads", text.Heads);
            yield return ("clip_text.embedding", text.EmbeddingWidth);
        }
    }

    private static bool IsPlainName(string name) =>
        name.Length is > 0 and <= 200 && name[0] is not ('.' or '-')
            && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.');
}
