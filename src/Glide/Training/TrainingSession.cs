using Glide.Checkpoints;
using Glide.Datasets;
using Glide.Diffusion;
using Glide.Models;
using Glide.Models.Clip;
using Glide.Models.Ops;
using Glide.Models.UNet;
using Glide.ModelSets;
using Glide.Pipelines;
using Glide.Runtime;
using Glide.Tokenizers;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Glide.Training;

/// <summary>The networks of a plan with their first weights, and what they learn.</summary>
internal sealed class TrainingSession : IDisposable
{
    // Radford et al. 2021: the temperature begins at 0.07.
    private const double FirstClipScale = 1 / 0.07;

    // Weight, gradient, two means and an average of a parameter in float32, or its gradient and a copy in 16 bits; of a
    // frozen one the weight.
    private const long BytesOfTrained = 5 * sizeof(float), BytesOfFrozen = sizeof(float);

    private const string ImageEncoder = "clip/image-enc", TextEncoder = "clip/text-enc";

    private readonly List<Module> _networks = [];
    private readonly TrainingPlan _plan;
    private readonly TorchRuntime _runtime;
    private readonly Action<string> _warn;
    private readonly UNetModel? _unet;
    private readonly LoraAdapters? _adapters;

    /// <summary>Builds the networks. Weights of a run that goes on are read by <see cref="TrainLoop"/>.</summary>
    /// <param name="plan">With the sizes; see <see cref="Complete"/>.</param>
    /// <param name="models">The set of <see cref="TrainingPlan.Model"/>.</param>
    /// <param name="runtime">Device and number type.</param>
    /// <param name="warn">Told what is odd about the weights.</param>
    /// <exception cref="UsageException"><see cref="TrainingPlan.From"/> names no set that has the network.</exception>
    /// <exception cref="CheckpointException">The first weights are refused.</exception>
    public TrainingSession(TrainingPlan plan, ModelSet models, TorchRuntime runtime, Action<string> warn)
    {
        _plan = plan;
        _runtime = runtime;
        _warn = warn;
        using var generator = new Generator((ulong)plan.Settings.Seed);
        try
        {
            if (plan.Network == TrainingPlan.Clip)
            {
                Objective = NewClip(models, generator);
                return;
            }
            RequireMemory(plan.UNet!);
            _unet = Keep(new UNetModel(plan.UNet!, runtime.Precision, runtime.Device, ReferenceOps.Instance));
            if (plan.From is null)
                UNetInitialization.Initialize(_unet, generator);
            else
                Load(_unet, plan.From);
            if (plan.Settings.Lora is { } lora)
                _adapters = LoraAdapters.Attach(_unet, lora, generator);
            Objective = new DiffusionObjective(
                _unet, _adapters is null ? [.. _unet.named_parameters()] : [.. _adapters.NamedParameters()],
                GlideTokenizer.Load(), plan.Settings);
        }
        catch
        {
            _adapters?.Dispose();
            _networks.ForEach(network => network.Dispose());
            throw;
        }
    }

    public IObjective Objective { get; }

    /// <summary>Side of the images that the network learns from.</summary>
    public int ImageSize => _unet?.Config.ImageSize ?? _plan.ClipImage!.ImageSize;

    /// <summary>The plan with the sizes of its network, from a model set where the plan has none.</summary>
    /// <exception cref="UsageException">The set has no such network, or the sizes fit no network.</exception>
    public static TrainingPlan Complete(TrainingPlan plan, ModelSet models)
    {
        if (plan.Settings.Lora is not null && plan.Network == TrainingPlan.Clip)
            Refuse(["--lora is for U-Nets; leave it out for clip"]);
        if (plan.Settings.Lora is not null && plan.From is null)
            Refuse(["--lora changes a trained network; name it with --from SET|FILE"]);
        if (plan.Settings.Timesteps == TimestepSampler.LossAware && plan.Network == TrainingPlan.Clip)
            Refuse([$"--timesteps {TimestepSampler.LossAware} is for U-Nets; leave it out for clip"]);
        if (plan.Network == TrainingPlan.Clip)
        {
            plan = plan with
            {
                ClipImage = plan.ClipImage ?? models.Network(ImageEncoder).ClipImage,
                ClipText = plan.ClipText ?? models.Network(TextEncoder).ClipText,
                UNet = plan.UNet ?? models.Networks.GetValueOrDefault("base")?.UNet,
            };
            Refuse([.. plan.ClipImage!.Faults(), .. plan.ClipText!.Faults()]);
            return plan;
        }
        bool inpaints = plan.Network.EndsWith("-inpaint", StringComparison.Ordinal);
        plan = plan with { UNet = plan.UNet ?? SizesOf(models, plan.Network) with { Inpaint = inpaints } };
        var faults = plan.UNet.Faults().ToList();
        if (plan.UNet.Inpaint != inpaints)
            faults.Add($"unet.inpaint is {plan.UNet.Inpaint}, for {plan.Network} it must be {inpaints}");
        bool upsamples = plan.Network.StartsWith("upsample", StringComparison.Ordinal);
        if (plan.UNet.Upsample != upsamples)
            faults.Add($"unet.upsample is {plan.UNet.Upsample}, for {plan.Network} it must be {upsamples}");
        if (plan.Settings.Crop is { } crop && (!upsamples || crop > plan.UNet.ImageSize
            || crop % (1 << Math.Max(2, plan.UNet.ChannelMult.Count - 1)) != 0))
        {
            faults.Add($"crop is {crop}; it is for upsamplers, at most {plan.UNet.ImageSize}, and a multiple of "
                + $"{1 << Math.Max(2, plan.UNet.ChannelMult.Count - 1)}");
        }
        Refuse(faults);
        return plan;
    }

