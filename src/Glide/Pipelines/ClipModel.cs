using System.Globalization;
using Glide.Checkpoints;
using Glide.Images;
using Glide.Models;
using Glide.Models.Clip;
using Glide.ModelSets;
using Glide.Runtime;
using Glide.Tokenizers;
using TorchSharp;
using static TorchSharp.torch;

namespace Glide.Pipelines;

/// <summary>
/// A model set's noised CLIP: says how well images, noisy ones too, go with prompts, and in which direction they go
/// better.
/// </summary>
internal sealed class ClipModel : IDisposable
{
    private const string ImageNetwork = "clip/image-enc";
    private const string TextNetwork = "clip/text-enc";

    public static IReadOnlyList<string> Networks { get; } = [ImageNetwork, TextNetwork];

    private readonly ClipImageEncoder _image;
    private readonly ClipTextEncoder _text;
    private readonly ITokenizer _tokenizer;
    private readonly ClipGradient _gradient;

    /// <param name="image">Owned from now on.</param>
    /// <param name="text">Owned from now on.</param>
    /// <param name="tokenizer">What the text encoder was trained with.</param>
    /// <param name="logitScale">What cosines are multiplied by before their gradient is taken.</param>
    public ClipModel(ClipImageEncoder image, ClipTextEncoder text, ITokenizer tokenizer, double logitScale)
    {
        _image = image;
        _text = text;
        _tokenizer = tokenizer;
        _gradient = new ClipGradient(image, logitScale);
    }

    /// <summary>Loads both encoders.</summary>
    /// <param name="models">The set.</param>
    /// <param name="runtime">Where they run.</param>
    /// <param name="warn">Told what is odd about the weights; <c>null</c> for nobody.</param>
    /// <exception cref="UsageException">The set has no CLIP.</exception>
    /// <exception cref="CheckpointException">Weights are missing or refused.</exception>
    /// <exception cref="ResourceException">There is too little memory for them.</exception>
    public static ClipModel Load(ModelSet models, TorchRuntime runtime, Action<string>? warn = null)
    {
        var (image, text) = SettingsOf(models);
        using var imageWeights = models.OpenWeights(ImageNetwork);
        using var textWeights = models.OpenWeights(TextNetwork);
        var judge = Build(image, text, TokenizerOf(models, text.Tokenizer), runtime);
        try
        {
            ModuleLoader.Load(judge._image, ImageNetwork, imageWeights);
            ModuleLoader.Load(judge._text, TextNetwork, textWeights);
            foreach (string notice in imageWeights.Notices().Concat(textWeights.Notices()))
                warn?.Invoke(notice);
        }
        catch
        {
            judge.Dispose();
            throw;
        }
        return judge;
    }

    /// <summary>Both encoders with weights from a formula, for measurements; all prompts are the same to it.</summary>
    /// <exception cref="UsageException">The set has no CLIP.</exception>
    /// <exception cref="ResourceException">There is too little memory for it.</exception>
    public static ClipModel OfSameSize(ModelSet models, TorchRuntime runtime)
    {
        var (image, text) = SettingsOf(models);
        var judge = Build(image, text, new OneToken(), runtime);
        SyntheticWeights.Fill(judge._image);
        SyntheticWeights.Fill(judge._text);
        return judge;
    }

    /// <summary>Whether the weights of both encoders are on this machine.</summary>
    /// <exception cref="UsageException">The set has no CLIP.</exception>
    public static bool HasWeights(ModelSet models) => Networks.All(network => models.FindWeights(network) is not null);

    /// <summary>Embeddings of prompts, [N, E]; the caller disposes them.</summary>
    /// <param name="prompts">Prompts.</param>
    /// <param name="warn">Hears of those that are too long.</param>
    public Tensor Read(IReadOnlyList<string> prompts, Action<string>? warn = null)
    {
        using var scope = NewDisposeScope();
        int context = _text.Config.TextContext;
        var sequences = prompts.Select(prompt => _tokenizer.Tokenize(prompt, context)).ToArray();
        foreach (var cut in sequences.Select(sequence => sequence.Cut).OfType<PromptCut>())
            warn?.Invoke(cut.Message());
        // One by one, so that an embedding does not depend on the other prompts.
        var rows = sequences.Select(sequence =>
            _text.call(tensor(sequence.Ids.ToArray(), [1, context]), tensor([(long)sequence.Length])));
        return cat([.. rows], dim: 0).MoveToOuterDisposeScope();
    }

    /// <summary>The scaled gradient for images with these prompts, row by row.</summary>
    /// <param name="texts">From <see cref="Read"/>; stays the caller's and must outlive the function.</param>
    /// <param name="scale">Strength of the guidance.</param>
    /// <exception cref="UsageException">CLIP sees images of another size.</exception>
    public Func<Tensor, Tensor, Tensor> Towards(Tensor texts, double scale) => (x, timestep) =>
    {
        CheckSize(x, "guide", "use --guidance cfg");
        using var scope = NewDisposeScope();
        var timesteps = DeviceCopies.To(timestep, x.device);
        if (x.device.type != DeviceType.CPU)
            return _gradient.Gradient(x, timesteps, texts, scale).MoveToOuterDisposeScope();
        // MKL sums in another order for another number of rows: alone, an image is guided as it is among others.
        var rows = Enumerable.Range(0, (int)x.shape[0])
            .Select(row => _gradient.Gradient(x.narrow(0, row, 1), timesteps.narrow(0, row, 1), texts.narrow(0, row, 1),
                scale));
        return cat([.. rows], dim: 0).MoveToOuterDisposeScope();
    };

