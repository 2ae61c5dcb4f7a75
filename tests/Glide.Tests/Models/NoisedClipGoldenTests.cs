using Glide.Models;
using Glide.Models.Clip;
using Glide.Tests.Support;
using static TorchSharp.torch;

namespace Glide.Tests.Models;

[Collection(TorchCollection.Name)]
public sealed class NoisedClipGoldenTests
{
    [Theory, InlineData("mini"), InlineData("full")]
    public void Embeddings_and_gradient_are_those_of_the_original(string size)
    {
        using var noGraph = no_grad();
        using var scope = NewDisposeScope();
        using var golden = GoldenTensors.Open($"clip_{size}.safetensors");
        using var images = new ClipImageEncoder(size == "full" ? Networks.ClipImage : Networks.MiniClipImage, CPU);
        using var texts = new ClipTextEncoder(size == "full" ? Networks.ClipText : Networks.MiniClipText, CPU);
        SyntheticWeights.Fill(images);
        SyntheticWeights.Fill(texts);

        var text = texts.call(golden["tokens"], golden["lengths"]);
        var image = images.call(golden["x"], golden["timesteps"]);
        var gradient = new ClipGradient(images).Gradient(golden["x"], golden["timesteps"].to(ScalarType.Float32),
            golden["text_embedding"], scale: 1);

        Closeness.AssertGolden(golden["text_embedding"], text);
        Closeness.AssertGolden(golden["image_embedding"], image);
        Closeness.AssertGolden(golden["gradient_of_100_cosine_sum"], gradient);
    }
}