    /// <summary>Draws samples during the run; <c>null</c> for CLIP, which draws nothing.</summary>
    /// <param name="examples">Images of the data; stay the caller's.</param>
    public SampleSheet? NewSheet(TrainingBatch examples) => _unet is null
        ? null
        : new SampleSheet(_unet, new PromptEncoder(GlideTokenizer.Load(), _warn), _plan.Prompts, examples);

    /// <summary>Writes the adapters with their present weights; nothing without adapters.</summary>
    /// <exception cref="ResourceException">The file cannot be written.</exception>
    public void WriteLora(string path)
    {
        if (_adapters is not null)
            Loras.Write(path, _adapters, _plan.Network, Path.GetFileName(_plan.From!));
    }

    public void Dispose()
    {
        Objective.Dispose();
        _adapters?.Dispose();
        _networks.ForEach(network => network.Dispose());
    }

    // Activations come on top, but depend on the batch.
    private void RequireMemory(UNetConfig config)
    {
        if (_runtime.IsCuda)
            return;
        using var shapes = new UNetModel(config, _runtime.Precision, META, ReferenceOps.Instance);
        long parameters = shapes.parameters().Sum(parameter => parameter.numel());
        MemoryBudget.Require($"training '{_plan.Network}'", parameters * (_plan.Settings.Lora is null
            ? BytesOfTrained : BytesOfFrozen));
    }

    private ClipObjective NewClip(ModelSet models, Generator generator)
    {
        var image = Keep(new ClipImageEncoder(_plan.ClipImage!, _runtime.Device));
        var text = Keep(new ClipTextEncoder(_plan.ClipText!, _runtime.Device));
        ClipInitialization.Initialize(image, generator);
        ClipInitialization.Initialize(text, generator);
        if (_plan.From is { } from)
        {
            var set = SetOf(from, fileIsAllowed: false);
            using var imageWeights = set.OpenWeights(ImageEncoder);
            using var textWeights = set.OpenWeights(TextEncoder);
            ModuleLoader.Load(image, ImageEncoder, imageWeights);
            ModuleLoader.Load(text, TextEncoder, textWeights);
        }
        var schedule = new NoiseSchedule(_plan.UNet is { } known
            ? BetaTable.Parse(known.NoiseSchedule, known.DiffusionSteps)
            : BetaTable.SquaredCosine(_plan.ClipImage!.DiffusionSteps));
        return new ClipObjective(image, text, ClipModel.TokenizerOf(models, _plan.ClipText!.Tokenizer), schedule,
            _plan.From is null ? FirstClipScale : _plan.ClipImage!.LogitScale);
    }

    // A file, or a set's weights of the network; of the plain one where the set has none for inpainting.
    private void Load(UNetModel network, string from)
    {
        using var checkpoint = File.Exists(from)
            ? Checkpoint.Open(from)
            : SetOf(from, fileIsAllowed: true) is var set && set.Networks.ContainsKey(_plan.Network)
                ? set.OpenWeights(_plan.Network)
                : set.OpenWeights(PlainName(_plan.Network));
        InitialWeights.Load(network, _plan.Network, checkpoint);
        foreach (string notice in checkpoint.Notices())
            _warn(notice);
    }

    private T Keep<T>(T network)
        where T : Module
    {
        _networks.Add(network);
        return network;
    }

    private static ModelSet SetOf(string from, bool fileIsAllowed)
    {
        try
        {
            return ModelFolders.FromEnvironment().Find(from).Set;
        }
        catch (UsageException fault)
        {
            string noFile = fileIsAllowed ? $"there is no file '{from}', and " : "";
            throw new UsageException($"bad value for --from; {noFile}{fault.Message}", fault);
        }
    }

    private static UNetConfig SizesOf(ModelSet models, string network) =>
        models.Networks.GetValueOrDefault(network)?.UNet ?? ModelCache.SettingsOf(models, PlainName(network));

    private static string PlainName(string network) => network.Split('-')[0];

    private static void Refuse(List<string> faults)
    {
        if (faults.Count > 0)
            throw new UsageException($"no network can be trained like this; {string.Join("; ", faults)}");
    }
}
