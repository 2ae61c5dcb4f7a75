using Glide.Runtime;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Glide.Models.Clip;

/// <summary>Random initial weights for training noised CLIP, with the published standard deviations.</summary>
internal static class ClipInitialization
{
    /// <summary>Fills the image encoder and makes its weights trainable.</summary>
    /// <param name="encoder">The encoder.</param>
    /// <param name="generator">Source of the numbers, on the CPU.</param>
    public static void Initialize(ClipImageEncoder encoder, Generator generator)
    {
        double width = encoder.Config.Width, patch = encoder.Config.PatchSize;
        Fill(encoder, encoder.Config.Layers, generator, name => name switch
        {
            "blocks.input.patch_proj" => Math.Sqrt(2 / (width * patch * patch)),
            "blocks.input.w_t" or "blocks.input.w_pos" => 1 / Math.Sqrt(width),
            _ => null,
        });
    }

    /// <summary>Fills the text encoder and makes its weights trainable.</summary>
    /// <inheritdoc cref="Initialize(ClipImageEncoder, Generator)"/>
    public static void Initialize(ClipTextEncoder encoder, Generator generator) =>
        Fill(encoder, encoder.Config.Layers, generator, name => name switch
        {
            "blocks.input.w_voc" => 0,      // rows that no caption uses stay zero and compress away
            "blocks.input.w_pos" => 0.01,
            _ => null,
        });

    private static void Fill(nn.Module encoder, int blocks, Generator generator, Func<string, double?> inputDeviation)
    {
        using (no_grad())
        {
            foreach (var (name, parameter) in encoder.named_parameters())
                Fill(name, parameter, blocks, generator, inputDeviation(name));
        }

        foreach (var parameter in encoder.parameters())
            parameter.requires_grad = true;
    }

    private static void Fill(string name, Parameter parameter, int blocks, Generator generator, double? inputDeviation)
    {
        using var scope = NewDisposeScope();
        long[] shape = parameter.shape;
        if (shape.Length == 1)
        {
            parameter.Fill(name.EndsWith(".g", StringComparison.Ordinal) ? 1.0 : 0.0);
            return;
        }

        // Every block adds to the residual stream twice; the more additions, the smaller each one starts.
        double outputs = shape[0], inputs = shape[1], additions = 2 * blocks;
        double deviation = inputDeviation ?? name.Split('.')[^2] switch
        {
            "f_q" or "f_k" or "f_v" => 1 / Math.Sqrt(inputs),
            "f_1" => Math.Sqrt(2 / outputs),
            "f_c" => 1 / Math.Sqrt(inputs * additions * additions),
            "f_2" => 1 / Math.Sqrt(outputs * additions * additions),
            _ => Math.Sqrt(2 / (inputs + outputs)),
        };
        var numbers = empty(shape, dtype: ScalarType.Float32).normal_(0, deviation, generator);
        parameter.copy_(numbers);
    }
}