    /// <summary>The cosine of every noisy image with its own prompt.</summary>
    /// <param name="x">Noisy images, [N, 3, S, S].</param>
    /// <param name="timestep">How noisy they are, in the numbering of the trained steps; fractions are rounded.</param>
    /// <param name="prompts">One an image.</param>
    /// <exception cref="UsageException">CLIP sees images of another size.</exception>
    public double[] ScoresOfNoisy(Tensor x, double timestep, IReadOnlyList<string> prompts)
    {
        CheckSize(x, "judge the noisy images of", "leave --cull out");
        using var scope = NewDisposeScope();
        var texts = Read(prompts);
        var whole = tensor([(long)Math.Round(timestep, MidpointRounding.AwayFromZero)], device: _image.Device);
        // Row by row, so that a score does not depend on the batch.
        return [.. prompts.Select((_, row) => (double)ClipScore.Cosines(_image.call(x.narrow(0, row, 1), whole),
            texts.narrow(0, row, 1)).item<float>())];
    }

    /// <summary>The cosine of every clean image with every prompt.</summary>
    /// <param name="images">Of any size; they are scaled to what CLIP sees.</param>
    /// <param name="prompts">Prompts.</param>
    /// <param name="warn">Hears of prompts that are too long.</param>
    /// <returns>One row an image, one column a prompt.</returns>
    public double[][] Scores(IReadOnlyList<RgbImage> images, IReadOnlyList<string> prompts, Action<string>? warn = null)
    {
        using var scope = NewDisposeScope();
        var texts = Read(prompts, warn);
        int size = _image.Config.ImageSize;
        var rows = new double[images.Count][];
        for (int row = 0; row < rows.Length; row++)
        {
            using var one = NewDisposeScope();
            var image = images[row].Width == size && images[row].Height == size
                ? images[row]
                : Resizing.Bicubic(images[row], size, size);
            var x = ImageTensors.ToTensor(image).to(_image.Device);                        // [1, 3, S, S]
            var clean = zeros([1], dtype: ScalarType.Int64, device: _image.Device);
            var seen = _image.call(x, clean);                                                // [1, E]
            // One by one, so that a score does not depend on the other prompts.
            rows[row] = [.. prompts.Select((_, column) =>
                (double)ClipScore.Cosines(seen, texts.narrow(0, column, 1)).item<float>())];
        }
        return rows;
    }

    /// <summary>The cosine of every clean image with its own prompt.</summary>
    public double[] ScoresOfPairs(IReadOnlyList<RgbImage> images, IReadOnlyList<string> prompts)
    {
        var distinct = prompts.Distinct().ToList();
        double[][] all = Scores(images, distinct);
        return [.. prompts.Select((prompt, row) => all[row][distinct.IndexOf(prompt)])];
    }

    public void Dispose()
    {
        _image.Dispose();
        _text.Dispose();
    }

    private void CheckSize(Tensor x, string purpose, string remedy)
    {
        int size = _image.Config.ImageSize;
        if (x.shape[^1] == size && x.shape[^2] == size)
            return;
        throw new UsageException(string.Create(CultureInfo.InvariantCulture,
            $"CLIP cannot {purpose} this network; it sees {size}×{size} images and the network makes "
                + $"{x.shape[^1]}×{x.shape[^2]} ones; {remedy}"));
    }

    private static (ClipImageConfig Image, ClipTextEntry Text) SettingsOf(ModelSet models) => (
        models.Network(ImageNetwork).ClipImage ?? throw NoClip(models, ImageNetwork),
        models.Network(TextNetwork).ClipText ?? throw NoClip(models, TextNetwork));

    private static ClipModel Build(ClipImageConfig image, ClipTextConfig text, ITokenizer tokenizer,
        TorchRuntime runtime)
    {
        if (!runtime.IsCuda)
        {
            using var imageShapes = new ClipImageEncoder(image, META);
            using var textShapes = new ClipTextEncoder(text, META);
            MemoryBudget.Require("the networks of CLIP", MemoryBudget.NeededFor(imageShapes)
                + MemoryBudget.NeededFor(textShapes));
        }
        return new ClipModel(new ClipImageEncoder(image, runtime.Device), new ClipTextEncoder(text, runtime.Device),
            tokenizer, image.LogitScale);
    }

    /// <summary>The tokenizer that a set's text encoder was trained with.</summary>
    /// <exception cref="CheckpointException">Its file of merges is missing.</exception>
    public static ITokenizer TokenizerOf(ModelSet models, TokenizerSettings settings)
    {
        if (settings is { Kind: TokenizerSettings.GlideBpe, Start: { } start, End: { } end })
            return new FramedGlideTokenizer(GlideTokenizer.Load(), start, end);
        string path = models.PathOf(settings.Merges ?? throw new CheckpointException(
            $"model set '{models.Name}' does not say how its CLIP reads prompts; its {ModelSet.FileName} needs start "
                + $"and end ids with '{TokenizerSettings.GlideBpe}', or merges with '{TokenizerSettings.ClipBpe}'"));
        using var merges = File.OpenRead(path);
        return ClipTokenizer.Load(merges);
    }

    private static UsageException NoClip(ModelSet models, string network) =>
        new($"network '{network}' of model set '{models.Name}' is no CLIP encoder; its {ModelSet.FileName} gives it "
            + $"no \"clip_image\" or \"clip_text\"; choose another set with --model");

    /// <summary>Reads every prompt as one token, which each vocabulary has.</summary>
    private sealed class OneToken : ITokenizer
    {
        public IReadOnlyList<int> Encode(string prompt) => [0];

        public TokenSequence Tokenize(string prompt, int textContext) =>
            TokenSequence.Pad(Encode(prompt), textContext, padding: 0, cut: null);
    }
}
