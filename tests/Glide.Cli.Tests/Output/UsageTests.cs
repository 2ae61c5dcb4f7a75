using System.Diagnostics;
using Glide.Cli.Tests.Support;

namespace Glide.Cli.Tests.Output;

public sealed class UsageTests
{
    // Stated for an idle machine; a test machine runs other tests beside this one.
    private static readonly TimeSpan QuickAnswer = TimeSpan.FromSeconds(0.3 * 5);

    public static TheoryData<string, string[]> Faults => new()
    {
        { "unknown option --sed; did you mean --seed?", ["sample", "--sed", "1", "a cat"] },
        { "unknown option -x; see 'glide sample --help'; a prompt that starts with a hyphen goes behind --",
            ["sample", "-x"] },
        { "unexpected 'smaple'; did you mean sample?", ["smaple", "a cat"] },
        { "unknown option --bogus; see 'glide --help'", ["--bogus"] },
        { "PROMPT is missing; see 'glide sample --help'", ["sample"] },
        { "SET is missing; see 'glide models download --help'", ["models", "download"] },
        { "unknown option --model; see 'glide models verify --help'", ["models", "verify", "--model", "mini"] },
        { "--seed takes one value; see 'glide sample --help'", ["sample", "a cat", "--seed"] },
        { "--no-upsample takes no value; found '--no-upsample=false'; give --no-upsample alone, or leave it out",
            ["sample", "a cat", "--no-upsample=false"] },
        { "-q takes no value; found '-q=true'", ["sample", "a cat", "-q=true"] },
        { "bad value for --seed; found '-1'; allowed is a whole number from 0 to 9223372036854775807",
            ["sample", "a cat", "--seed", "-1"] },
        { "bad value for --seed; found '18446744073709551616'; allowed is",
            ["sample", "a cat", "--seed", "18446744073709551616"] },
        { "bad value for --seed; found '0x10'; allowed is", ["sample", "a cat", "--seed", "0x10"] },
        { "bad value for --guidance-scale; found 'NaN'; allowed is", ["sample", "a cat", "-g", "NaN"] },
        { "bad value for --guidance-scale; found 'Infinity'; allowed is", ["sample", "a cat", "-g", "Infinity"] },
        { "bad value for --guidance-scale; found '2,5'; allowed is", ["sample", "a cat", "-g", "2,5"] },
        { "bad value for --steps; step plan '0' keeps no step; allowed are 1 to 1000 steps",
            ["sample", "a cat", "--steps", "0"] },
        { "bad value for --steps; step plan '-5'", ["sample", "a cat", "--steps=-5"] },
        { "bad value for --steps; step plan '1e3'", ["sample", "a cat", "--steps", "1e3"] },
        { "bad value for --steps; step plan '99999999999'", ["sample", "a cat", "--steps", "99999999999"] },
        { "the nearest that work are ddim334 and ddim500", ["sample", "a cat", "--steps", "ddim400"] },
        { "bad value for --sampler; found 'dpm'; allowed is one of ddpm, ddim",
            ["sample", "a cat", "--sampler", "dpm"] },
        { "bad value for --dtype; found 'fp8'; allowed is one of auto, fp32, fp16, bf16",
            ["sample", "a cat", "--dtype", "fp8"] },
        { "bad value for --device; found 'gpu'; allowed is auto, cpu, cuda or cuda:N",
            ["sample", "a cat", "--device", "gpu"] },
        { "bad value for --threads; found '0'; allowed is a whole number from 1",
            ["sample", "a cat", "--threads", "0"] },
        { "bad value for --output; found ''; allowed is a file or a folder", ["sample", "a cat", "-o", ""] },
        { "bad value for --output; found '-'; allowed is a file or a folder, not stdout; a folder of that name is ./-",
            ["sample", "a cat", "-o", "-"] },
        { "bad value for --output; found '-'; allowed is a folder, not stdout", ["serve", "-o", "-"] },
        { "bad value for --output; found '-'; allowed is a folder, not stdout", ["models", "pack", "run", "-o", "-"] },
        { "bad value for --output; found '-'; allowed is a folder, not stdout",
            ["train", "base", "--data", "data", "-o", "-"] },
        { "--no-upsample and --upsample-steps contradict each other; leave one out",
            ["sample", "a cat", "--no-upsample", "--upsample-steps", "10"] },
        { "bad value for --guidance; found 'CLIP'; allowed is one of cfg, clip, both",
            ["sample", "a cat", "--guidance", "CLIP"] },
        { "--prompt is missing; see 'glide score --help'", ["score", "a.png"] },
        { "--clip-scale belongs to CLIP's guidance; add --guidance clip or --guidance both",
            ["sample", "a cat", "--clip-scale", "3"] },
        { "--guidance clip and --guidance-scale contradict each other",
            ["sample", "a cat", "--guidance", "clip", "-g", "3"] },
        { "--guidance clip and --negative contradict each other",
            ["sample", "a cat", "--guidance", "clip", "--negative", "a dog"] },
        { "--guidance clip and --and contradict each other",
            ["sample", "a cat", "--guidance", "clip", "--and", "a dog"] },
        { "bad value for --and; found the weight '1,5'; allowed is a number from -10 to 10",
            ["sample", "a cat", "--and", "a dog:1", "--and", "a hat:1,5"] },
        { "--and and --then contradict each other; --and belongs to PROMPT",
            ["inpaint", "a cat", "-i", "no.png", "--rect", "0,0,8,8", "--and", "a dog", "--then", "0,0,4,4", "a hat"] },
        { "--negative and --guidance-scale 1 contradict each other; 1 switches guidance off",
            ["sample", "a cat", "--negative", "a dog", "-g", "1"] },
        { "--eta belongs to the sampler ddim; the base is sampled with ddpm; add --sampler ddim or leave --eta out",
            ["sample", "a cat", "--eta", "0.5", "--sampler", "ddpm", "-m", "mini"] },
        { "--best-of 2 is less than --count 4", ["sample", "a cat", "--best-of", "2", "-n", "4"] },
        { "--no-upsample and --upsample-spacing contradict each other; leave one out",
            ["sample", "a cat", "--no-upsample", "--upsample-spacing", "time"] },
        { "--cfgpp and --guidance-scale 3 contradict each other; with CFG++ the scale is 0 to 1",
            ["sample", "a cat", "--cfgpp", "-g", "3"] },
        { "--guidance-interval and --guidance-scale 1 contradict each other",
            ["sample", "a cat", "--guidance-interval", "0:0.5", "-g", "1"] },
        { "--churn belongs to the sampler heun; the base is sampled with dpmpp-2m-sde",
            ["sample", "a cat", "--churn", "4", "--quality", "fast", "-m", "mini"] },
        { "bad value for --guidance-interval; guidance interval '0.8:0.2' is not understood",
            ["sample", "a cat", "--guidance-interval", "0.8:0.2"] },
        { "bad value for --threshold; threshold 'dynamic:2' is not understood",
            ["sample", "a cat", "--threshold", "dynamic:2"] },
        { "bad value for --quality; found 'best'; allowed is one of draft, fast, normal, paper, eval",
            ["sample", "a cat", "--quality", "best"] },
        { "unknown option -i; see 'glide vary --help'\n", ["vary", "-i", "ring.png"] },
        { "bad value for --only; model set 'openai' has no network 'foo'; allowed are base, ",
            ["models", "download", "openai", "--only", "foo"] },
        { "seeds run out; --seed 9223372036854775807 with --count 2",
            ["sample", "a cat", "-n", "2", "-s", "9223372036854775807"] },
    };

