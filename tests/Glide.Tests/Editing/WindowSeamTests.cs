using Glide.Diffusion;
using Glide.Diffusion.Samplers;
using Glide.Editing;
using Glide.Images;
using Glide.Models.UNet;
using Glide.ModelSets;
using Glide.Pipelines;
using Glide.Tests.Support;
using Glide.Tokenizers;
using static TorchSharp.torch;

namespace Glide.Tests.Editing;

/// <summary>
/// An image enlarged in windows against the same image, with the same noise, seen by the network as a whole.
/// </summary>
[Collection(TorchCollection.Name)]
public sealed class WindowSeamTests
{
    // "Less than 1 level on average along the seams."
    private const double MostLevels = 1;

    // Of four windows, which are all measured for the normalization, and of nine, of which four are.
    private const int Small = 48;
    private const int Large = 72;
    private const int Measured = 4;
    private const int Seed = 5;

    private static readonly ModelSet s_models = ModelSet.Read(Path.Combine(GoldenFiles.Checkout, "models", "mini"));

    // Ten of the recipe's 27 steps, spread as those are.
    private static readonly StageRecipe s_recipe =
        Recipe.For(s_models, "sample").Stages[1] with { Steps = "3,3,2,1,1" };

    [Theory]
    [InlineData("shapes", Small)]
    [InlineData("photograph", Small)]
    [InlineData("photograph", Large)]
    public void Seams_differ_from_one_window_by_less_than_a_level(string kind, int size)
    {
        using var noGradient = no_grad();
        using var pool = new ModelCache(s_models,
            TorchRuntime.Start(new DeviceOptions { Device = "cpu", Dtype = "fp32" }));
        using var lowRes = ImageTensors.ToTensor(kind == "shapes" ? Shapes(size) : Photograph(size));
        var whole = Whole(pool, lowRes);
        var windows = Windows(pool, lowRes);
        int side = s_models.Network(s_recipe.Network).UNet!.ImageSize;
        int[] borders = [.. TiledDenoiser.Places(size, side / Upscaling.Factor)
            .SelectMany(place => new[] { place, place + (side / Upscaling.Factor) })
            .Where(place => place > 0 && place < size)
                .SelectMany(place => new[] { (Upscaling.Factor * place) - 1, Upscaling.Factor * place })];
        Assert.NotEmpty(borders);
        double off = borders.Average(line => (AlongLine(whole, windows, line, isRow: true)
            + AlongLine(whole, windows, line, isRow: false)) / 2);
        Assert.True(off < MostLevels, $"off by {off:F3} levels");
    }

    [NightlyFact]
    public void Seams_of_nine_windows_of_shapes_differ_by_less_than_a_level() =>
        Seams_differ_from_one_window_by_less_than_a_level("shapes", Large);

    private static RgbImage Windows(ModelCache pool, Tensor lowRes)
    {
        var stage = NewStage(pool);
        using var noise = stage.NewNoise([Seed]);
        using var x = stage.Run(
            new StageInputs
            {
                Prompts = [""],
                Negatives = [""],
                Seeds = [Seed],
                LowRes = lowRes,
                Canvas = [3, Upscaling.Factor * lowRes.shape[2], Upscaling.Factor * lowRes.shape[3]],
                WindowsAtOnce = Measured,
            },
            noise, new StepCallbacks());
        return ImageTensors.FromTensor(x)[0];
    }

    private static RgbImage Whole(ModelCache pool, Tensor lowRes)
    {
        using var scope = NewDisposeScope();
        var network = pool.Get(s_recipe.Network);
        using var text = new PromptEncoder(GlideTokenizer.Load(), warn: null).Encode(network, [""]);
        var settings = pool.SettingsOf(s_recipe.Network);
        using var sampler = SamplerFactory.Create(
            SamplerFactory.Parse(s_recipe.Sampler), BetaTable.Parse(settings.NoiseSchedule, settings.DiffusionSteps),
            TimestepRespacing.Parse(s_recipe.Steps, settings.DiffusionSteps), X0Transform.Clamp,
                s_recipe.ToSamplerSettings());
        using var noise = NewStage(pool).NewNoise([Seed]);
        noise.Reshape([3, Upscaling.Factor * lowRes.shape[2], Upscaling.Factor * lowRes.shape[3]], drawsPerImage: 1);
        var x = SampleLoop.Run(sampler, Denoise, noise.Draw() * s_recipe.Temperature, noise);
        return ImageTensors.FromTensor(x)[0];

        Prediction Denoise(Tensor at, Tensor timestep)
        {
            using var inner = NewDisposeScope();
            var output = network.call(new UNetInput(at, lowRes), timestep, text);
            return new Prediction(output.narrow(1, 0, 3).MoveToOuterDisposeScope(), ((output.narrow(1, 3, 3) + 1) / 2)
                .MoveToOuterDisposeScope());
        }
    }

    private static Stage NewStage(ModelCache pool) =>
        new(pool.Get(s_recipe.Network), s_recipe, new PromptEncoder(GlideTokenizer.Load(), warn: null));

    private static double AlongLine(RgbImage a, RgbImage b, int line, bool isRow) =>
        Enumerable.Range(0, 3 * a.Width).Average(index =>
        {
            int at = isRow ? (3 * a.Width * line) + index : (3 * ((a.Width * (index / 3)) + line)) + (index % 3);
            return Math.Abs(a.Pixels[at] - b.Pixels[at]);
        });

    // What the mini networks know: plain shapes on a light ground, different in every window.
    private static RgbImage Shapes(int size)
    {
        var image = new RgbImage(size, size);
        (int X, int Y, int Radius, byte[] Color)[] discs =
            [(12, 12, 7, [220, 40, 40]), (34, 18, 9, [45, 85, 205]), (20, 38, 8, [50, 160, 70]),
                (60, 56, 10, [240, 190, 40])];
        for (int y = 0; y < size; y++)
        {
            for (int x = 0; x < size; x++)
            {
                var disc = discs.FirstOrDefault(disc => Math.Pow(x - disc.X, 2) + Math.Pow(y - disc.Y, 2) < disc.Radius
                    * disc.Radius);
                (disc.Color ?? [238, 235, 230]).CopyTo(image.Row(y)[(3 * x)..]);
            }
        }
        return image;
    }

    // Soft blobs of every color.
    private static RgbImage Photograph(int size)
    {
        var small = new RgbImage(6, 6);
        new Random(Seed).NextBytes(small.Pixels);
        return Resizing.Bicubic(small, size, size);
    }
}
