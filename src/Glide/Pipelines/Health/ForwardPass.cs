using System.Globalization;
using Glide.Imaging;
using Glide.Models.UNet;
using Glide.ModelStore;
using Glide.Pipelines.Clip;
using Glide.Tokenization;
using static TorchSharp.torch;

namespace Glide.Pipelines.Health;

/// <summary>One pass of a single network, to see that its weights load and give finite numbers.</summary>
internal static class ForwardPass
{
    private const string Prompt = "a red circle";
    private const long Timestep = 500;

    /// <summary>Loads a network, asks it once and says what it is.</summary>
    /// <exception cref="CheckpointException">Its weights are refused.</exception>
    /// <exception cref="NumericsException">It gave numbers that are not finite.</exception>
    public static string Of(ModelSet set, string network, Engine engine)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        return set.Network(network).UNet is null ? OfClip(set, engine) : OfUNet(set, network, engine);
    }

    private static string OfUNet(ModelSet set, string name, Engine engine)
    {
        using var pool = new NetworkPool(set, engine);
        var network = pool.Get(name);
        int size = network.Config.ImageSize;
        using var noise = new Diffusion.NoiseSource([0], [3, size, size], drawsPerPicture: 1, engine.Device);
        var x = noise.Draw();                                                                  // [1, 3, S, S]
        var lowRes = network.Config.Upsample ? zeros([1, 3, size / 4, size / 4], device: engine.Device) : null;
        using var text = new PromptEncoder(GlideTokenizer.Load(), warn: null).Encode(network, [Prompt]);
        var output = network.call(new UNetInput(x, lowRes), tensor([(float)Timestep], device: engine.Device), text);
        long count = output.numel();
        long finite = output.isfinite().sum().item<long>();
        if (finite < count)
            throw new NumericsException($"network '{name}' of model set '{set.Name}' gave {count - finite} numbers of {count} that are not finite; try --dtype fp32, or get its weights again");
        return string.Create(CultureInfo.InvariantCulture, $"{network.parameters().Sum(parameter => parameter.numel()) / 1e6:0} million parameters; {size}×{size}; finite");
    }

    // Both encoders serve one score.
    private static string OfClip(ModelSet set, Engine engine)
    {
        foreach (string name in ClipJudge.Networks)
        {
            if (set.FindWeights(name) is null)
                return "its partner is not on this machine";
        }
        using var judge = ClipJudge.Load(set, engine);
        double score = judge.Scores([new RgbImage(8, 8)], [Prompt])[0][0];
        return double.IsFinite(score)
            ? string.Create(CultureInfo.InvariantCulture, $"scores a black picture {score:0.00}")
            : throw new NumericsException($"CLIP of model set '{set.Name}' gave a score that is not finite; get its weights again");
    }
}
