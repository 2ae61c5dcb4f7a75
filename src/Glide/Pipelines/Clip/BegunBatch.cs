using Glide.Diffusion;

namespace Glide.Pipelines.Clip;

/// <summary>Pictures that rest on their way through the base, with their scores there. Owns what it is made from.</summary>
internal sealed class BegunBatch(PictureRequest[] requests, int[] numbers, NoiseSource noise, RestingPictures resting, double[] scores, TimeSpan time) : IDisposable
{
    private bool _ownsNoise = true;

    /// <summary>What the pictures shall be.</summary>
    public PictureRequest[] Requests { get; private set; } = requests;

    /// <summary>Which of the run's requests they are, from 0.</summary>
    public int[] Numbers { get; private set; } = numbers;

    /// <summary>Their generators.</summary>
    public NoiseSource Noise => noise;

    /// <summary>The pictures.</summary>
    public RestingPictures Resting => resting;

    /// <summary>CLIP's scores of the noisy pictures.</summary>
    public double[] Scores { get; private set; } = scores;

    /// <summary>What they have taken so far.</summary>
    public TimeSpan Time => time;

    /// <summary>Drops the pictures that are not named.</summary>
    public void Keep(int[] rows)
    {
        Requests = [.. rows.Select(row => Requests[row])];
        Numbers = [.. rows.Select(row => Numbers[row])];
        Scores = [.. rows.Select(row => Scores[row])];
        noise.Keep(rows);
        resting.Keep(rows);
    }

    /// <summary>The generators, which the caller owns from now on.</summary>
    public NoiseSource TakeNoise()
    {
        _ownsNoise = false;
        return noise;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        resting.Dispose();
        if (_ownsNoise)
            noise.Dispose();
    }
}