    [Theory, MemberData(nameof(Faults))]
    public void A_usage_fault_is_named_and_ends_with_2(string message, string[] arguments)
    {
        using var glide = new GlideProcess();
        var result = glide.Run(arguments);
        Assert.Equal(2, result.ExitCode);
        Assert.Contains($"error: {message}".Replace("error: the nearest", "the nearest", StringComparison.Ordinal),
            result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", result.Error, StringComparison.Ordinal);
        Assert.Empty(result.Output);
    }

    [Theory]
    [InlineData("give one of them or an existing folder", "models", "verify", "nonset")]
    [InlineData("give one of them or an existing folder", "models", "download", "nonset")]
    [InlineData("give the name or the folder of a set", "models", "verify", ".")]
    [InlineData("give the folder of 'glide train -o'", "models", "pack", "nope", "-o", "set")]
    public void A_fault_recommends_nothing_that_the_command_lacks(string remedy, params string[] arguments)
    {
        using var glide = new GlideProcess();
        Assert.EndsWith($"; {remedy}\n", glide.Run(arguments).Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_looks_like_an_option_can_be_named()
    {
        using var glide = new GlideProcess();
        File.WriteAllText(glide.PathOf("-dash.png"), "");
        Assert.Equal("error: unknown option -dash.png; see 'glide show --help'; the file of that name is ./-dash.png\n",
            glide.Run("show", "-dash.png").Error);
    }

    [Fact]
    public void All_faults_are_reported_at_once()
    {
        using var glide = new GlideProcess();
        var result = glide.Run("sample", "a cat", "--seed", "x", "--steps", "y");
        Assert.Contains("--seed", result.Error, StringComparison.Ordinal);
        Assert.Contains("--steps", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Numbers_mean_the_same_in_a_locale_with_decimal_commas()
    {
        using var glide = new GlideProcess();
        var german = new Dictionary<string, string?> { ["LC_ALL"] = "de_DE.UTF-8" };
        Assert.Contains("found '2,5'", glide.Run(german, "sample", "a cat", "-g", "2,5").Error,
            StringComparison.Ordinal);
        // 2.5 is accepted: the only fault left is the other option's.
        Assert.DoesNotContain("guidance", glide.Run(german, "sample", "a cat", "-g", "2.5", "--seed", "x").Error,
            StringComparison.Ordinal);
    }

    public static TheoryData<string[]> QuickAnswers =>
        [["--help"], ["--version"], ["sample", "--help"], ["sample", "a cat", "--sed", "1"]];

    [Theory, MemberData(nameof(QuickAnswers))]
    public void Answers_that_need_no_network_come_at_once(string[] arguments)
    {
        using var glide = new GlideProcess();
        var best = TimeSpan.MaxValue;
        for (int attempt = 0; attempt < 5; attempt++)
        {
            var clock = Stopwatch.StartNew();
            glide.Run(arguments);
            best = clock.Elapsed < best ? clock.Elapsed : best;
        }
        Assert.True(best < QuickAnswer, $"it took {best.TotalSeconds:0.00} s");
    }
}
