using System.Globalization;
using Glide.Models;
using Glide.Pipelines.Settings;

namespace Glide.Training;

/// <summary>How a network is trained, apart from what it is and what it is shown.</summary>
internal sealed record TrainingSettings
{
    public long Steps { get; init; } = 10_000;

    /// <summary>Images in a forward pass.</summary>
    public int BatchSize { get; init; } = 16;

    /// <summary>Batches whose gradients are averaged for one step of the optimizer.</summary>
    public int Accumulate { get; init; } = 1;

    /// <summary>Highest learning rate.</summary>
    public double Rate { get; init; } = 1e-4;

    /// <summary>Steps in which the learning rate rises from 0.</summary>
    public long Warmup { get; init; } = 100;

    /// <summary>What the learning rate does afterwards: <c>constant</c> or <c>cosine</c>.</summary>
    public string Schedule { get; init; } = Schedules[0];

    public double WeightDecay { get; init; } = 0.01;

    public double Beta1 { get; init; } = 0.9;

    public double Beta2 { get; init; } = 0.999;

    /// <summary>Longest gradient; 0 for any.</summary>
    public double ClipGradient { get; init; } = 1;

    /// <summary>Rate of the average of weights.</summary>
    public double Ema { get; init; } = 0.9999;

    public double Dropout { get; init; }

    /// <summary>Whether activations are computed again in the backward pass.</summary>
    public bool GradientCheckpointing { get; init; }

    /// <summary>Probability that a prompt becomes the empty one.</summary>
    public double DropPrompt { get; init; } = 0.2;

    /// <summary>Weight of L_simple by timestep, as <see cref="Training.LossWeight"/> reads it.</summary>
    public string LossWeight { get; init; } = Training.LossWeight.None.Name;

    /// <summary>How timesteps are drawn, one of <see cref="TimestepSampler.Kinds"/>.</summary>
    public string Timesteps { get; init; } = TimestepSampler.Kinds[0];

    /// <summary>Largest standard deviation of the noise on an upsampler's small images.</summary>
    public double LowResNoise { get; init; }

    /// <summary>Side of the crops that an upsampler is trained on; <c>null</c> for whole images.</summary>
    public int? Crop { get; init; }

    /// <summary>Rank of the adapters that are trained in place of the network; <c>null</c> trains all of it.</summary>
    public int? LoraRank { get; init; }

    /// <summary>Alpha of the adapters; <c>null</c> for their rank.</summary>
    public double? LoraAlpha { get; init; }

    /// <summary>Layers that get adapters, with commas between; see <see cref="LoraSettings.Targets"/>.</summary>
    public string LoraTargets { get; init; } = string.Join(',', LoraSettings.DefaultTargets);

    /// <summary>The adapters that are trained; <c>null</c> trains the network.</summary>
    public LoraSettings? Lora => LoraRank is { } rank
        ? new LoraSettings(rank, LoraAlpha ?? rank, LoraTargets.Split(',', StringSplitOptions.TrimEntries))
        : null;

    /// <summary>Whether images are never mirrored.</summary>
    public bool NoFlip { get; init; }

    public long Seed { get; init; }

    /// <summary>Steps between checkpoints.</summary>
    public long SaveEvery { get; init; } = 500;

    /// <summary>Checkpoints that are kept.</summary>
    public int Keep { get; init; } = 3;

    /// <summary>Steps between sheets of samples; 0 for none.</summary>
    public long SampleEvery { get; init; } = 500;

    /// <summary>Steps between lines of the log.</summary>
    public long LogEvery { get; init; } = 10;

    /// <summary>The learning-rate schedules by name.</summary>
    public static IReadOnlyList<string> Schedules { get; } = ["constant", "cosine"];

    /// <summary>Learning rate of a step, counted from 0.</summary>
    public double RateAt(long step)
    {
        double warm = Math.Min(1, (step + 1.0) / Math.Max(1, Warmup));
        double part = Schedule == Schedules[1] ? (double)step / Steps : 0;
        return Rate * warm * (0.5 + (0.5 * Math.Cos(Math.PI * Math.Min(1, part))));
    }
}

