using System.Text.Json;
using Glide.Diagnostics;
using Glide.Images;
using Glide.Tests.Support;

namespace Glide.Tests.Diagnostics;

/// <summary>The numbers that the doctor goes by are those of the golden files.</summary>
public sealed class GoldenNumbersTests
{
    private static readonly GoldenNumbers s_numbers =
        GoldenNumbers.Read(Path.Combine(GoldenFiles.Checkout, "models", "mini"))!;

    [Fact]
    public void The_image_is_the_originals()
    {
        string line = PipelineGoldens.Lines("sample.jsonl")
            .Single(line => line.Contains(s_numbers.Image.Prompt, StringComparison.Ordinal));
        var run = JsonDocument.Parse(line).RootElement;
        Assert.Equal(run.GetProperty("seed").GetInt64(), s_numbers.Image.Seed);
        Assert.Equal(run.GetProperty("steps").GetString(), s_numbers.Image.Steps);
        Assert.Equal(run.GetProperty("upsample_temp").GetDouble(), s_numbers.Image.UpsampleTemperature);
        Assert.Equal(Golden(run, "base_file").Pixels, s_numbers.Image.Base);
        var image = Golden(run, "file");
        var picked = Enumerable.Range(0, 16).SelectMany(y => Enumerable.Range(0, 16)
            .SelectMany(x => image.Row(8 * y).Slice(24 * x, 3).ToArray()));
        Assert.Equal(picked, s_numbers.Image.Image);
    }

    [Fact]
    public void Tokens_schedules_and_plans_are_the_originals()
    {
        var tokens = JsonDocument.Parse(File.ReadAllText(GoldenFiles.PathOf("tokens.json"))).RootElement
            .EnumerateArray().ToList();
        foreach (var (prompt, ids) in s_numbers.Tokens)
        {
            Assert.Equal(tokens.Single(row => row.GetProperty("prompt").GetString() == prompt).GetProperty("glide")
                .EnumerateArray().Select(id => id.GetInt32()), ids);
        }
        var file = JsonDocument.Parse(File.ReadAllText(GoldenFiles.PathOf("schedules.json"))).RootElement;
        foreach (var schedule in s_numbers.Schedules)
        {
            var row = file.GetProperty("schedules").EnumerateArray()
                .Single(row => row.GetProperty("name").GetString() == schedule.Name && row.GetProperty("steps")
                    .GetInt32() == schedule.Steps);
            Assert.Equal(row.GetProperty("sum_betas").GetDouble(), schedule.SumBetas);
            Assert.Equal(row.GetProperty("sum_alphas_cumprod").GetDouble(), schedule.SumAlphasCumprod);
        }
        foreach (var plan in s_numbers.Plans)
        {
            var row = file.GetProperty("respacings").EnumerateArray()
                .Single(row => row.GetProperty("respacing").GetString() == plan.Plan && row.GetProperty("steps")
                    .GetInt32() == 1000);
            Assert.Equal(row.GetProperty("timesteps").EnumerateArray().Select(step => step.GetInt32()), plan.Timesteps);
        }
    }

    private static RgbImage Golden(JsonElement run, string field) =>
        ImageFile.Load(GoldenFiles.PathOf(Path.Combine("pipelines", run.GetProperty(field).GetString()!))).Image;
}
