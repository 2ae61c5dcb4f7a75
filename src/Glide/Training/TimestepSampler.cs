namespace Glide.Training;

/// <summary>Chooses the timesteps that a batch is trained at.</summary>
/// <remarks>
/// <c>uniform</c>: all alike. <c>logit-normal</c>: more in the middle, without weights (Esser et al. 2024, section
/// 3.1). <c>loss-aware</c>: in proportion to the root mean square of the last ten losses at a timestep, weighted so
/// that the expected loss stays the same (Nichol &amp; Dhariwal 2021, section 3.3).
/// </remarks>
internal sealed class TimestepSampler
{
    /// <summary>The kind that remembers losses.</summary>
    public const string LossAware = "loss-aware";

    private const int HistoryLength = 10;

    // Part of the draws that stays uniform, so that no timestep is forgotten.
    private const double UniformPart = 0.001;

    private readonly double[] _probabilities;
    private readonly bool _isLossAware;

    /// <param name="kind">One of <see cref="Kinds"/>.</param>
    /// <param name="count">Trained steps.</param>
    public TimestepSampler(string kind, int count)
    {
        _isLossAware = kind == LossAware;
        _probabilities = new double[count];
        for (int t = 0; t < count; t++)
            _probabilities[t] = kind == Kinds[1] ? LogitNormal((t + 0.5) / count) : 1;
        Normalize();
        History = new float[_isLossAware ? count * HistoryLength : 0];
        Seen = new int[_isLossAware ? count : 0];
    }

    /// <summary>The kinds by name.</summary>
    public static IReadOnlyList<string> Kinds { get; } = ["uniform", "logit-normal", LossAware];

    /// <summary>Trained steps.</summary>
    public int Count => _probabilities.Length;

    /// <summary>The last losses at each timestep, oldest first; empty unless loss-aware.</summary>
    public float[] History { get; }

    /// <summary>How many losses of <see cref="History"/> are known at each timestep.</summary>
    public int[] Seen { get; }

    /// <summary>Draws timesteps and the weight of the loss at each.</summary>
    public TimestepDraw Draw(int count, StepRandom random)
    {
        if (_isLossAware)
            Update();
        var timesteps = new long[count];
        var weights = new float[count];
        for (int i = 0; i < count; i++)
        {
            double left = random.Unit();
            int t = 0;
            while (t < _probabilities.Length - 1 && left >= _probabilities[t])
                left -= _probabilities[t++];
            timesteps[i] = t;
            weights[i] = _isLossAware ? (float)(1 / (_probabilities.Length * _probabilities[t])) : 1;
        }
        return new TimestepDraw(timesteps, weights);
    }

    /// <summary>Remembers losses for later draws.</summary>
    public void Observe(IReadOnlyList<long> timesteps, IReadOnlyList<float> losses)
    {
        if (!_isLossAware)
            return;
        for (int i = 0; i < timesteps.Count; i++)
        {
            int t = (int)timesteps[i];
            var history = History.AsSpan(t * HistoryLength, HistoryLength);
            if (Seen[t] == HistoryLength)
                history[1..].CopyTo(history);
            else
                Seen[t]++;
            history[Seen[t] - 1] = losses[i];
        }
    }

    // Until every timestep has its history, all are alike.
    private void Update()
    {
        if (Seen.Any(seen => seen < HistoryLength))
            return;
        for (int t = 0; t < _probabilities.Length; t++)
        {
            double squares = 0;
            foreach (float loss in History.AsSpan(t * HistoryLength, HistoryLength))
                squares += (double)loss * loss;
            _probabilities[t] = Math.Sqrt(squares / HistoryLength);
        }
        Normalize();
        for (int t = 0; t < _probabilities.Length; t++)
            _probabilities[t] = (_probabilities[t] * (1 - UniformPart)) + (UniformPart / _probabilities.Length);
    }

    private void Normalize()
    {
        double sum = _probabilities.Sum();
        for (int t = 0; t < _probabilities.Length; t++)
            _probabilities[t] /= sum;
    }

    private static double LogitNormal(double u)
    {
        double logit = Math.Log(u / (1 - u));
        return Math.Exp(-logit * logit / 2) / (u * (1 - u));
    }
}

/// <summary>Timesteps of a batch.</summary>
/// <param name="Timesteps">That of each image.</param>
/// <param name="Weights">Weight of the loss of each image.</param>
internal sealed record TimestepDraw(long[] Timesteps, float[] Weights);