/// <summary>The settings of training by name: from this table come the options, <c>train.json</c> and its checks.
/// </summary>
internal static class TrainingTable
{
    // The bound of every count: more than anybody waits for.
    private const long Most = 1_000_000_000;

    public static IReadOnlyList<Setting<TrainingSettings>> All { get; } =
    [
        Whole("steps", (1, Most), "N", "Steps of the optimizer.",
            run => run.Steps, (run, value) => run with { Steps = value }),
        Whole("batch-size", (1, 65_536), "N", "Images in a forward pass.",
            run => run.BatchSize, (run, value) => run with { BatchSize = (int)value }),
        Whole("accumulate", (1, 65_536), "N", "Batches whose gradients are averaged for one step.",
            run => run.Accumulate, (run, value) => run with { Accumulate = (int)value }),
        Number("lr", (0, 1), "X", "Highest learning rate.",
            run => run.Rate, (run, value) => run with { Rate = value }),
        Whole("warmup", (0, Most), "N", "Steps in which the learning rate rises.",
            run => run.Warmup, (run, value) => run with { Warmup = value }),
        Word("schedule", TrainingSettings.Schedules, "What the learning rate does after that: constant, or cosine "
            + "(falls to 0 at the last step).", run => run.Schedule, (run, word) => run with { Schedule = word }),
        Number("weight-decay", (0, 1), "X", "Decay of weights; biases and norms have none.",
            run => run.WeightDecay, (run, value) => run with { WeightDecay = value }),
        Number("beta1", (0, 0.9999), "X", "Share of the old mean of gradients in AdamW.",
            run => run.Beta1, (run, value) => run with { Beta1 = value }),
        Number("beta2", (0, 0.999999), "X", "Share of the old mean of squared gradients.",
            run => run.Beta2, (run, value) => run with { Beta2 = value }),
        Number("clip-gradient", (0, 1e6), "X", "Longest gradient of a step; 0 for any.",
            run => run.ClipGradient, (run, value) => run with { ClipGradient = value }),
        Number("ema", (0, 0.9999999), "X", "Share of the old average of weights in each step.",
            run => run.Ema, (run, value) => run with { Ema = value }),
        Number("dropout", (0, 0.9), "X", "Part of the activations that is dropped.",
            run => run.Dropout, (run, value) => run with { Dropout = value }),
        Flag("gradient-checkpointing", "Compute activations again in the backward pass: a third slower, a fraction of "
            + "the memory.", run => run.GradientCheckpointing,
            (run, isOn) => run with { GradientCheckpointing = isOn }),
        Number("drop-prompt", (0, 1), "X", "Probability that a prompt is replaced by the empty one, which "
            + "classifier-free guidance needs.", run => run.DropPrompt,
            (run, value) => run with { DropPrompt = value }),
        new("loss-weight", new TextKind(text =>
            LossWeight.TryParse(text) is null ? "none, p2, min-snr[:GAMMA] or truncated-snr[:LIMIT]" : null),
            run => run.LossWeight, (run, text) => run with { LossWeight = text })
        {
            Placeholder = "KIND", Group = SettingGroup.Training, Default = "none",
            Help = "Weight of the squared error by timestep: none; p2 and min-snr[:GAMMA] (5) for less at little "
                + "noise; truncated-snr[:LIMIT] (100) for more at much.",
        },
        Word("timesteps", TimestepSampler.Kinds, "How timesteps are drawn.",
            run => run.Timesteps, (run, word) => run with { Timesteps = word }),
        Number("low-res-noise", (0, 1), "X", "For upsamplers: largest noise on the small images.",
            run => run.LowResNoise, (run, value) => run with { LowResNoise = value }),
        Whole("crop", (8, 4096), "PIXELS", "For upsamplers: side of the crops they learn from.",
            run => run.Crop, (run, value) => run with { Crop = (int)value }) with { Default = "whole images" },
        Whole("lora", (1, 1024), "RANK", "Train low-rank adapters of this rank and leave the network as it is; needs "
            + "--from.", run => run.LoraRank, (run, value) => run with { LoraRank = (int)value }),
        new("lora-alpha", new NumberKind(1e-3, 1e4),
            run => run.LoraAlpha is { } alpha ? SettingKind.Text(alpha) : null,
            (run, text) => run with { LoraAlpha = SettingKind.ToNumber(text) })
        {
            Placeholder = "X", Group = SettingGroup.Training, Default = "the rank",
            Help = "Strength of the adapters: their change is multiplied by X/RANK.",
        },
        new("lora-targets", new TextKind(), run => run.LoraTargets, (run, text) => run with { LoraTargets = text })
        {
            Placeholder = "LAYERS", Group = SettingGroup.Training, Default = new TrainingSettings().LoraTargets,
            Help = "Layers with adapters: attention, linear, conv, or names with * and ?, with commas between.",
        },
        Flag("no-flip", "Never mirror images, where left and right matter.",
            run => run.NoFlip, (run, isOn) => run with { NoFlip = isOn }),
        Whole("seed", (0, long.MaxValue), "S", "Seed of everything random.",
            run => run.Seed, (run, value) => run with { Seed = value }),
        Whole("save-every", (1, Most), "N", "Steps between checkpoints.",
            run => run.SaveEvery, (run, value) => run with { SaveEvery = value }),
        Whole("keep", (1, 10_000), "N", "Checkpoints to keep.",
            run => run.Keep, (run, value) => run with { Keep = (int)value }),
        Whole("sample-every", (0, Most), "N", "Steps between sheets of samples; 0 for none.",
            run => run.SampleEvery, (run, value) => run with { SampleEvery = value }),
        Whole("log-every", (1, Most), "N", "Steps between lines of the log.",
            run => run.LogEvery, (run, value) => run with { LogEvery = value }),
    ];

