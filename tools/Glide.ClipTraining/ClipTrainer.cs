using System.Globalization;
using Glide.Diffusion;
using Glide.Models.Clip;
using Glide.Shapes;
using Glide.Tokenizers;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Glide.ClipTraining;

/// <summary>
/// Teaches both encoders which caption belongs to which noisy image (Radford et al. 2021, section 2.3).
/// </summary>
internal sealed class ClipTrainer : IDisposable
{
    /// <summary>Id before a caption: the first that GLIDE's tokenizer never gives.</summary>
    public const int StartId = 50257;

    /// <summary>Id behind a caption: GLIDE's own end of text.</summary>
    public const int EndId = 50256;

    private const int Seed = 20211220;
    private const int Batch = 96;
    private const int Context = 24;             // of the finished text encoder
    private const int TrainedContext = 14;      // the longest caption has 12 tokens
    private const int Vocabulary = 50258;
    private const int Timesteps = 1000;
    private const int Warmup = 30;
    private const double PeakRate = 3e-3;

    // Cosines are multiplied by this at the end, and model.json says so too; a start that is less sure of itself learns
    // sooner.
    private const double LogitScale = 30;
    private const double FirstLogitScale = 8;

    // The easy comes first: one shape under little noise.
    private const double PartWithOneShape = 0.12;
    private const double FirstTimesteps = 0.3;

    // Too few images are seen for each timestep's own row: every 27th is learned, and those between lie on straight
    // lines.
    private const int RowSpacing = 27;

    private readonly int _steps;
    private readonly Random _random = new(Seed);
    private readonly Generator _generator = new(Seed);
    private readonly FramedGlideTokenizer _tokenizer = new(GlideTokenizer.Load(), StartId, EndId);
    private readonly int[] _usedIds;
    private readonly Dictionary<long, long> _rowOfId = [];
    private readonly ClipImageEncoder _image;
    private readonly ClipTextEncoder _text;
    private readonly double[] _alphaBars;

    /// <param name="steps">Batches of images that are seen.</param>
    public ClipTrainer(int steps)
    {
        _steps = steps;
        _image = new ClipImageEncoder(
            new ClipImageConfig
            {
                ImageSize = ShapeImage.Side,
                PatchSize = 8,
                Width = 64,
                Layers = 2,
                Heads = 2,
                EmbeddingWidth = 64
            }, CPU);
        // Words at the start of a prompt and behind a space have ids of their own.
        _usedIds = [0, StartId, EndId, .. ShapeImage.Words.Split(' ')
            .SelectMany(word => _tokenizer.Encode(word).Concat(_tokenizer.Encode($"a {word}"))).Distinct()
            .Where(id => id != EndId && id != 0)];
        for (int row = 0; row < _usedIds.Length; row++)
            _rowOfId.Add(_usedIds[row], row);
        _text = new ClipTextEncoder(
            new ClipTextConfig
            {
                Vocabulary = _usedIds.Length,
                TextContext = TrainedContext,
                Width = 64,
                Layers = 1,
                Heads = 2,
                EmbeddingWidth = 64
            }, CPU);
        ClipInitialization.Initialize(_image, _generator);
        ClipInitialization.Initialize(_text, _generator);
        double product = 1;
        _alphaBars = [.. BetaTable.SquaredCosine(Timesteps).Select(beta => product *= 1 - beta)];
    }

    /// <summary>Trains; the report gets a line now and then.</summary>
    public void Train(Action<string> report)
    {
        Parameter[] parameters = [.. _image.parameters(), .. _text.parameters()];
        using var optimizer = optim.AdamW(parameters, PeakRate, beta2: 0.98, weight_decay: 0.02);
        double sum = 0, right = 0;
        for (int step = 0; step < _steps; step++)
        {
            double rate = PeakRate * Math.Min(1, (step + 1.0) / Warmup)
                * (0.5 + 0.5 * Math.Cos(Math.PI * step / _steps));
            foreach (var group in optimizer.ParamGroups)
                group.LearningRate = rate;
            var (loss, correct) = Step(optimizer, (double)step / _steps);
            sum += loss;
            right += correct;
            if ((step + 1) % 25 == 0)
            {
                report(string.Create(CultureInfo.InvariantCulture,
                    $"{step + 1} steps: loss {sum / 25:F3}, right caption first {right / 25:P0}"));
                sum = right = 0;
            }
        }
    }

    /// <summary>The finished image encoder's weights by their published names.</summary>
    public IEnumerable<(string Name, Tensor Value)> ImageWeights() => _image.named_parameters()
        .Select(named => (named.name, named.name == "blocks.input.w_t"
            ? Interpolated(named.parameter)
            : named.parameter));

