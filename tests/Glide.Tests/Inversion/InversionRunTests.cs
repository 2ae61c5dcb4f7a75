using Glide.Images;
using Glide.Inversion;
using Glide.ModelSets;
using Glide.Pipelines;
using Glide.Shapes;
using Glide.Tests.Support;

namespace Glide.Tests.Inversion;

/// <summary>What must hold of varying, interpolating and restyling, on the mini models with few steps.</summary>
[Collection(TorchCollection.Name)]
public sealed class InversionRunTests : IDisposable
{
    private readonly ModelSet _models = ModelSet.Read(Path.Combine(GoldenFiles.Checkout, "models", "mini"));
    private readonly GlidePipeline _pipeline;

    public InversionRunTests() => _pipeline =
        GlidePipeline.Open(_models, new DeviceOptions { Device = "cpu", Dtype = "fp32" });

    public void Dispose() => _pipeline.Dispose();

    [Fact]
    public void A_variation_of_amount_0_is_the_image_as_it_comes_back()
    {
        var circle = Shape("red", "circle");
        var recipe = Way("4");
        Assert.Equal(Back(circle, "a red circle", recipe).Pixels, Vary(circle, 0, seed: 5, recipe).Image.Pixels);
    }

    [Fact]
    public void A_variation_of_amount_1_is_what_its_seed_draws()
    {
        var recipe = Way("4");
        var drawn = new List<GeneratedImage>();
        _pipeline.Run([new ImageRequest("a red circle", 5)], recipe, To(drawn));
        Assert.Equal(drawn[0].Image.Pixels, Vary(Shape("blue", "star"), 1, seed: 5, recipe).Image.Pixels);
    }

    [Fact]
    public void Variations_go_further_with_the_amount_and_differ_by_seed()
    {
        var circle = Shape("red", "circle");
        var recipe = Way("10");
        double near = Distance(circle, Vary(circle, 0.1, seed: 5, recipe).Image);
        double middle = Distance(circle, Vary(circle, 0.5, seed: 5, recipe).Image);
        double far = Distance(circle, Vary(circle, 1, seed: 5, recipe).Image);
        Assert.True(near < middle && middle < far, $"{near}, {middle}, {far}");
        Assert.NotEqual(Vary(circle, 0.5, seed: 5, recipe).Image.Pixels,
            Vary(circle, 0.5, seed: 6, recipe).Image.Pixels);
    }

    [Fact]
    public void The_ends_of_an_interpolation_are_the_two_images_as_they_come_back()
    {
        var (circle, star) = (Shape("red", "circle"), Shape("blue", "star"));
        var recipe = Way("4");
        var frames = Interpolate(circle, star, 3, recipe);
        Assert.Equal(Back(circle, "a red circle", recipe).Pixels, frames[0].Image.Pixels);
        Assert.Equal(Back(star, "a blue star", recipe).Pixels, frames[2].Image.Pixels);
        Assert.Equal([0, 0.5, 1], frames.Select(frame => frame.Record.Edit!.Amount!.Value));
        Assert.Equal(["a red circle", "a blue star"], frames[1].Record.Edit!.Prompts);
        Assert.NotEqual(frames[0].Image.Pixels, frames[1].Image.Pixels);
    }

    [Fact]
    public void A_prompt_that_is_blended_away_leaves_no_byte()
    {
        var recipe = Way("2").WithLater(_ => Recipe.For(_models, "sample").Stages[1] with { Steps = "1" });
        var drawn = new List<GeneratedImage>();
        ImageRequest[] requests =
        [
            new("a red circle", 1), new("a red circle", 1) { Blend = new PromptBlend("a blue star", 0) },
            new("a blue star", 1), new("a red circle", 1) { Blend = new PromptBlend("a blue star", 1) },
            new("a red circle", 1) { Blend = new PromptBlend("a blue star", 0.5) },
        ];
        // One at a time: in a batch the sums are added in another order.
        foreach (var request in requests)
            _pipeline.Run([request], recipe, To(drawn));
        Assert.Equal(drawn[0].Image.Pixels, drawn[1].Image.Pixels);
        Assert.Equal(drawn[2].Image.Pixels, drawn[3].Image.Pixels);
        Assert.NotEqual(drawn[0].Image.Pixels, drawn[4].Image.Pixels);
        Assert.NotEqual(drawn[2].Image.Pixels, drawn[4].Image.Pixels);
    }

    [Fact]
    public void Frames_of_a_batch_are_those_that_are_made_alone()
    {
        var (circle, star) = (Shape("red", "circle"), Shape("blue", "star"));
        var recipe = Way("4");
        var alone = Interpolate(circle, star, 3, recipe, batch: 1);
        var together = Interpolate(circle, star, 3, recipe, batch: 3);
        // Another order of sums changes a byte here and there by one; other frames are off by tens.
        for (int frame = 0; frame < 3; frame++)
            Assert.InRange(Distance(alone[frame].Image, together[frame].Image), 0, 0.1);
    }

    public static TheoryData<string, string, string> Restylings => new()
    {
        { "red", "circle", "blue" },
        { "blue", "square", "green" },
        { "green", "star", "red" },
    };

