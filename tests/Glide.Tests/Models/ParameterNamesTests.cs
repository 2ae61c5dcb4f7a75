using System.Text.Json;
using Glide.Models;
using Glide.Models.Clip;
using Glide.Models.UNet;
using Glide.Tests.Support;
using TorchSharp;

namespace Glide.Tests.Models;

[Collection(TorchCollection.Name)]
public sealed class ParameterNamesTests
{
    public static TheoryData<string> UNets => new()
    {
        "base_full", "upsample_full", "base-inpaint_full", "upsample-inpaint_full",
        "base_mini", "upsample_mini", "base-inpaint_mini", "upsample-inpaint_mini",
    };

    [Theory, MemberData(nameof(UNets))]
    public void UNets_have_the_published_names_and_shapes(string name)
    {
        using var model = new UNetModel(Networks.UNet(name), Precision.Float32, torch.META);
        AssertSame(name, model);
    }

    [Theory, InlineData("full"), InlineData("mini")]
    public void Image_encoders_have_the_published_names_and_shapes(string size)
    {
        using var encoder = new ClipImageEncoder(size == "full" ? Networks.ClipImage : Networks.MiniClipImage,
            torch.META);
        AssertSame($"clip-image_{size}", encoder);
    }

    [Theory, InlineData("full"), InlineData("mini")]
    public void Text_encoders_have_the_published_names_and_shapes(string size)
    {
        using var encoder = new ClipTextEncoder(size == "full" ? Networks.ClipText : Networks.MiniClipText, torch.META);
        AssertSame($"clip-text_{size}", encoder);
    }

    [Fact]
    public void The_published_base_has_as_many_parameters_as_its_paper_says() =>
        Assert.Equal(385_030_726 * 4L, BaseBytes(Precision.Float32));

    [Fact]
    public void Sixteen_bits_nearly_halve_the_memory()
    {
        long full = BaseBytes(Precision.Float32), half = BaseBytes(Precision.BFloat16);
        Assert.InRange((double)half / full, 0.5, 0.55);
    }

    private static long BaseBytes(Precision precision)
    {
        using var shapes = new UNetModel(Networks.Base, precision, torch.META);
        return shapes.parameters().Sum(parameter => parameter.numel() * parameter.element_size());
    }

    private static void AssertSame(string name, torch.nn.Module network)
    {
        string json = File.ReadAllText(GoldenFiles.StateDict(name));
        var expected = JsonSerializer.Deserialize<Dictionary<string, long[]>>(json)!;
        var actual = network.named_parameters().ToDictionary(item => item.name, item => item.parameter.shape);
        Assert.Equal(Lines(expected), Lines(actual));
        Assert.Equal(expected.Keys.Order(), network.state_dict().Keys.Order());
    }

    private static string[] Lines(Dictionary<string, long[]> shapes) =>
        [.. shapes.Select(item => $"{item.Key} [{string.Join(", ", item.Value)}]").Order(StringComparer.Ordinal)];
}