    /// <summary>The finished text encoder's weights; what no caption uses is zero.</summary>
    public IEnumerable<(string Name, Tensor Value)> TextWeights() => _text.named_parameters()
        .Select(named => (named.name, named.name switch
        {
            "blocks.input.w_voc" => Spread(named.parameter, Vocabulary, _usedIds),
            "blocks.input.w_pos" => Spread(named.parameter, Context, [.. Enumerable.Range(0, TrainedContext)]),
            _ => named.parameter,
        }));

    /// <inheritdoc/>
    public void Dispose()
    {
        _image.Dispose();
        _text.Dispose();
        _generator.Dispose();
    }

    private (double Loss, double Correct) Step(optim.Optimizer optimizer, double progress)
    {
        using var scope = NewDisposeScope();
        var images = Enumerable.Range(0, Batch).Select(_ =>
            ShapeImage.Random(_random, withTwo: progress > PartWithOneShape)).ToArray();
        var captions = images.Select(image => image.Caption).Distinct().ToArray();
        long[] rightCaption = [.. images.Select(image => (long)Array.IndexOf(captions, image.Caption))];
        var image = Embed(images, Math.Min(1, FirstTimesteps + 2 * progress));                     // [N, E]
        var text = Embed(captions);                                                                // [M, E]
        // [N, M]
        var logits = ClipScore.Cosines(image, text)
            * (FirstLogitScale + (LogitScale - FirstLogitScale) * Math.Min(1, 2 * progress));
        // From captions to images every image with that caption is right in equal parts.
        var belongs = nn.functional.one_hot(tensor(rightCaption), captions.Length).to(ScalarType.Float32);   // [N, M]
        var shares = (belongs / belongs.sum(0, keepdim: true)).transpose(0, 1);
        var loss = (nn.functional.cross_entropy(logits, tensor(rightCaption))
            + nn.functional.cross_entropy(logits.transpose(0, 1), shares)) / 2;
        optimizer.zero_grad();
        loss.backward();
        nn.utils.clip_grad_norm_([.. _image.parameters(), .. _text.parameters()], 1);
        optimizer.step();
        double correct = logits.argmax(1).eq(tensor(rightCaption)).to(ScalarType.Float32).mean().item<float>();
        return (loss.item<float>(), correct);
    }

    private Tensor Embed(ShapeImage[] images, double noisiest)
    {
        // More of the little noisy ones: only there small things can be seen.
        int[] timesteps = [.. images.Select(_ => (int)(noisiest * Timesteps * Math.Pow(_random.NextDouble(), 1.5)))];
        var clean = tensor(images.SelectMany(image => image.Pixels).ToArray(),
            [images.Length, 3, ShapeImage.Side, ShapeImage.Side]);
        var kept = PerImage(timesteps, t => Math.Sqrt(_alphaBars[t]));
        var added = PerImage(timesteps, t => Math.Sqrt(1 - _alphaBars[t]));
        var noisy = clean * kept + randn(clean.shape, generator: _generator) * added;
        long[] rows = [.. timesteps.Select(t => (long)Math.Round((double)t / RowSpacing) * RowSpacing)];
        return _image.call(noisy, tensor(rows));
    }

    private Tensor Embed(string[] captions)
    {
        var sequences = captions.Select(caption => _tokenizer.Tokenize(caption, TrainedContext)).ToArray();
        long[] rows = [.. sequences.SelectMany(sequence => sequence.Ids).Select(id => _rowOfId[id])];
        long[] lengths = [.. sequences.Select(sequence => (long)sequence.Length)];
        return _text.call(tensor(rows, [captions.Length, TrainedContext]), tensor(lengths));
    }

    private static Tensor PerImage(int[] timesteps, Func<int, double> value) =>
        tensor(timesteps.Select(t => (float)value(t)).ToArray(), [timesteps.Length, 1, 1, 1]);

    private static Tensor Interpolated(Tensor rows)
    {
        using var noGradient = no_grad();
        return stack(Enumerable.Range(0, Timesteps).Select(t =>
        {
            int before = t / RowSpacing * RowSpacing;
            double share = (double)(t - before) / RowSpacing;
            return share == 0 ? rows[t] : rows[before] * (1 - share) + rows[before + RowSpacing] * share;
        }).ToArray());
    }

    private static Tensor Spread(Tensor rows, int count, int[] places)
    {
        using var noGradient = no_grad();
        var spread = zeros(count, rows.shape[1]);
        for (int row = 0; row < places.Length; row++)
            spread[places[row]].copy_(rows[row]);
        return spread;
    }
}