    [Theory, MemberData(nameof(Restylings))]
    public void A_restyled_shape_has_the_new_color_in_the_old_place(string color, string shape, string wanted)
    {
        // Half of what the shape is off the middle, where the model draws it when the prompt does not say where.
        const double MostMoved = 2.5;
        var before = Cropping.WithEdges(Shape(color, shape), -4, 3, 32, 32);
        var guided = Way("30");
        guided = guided.WithBase(stage => stage with { GuidanceScale = 3 });
        var after = Restyle(before, $"a {color} {shape}", $"a {wanted} {shape}", InversionEdit.DefaultStrength,
            guided).Image;
        Assert.InRange(ColorMass.Share(after, wanted), 0.6, 1);
        Assert.InRange(ColorMass.Share(after, color), 0, 0.2);
        var (x, y) = ColorMass.Centroid(before);
        var (newX, newY) = ColorMass.Centroid(after);
        Assert.InRange(Math.Sqrt(Math.Pow(newX - x, 2) + Math.Pow(newY - y, 2)), 0, MostMoved);
    }

    [Fact]
    public void A_solver_with_steps_of_its_own_turns_where_the_inversion_does()
    {
        // As for the whole way there and back; from another noise than its own an image is off by tens.
        const double MostOff = 5;
        var circle = Shape("red", "circle");
        var recipe = Way("30");
        recipe = recipe.WithBase(stage => stage with { Sampler = "unipc" });
        Assert.InRange(Distance(circle, Restyle(circle, "a red circle", "a red circle", InversionEdit.DefaultStrength,
            recipe).Image), 0, MostOff);
    }

    [Fact]
    public void Restyling_with_strength_0_keeps_the_image()
    {
        var circle = Shape("red", "circle");
        Assert.Equal(circle.Pixels, Restyle(circle, "a red circle", "a blue star", strength: 0, Way("4")).Image.Pixels);
    }

    [Fact]
    public void What_is_no_square_keeps_its_shape()
    {
        var recipe = Way("2");
        var wide = new RgbImage(64, 32);
        var made = Vary(wide, 0.3, seed: 1, recipe);
        Assert.Equal((32, 16), (made.Image.Width, made.Image.Height));
        Assert.Equal((32, 16), (made.Record.Width, made.Record.Height));
        var frames = Interpolate(wide, Shape("red", "circle"), 2, recipe);
        Assert.All(frames, frame => Assert.Equal((32, 32), (frame.Image.Width, frame.Image.Height)));
    }

    [Fact]
    public void Images_say_what_they_were_made_from()
    {
        var circle = Shape("red", "circle");
        var varied = Vary(circle, 0.25, seed: 5, Way("2")).Record;
        Assert.Equal(("vary", 0.25, "2"), (varied.Task, varied.Edit!.Amount!.Value, varied.Edit.Inversion!.Steps));
        var again = ImageMetadata.FromTexts(varied.ToTexts())!;
        Assert.Equal(varied.Edit.Inversion, again.Edit!.Inversion);
        Assert.Equal(varied.Edit.Image, again.Edit.Image);
    }

    private static RgbImage Shape(string color, string shape)
    {
        float[] values = ShapeImage.One(new Random(3), color, shape).Pixels;
        using var scope = TorchSharp.torch.NewDisposeScope();
        return ImageTensors.FromTensor(TorchSharp.torch.tensor(values, [1, 3, ShapeImage.Side, ShapeImage.Side]))[0];
    }

    private Recipe Way(string steps)
    {
        var recipe = DeterministicRecipe.Of(Recipe.For(_models, "sample"));
        return recipe.WithBase(stage => stage with { Steps = steps }).BaseOnly();
    }

    private RgbImage Back(RgbImage image, string prompt, Recipe recipe)
    {
        var made = new List<GeneratedImage>();
        var noise = _pipeline.Invert([new ImageRequest(prompt, 0) { Start = image }],
            DeterministicRecipe.InversionOf(recipe.Base), To([]))[0];
        new InvertedNoiseSampling(_pipeline, recipe).Run(noise, [new ImageRequest(prompt, 9)], To(made));
        return made[0].Image;
    }

    private GeneratedImage Vary(RgbImage image, double amount, long seed, Recipe recipe)
    {
        var made = new List<GeneratedImage>();
        new Variation(_pipeline, recipe) { Amount = amount }.Run(image, [new ImageRequest("a red circle", seed)],
            To(made) with { Task = "vary" });
        return made[0];
    }

    private List<GeneratedImage> Interpolate(RgbImage from, RgbImage to, int frames, Recipe recipe, int batch = 1)
    {
        var made = new List<GeneratedImage>();
        new Interpolation(_pipeline, recipe).Run(
            new Endpoint(from, "a red circle"), new Endpoint(to, "a blue star"), frames, new ImageRequest("", 9),
                To(made) with { BatchSize = batch });
        return made;
    }

    private GeneratedImage Restyle(RgbImage image, string from, string to, double strength, Recipe recipe)
    {
        var made = new List<GeneratedImage>();
        new InversionEdit(_pipeline, recipe) { Strength = strength }.Run(image, from, [new ImageRequest(to, 9)],
            To(made));
        return made[0];
    }

    private static RunOptions To(List<GeneratedImage> images) => new() { BatchSize = 1, Finished = images.Add };

    private static double Distance(RgbImage a, RgbImage b) => a.Pixels.Zip(b.Pixels)
        .Average(pair => Math.Abs(pair.First - pair.Second));
}