    /// <summary>The setting with a name; <c>null</c> if there is none.</summary>
    public static Setting<TrainingSettings>? Find(string name) => All.FirstOrDefault(setting => setting.Name == name);

    private static Setting<TrainingSettings> Whole(
        string name, (long Least, long Most) range, string placeholder, string help, Func<TrainingSettings, long?> get,
        Func<TrainingSettings, long, TrainingSettings> with) =>
        new(name, new WholeKind(range.Least, range.Most), run => Text(get(run)),
            (run, text) => with(run, SettingKind.ToWhole(text)))
        {
            Placeholder = placeholder,
            Help = help,
            Group = SettingGroup.Training,
            Default = Text(get(new TrainingSettings())),
        };

    private static Setting<TrainingSettings> Number(
        string name, (double, double) range, string placeholder, string help, Func<TrainingSettings, double> get,
        Func<TrainingSettings, double, TrainingSettings> with) =>
        new(name, NumberKind.Of(range), run => SettingKind.Text(get(run)),
            (run, text) => with(run, SettingKind.ToNumber(text)))
        {
            Placeholder = placeholder,
            Help = help,
            Group = SettingGroup.Training,
            Default = SettingKind.Text(get(new TrainingSettings())),
        };

    private static Setting<TrainingSettings> Word(
        string name, IReadOnlyList<string> words, string help, Func<TrainingSettings, string> get,
        Func<TrainingSettings, string, TrainingSettings> with) =>
        new(name, new OneOfKind(words), get, with)
        {
            Placeholder = "KIND",
            Help = help,
            Group = SettingGroup.Training,
            Default = get(new TrainingSettings()),
        };

    private static Setting<TrainingSettings> Flag(
        string name, string help, Func<TrainingSettings, bool> get,
        Func<TrainingSettings, bool, TrainingSettings> with) =>
        new(name, new FlagKind(), run => FlagKind.Text(get(run)),
            (run, text) => with(run, FlagKind.Read(text) == true))
        {
            Help = help,
            Group = SettingGroup.Training,
        };

    private static string? Text(long? value) => value?.ToString(CultureInfo.InvariantCulture);
}
