using System.Text.Json;

namespace Glide.ModelStore;

/// <summary>Reads <c>model.json</c> and checks everything in it that can be checked without the weights.</summary>
internal static class ModelSetReader
{
    private const long LongestFile = 1 << 20;
    private const int LargestSize = 1 << 20;

    public static ModelSet Read(string folder)
    {
        string path = Path.Combine(Path.GetFullPath(folder), ModelSet.FileName);
        byte[] json = ReadBytes(folder, path);
        ModelSet set;
        try
        {
            set = JsonSerializer.Deserialize(json, ModelSetJson.Default.ModelSet)
                ?? throw new CheckpointException($"{path} holds 'null'; it must hold an object that describes a model set");
        }
        catch (JsonException error)
        {
            string where = error.LineNumber is { } line ? $"line {line + 1}, " : "";
            throw new CheckpointException($"{path} is not a valid model description; {where}{Cause(error)}; mend the file or choose another set with --model", error);
        }

        var faults = Faults(set).ToList();
        if (faults.Count > 0)
        {
            throw new CheckpointException($"{path} is not a valid model description; {string.Join("; ", faults)}; mend the file or choose another set with --model");
        }

        string definition = Path.GetDirectoryName(path)!;
        return set with { Folder = definition, DefinitionFolder = definition };
    }

