using System.Text.Json;
using Glide.Diffusion;
using Glide.Tests.Support;

namespace Glide.Tests.Diffusion;

public sealed class BetaScheduleGoldenTests
{
    /// <summary>Both sides compute in float64; sums and products of 4000 terms may round differently.</summary>
    private const double RelativeTolerance = 1e-12;

    [Fact]
    public void Betas_and_their_products_equal_the_originals()
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(GoldenFiles.PathOf("schedules.json")));
        foreach (var row in document.RootElement.GetProperty("schedules").EnumerateArray())
        {
            int count = row.GetProperty("steps").GetInt32();
            double[] betas = BetaTable.Parse(row.GetProperty("name").GetString()!, count);
            double[] alphasCumprod = [.. new NoiseSchedule(betas).AlphasCumprod];

            AssertEnds(row.GetProperty("betas"), betas);
            AssertEnds(row.GetProperty("alphas_cumprod"), alphasCumprod);
            AssertClose(row.GetProperty("sum_betas").GetDouble(), betas.Sum());
            AssertClose(row.GetProperty("sum_alphas_cumprod").GetDouble(), alphasCumprod.Sum());
        }
    }

    [Fact]
    public void Respacings_keep_the_same_steps_as_the_original()
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(GoldenFiles.PathOf("schedules.json")));
        foreach (var row in document.RootElement.GetProperty("respacings").EnumerateArray())
        {
            var plan = TimestepRespacing.Parse(row.GetProperty("respacing").GetString()!, row.GetProperty("steps")
                .GetInt32());
            Assert.Equal(row.GetProperty("timesteps").EnumerateArray().Select(value => value.GetInt32()),
                plan.Timesteps);
        }
    }

    // Long tables hold their first and last five numbers.
    private static void AssertEnds(JsonElement expected, double[] actual)
    {
        double[] numbers = [.. expected.EnumerateArray().Select(value => value.GetDouble())];
        double[] found = numbers.Length == actual.Length ? actual : [.. actual[..5], .. actual[^5..]];
        Assert.Equal(numbers.Length, found.Length);
        for (int i = 0; i < numbers.Length; i++)
            AssertClose(numbers[i], found[i]);
    }

    private static void AssertClose(double expected, double actual) =>
        Assert.InRange(actual, expected - (Math.Abs(expected) * RelativeTolerance), expected
            + (Math.Abs(expected) * RelativeTolerance));
}