    private static byte[] ReadBytes(string folder, string path)
    {
        try
        {
            var file = new FileInfo(path);
            if (!file.Exists)
            {
                throw new UsageException(Directory.Exists(folder)
                    ? $"{folder} is no model set; it has no {ModelSet.FileName}; give the name or the folder of a set with --model"
                    : $"the folder {folder} does not exist; give the name or the folder of a model set with --model");
            }

            return file.Length <= LongestFile
                ? File.ReadAllBytes(path)
                : throw new CheckpointException($"{path} has {file.Length} bytes; a model description has at most {LongestFile}");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"{path} cannot be read: {error.Message}", error);
        }
    }

    // The serializer names .NET types and repeats the position; users know neither.
    private static string Cause(JsonException error)
    {
        string message = error.Message.Split(" Path: ")[0].TrimEnd('.').Replace(';', ',');
        string field = string.IsNullOrEmpty(error.Path) || error.Path == "$" ? "the whole file" : error.Path.TrimStart('$', '.');
        int missing = message.IndexOf("was missing required properties", StringComparison.Ordinal);
        if (missing >= 0)
        {
            message = message[missing..].Replace("was missing required properties including:", "lacks", StringComparison.Ordinal);
        }
        else if (message.StartsWith("The JSON property", StringComparison.Ordinal))
        {
            message = "there is no such field (is it misspelt?)";
        }
        else if (message.StartsWith("The JSON value could not be converted", StringComparison.Ordinal))
        {
            message = "the value has the wrong type";
        }

        return $"{field}: {message}";
    }

    private static IEnumerable<string> Faults(ModelSet set)
    {
        if (!IsPlainName(set.Name))
        {
            yield return $"name is '{set.Name}', allowed are letters, digits, '-', '_' and '.'";
        }

        if (set.Tokenizer.Kind != TokenizerSettings.GlideBpe || set.Tokenizer is not { Merges: null, Start: null, End: null })
        {
            yield return $"tokenizer must be {{ \"kind\": \"{TokenizerSettings.GlideBpe}\" }}, which all U-Nets use";
        }

        if (set.Networks.Count == 0)
        {
            yield return "networks is empty";
        }

        foreach (var (name, network) in set.Networks)
        {
            foreach (string fault in Faults($"networks.{name}", network))
            {
                yield return fault;
            }
        }

        foreach (var (task, recipe) in set.Recipes)
        {
            foreach (var (stage, settings) in new[] { ("base", recipe.Base), ("upsample", recipe.Upsample) })
            {
                if (!set.Networks.TryGetValue(settings.Network, out var network) || network.UNet is null)
                {
                    yield return $"recipes.{task}.{stage}.network is '{settings.Network}', which is no U-Net of this set";
                }

                if (!double.IsFinite(settings.Temperature) || settings.Temperature < 0)
                {
                    yield return $"recipes.{task}.{stage}.temperature is negative";
                }

                if (settings.PassedOverNumbers < 0)
                {
                    yield return $"recipes.{task}.{stage}.passed_over_numbers is negative";
                }
            }
        }
    }

    private static IEnumerable<string> Faults(string where, NetworkEntry network)
    {
        int kinds = (network.UNet is null ? 0 : 1) + (network.ClipImage is null ? 0 : 1) + (network.ClipText is null ? 0 : 1);
        if (kinds != 1)
        {
            yield return $"{where} has {kinds} configurations, it needs exactly one of unet, clip_image and clip_text";
        }

        foreach (string fault in Faults($"{where}.weights", network.Weights).Concat(Sizes(network)
            .Where(size => size.Value is < 1 or > LargestSize)
            .Select(size => $"{where}.{size.Field} is {size.Value}, allowed is 1 to {LargestSize}")))
        {
            yield return fault;
        }

        if (network.UNet is { } unet)
        {
            if (unet.ChannelMult.Count == 0)
            {
                yield return $"{where}.unet.channel_mult is empty";
            }

            if (unet.NoiseSchedule is not ("linear" or "squaredcos_cap_v2"))
            {
                yield return $"{where}.unet.noise_schedule is '{unet.NoiseSchedule}', allowed are linear and squaredcos_cap_v2";
            }
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
                {
                    yield return fault;
                }
            }
        }
    }

    private static IEnumerable<string> Faults(string where, ModelFile file)
    {
        if (!IsPlainName(file.File))
        {
            yield return $"{where}.file is '{file.File}', it must be a plain file name inside the set's folder";
        }

        if (file.Url is { } url && !(url.IsAbsoluteUri && (url.Scheme == Uri.UriSchemeHttps || url.Scheme == Uri.UriSchemeHttp)))
        {
            yield return $"{where}.url is '{url}', it must begin with https://";
        }

        if (file.Bytes is < 1)
        {
            yield return $"{where}.bytes is {file.Bytes}, it must be positive";
        }

        if (file.Sha256 is { } hash && !(hash.Length == 64 && hash.All(char.IsAsciiHexDigitLower)))
        {
            yield return $"{where}.sha256 must be 64 lower-case hexadecimal digits";
        }
    }

    private static IEnumerable<(string Field, int Value)> Sizes(NetworkEntry network)
    {
        if (network.UNet is { } unet)
        {
            yield return ("unet.image_size", unet.ImageSize);
            yield return ("unet.num_channels", unet.NumChannels);
            yield return ("unet.num_res_blocks", unet.NumResBlocks);
            yield return ("unet.channels_per_head", unet.ChannelsPerHead);
            yield return ("unet.text_ctx", unet.TextCtx);
            yield return ("unet.xf_width", unet.XfWidth);
            yield return ("unet.xf_layers", unet.XfLayers);
            yield return ("unet.xf_heads", unet.XfHeads);
            yield return ("unet.diffusion_steps", unet.DiffusionSteps);
            foreach (int factor in unet.ChannelMult)
            {
                yield return ("unet.channel_mult", factor);
            }

            foreach (int resolution in unet.AttentionResolutions)
            {
                yield return ("unet.attention_resolutions", resolution);
            }
        }

        if (network.ClipImage is { } image)
        {
            yield return ("clip_image.image_size", image.ImageSize);
            yield return ("clip_image.patch_size", image.PatchSize);
            yield return ("clip_image.width", image.Width);
            yield return ("clip_image.layers", image.Layers);
            yield return ("clip_image.heads", image.Heads);
            yield return ("clip_image.embedding", image.Embedding);
            yield return ("clip_image.diffusion_steps", image.DiffusionSteps);
        }

        if (network.ClipText is { } text)
        {
            yield return ("clip_text.vocabulary", text.Vocabulary);
            yield return ("clip_text.text_ctx", text.TextCtx);
            yield return ("clip_text.width", text.Width);
            yield return ("clip_text.layers", text.Layers);
            yield return ("clip_text.heads", text.Heads);
            yield return ("clip_text.embedding", text.Embedding);
        }
    }

    private static bool IsPlainName(string name) =>
        name.Length is > 0 and <= 200 && name[0] is not ('.' or '-') && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.');
}
