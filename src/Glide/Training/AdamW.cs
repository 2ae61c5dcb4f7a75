using Glide.Runtime;
using static TorchSharp.torch;

namespace Glide.Training;

/// <summary>Adam with decoupled weight decay. Loshchilov &amp; Hutter 2019, algorithm 2.</summary>
/// <remarks>
/// TorchSharp's own optimizer passes libtorch numbers that the garbage collector may have freed (see
/// <see cref="TensorMath"/>), and goes through the parameters one by one: for the mini base 1,500 small operations a
/// step instead of 16.
/// </remarks>
/// <param name="weights">What is trained; stays the caller's.</param>
/// <param name="settings">β₁, β₂ and decay.</param>
internal sealed class AdamW(FlatWeights weights, AdamWSettings settings) : IDisposable
{
    /// <summary>Running mean of the gradients, [P].</summary>
    public Tensor Mean { get; } = zeros_like(weights.Values).DetachFromDisposeScope();

    /// <summary>Running mean of their squares, [P].</summary>
    public Tensor Square { get; } = zeros_like(weights.Values).DetachFromDisposeScope();

    /// <summary>Steps made so far.</summary>
    public long Steps { get; set; }

    /// <summary>Moves the weights by their gradients.</summary>
    /// <param name="rate">Learning rate.</param>
    /// <param name="factor">On the gradients.</param>
    public void Step(double rate, double factor = 1)
    {
        using var frozen = no_grad();
        using var scope = NewDisposeScope();
        Steps++;
        foreach (var piece in weights.Pieces())
            Step(piece, rate, factor);
        weights.Publish();
    }

    public void Dispose()
    {
        Mean.Dispose();
        Square.Dispose();
    }

    private void Step(WeightPiece piece, double rate, double factor)
    {
        using var scope = NewDisposeScope();
        var value = piece.Of(weights.Values);
        var gradient = piece.Gradient.to(ScalarType.Float32);
        var mean = piece.Of(Mean).TimesInPlace(settings.Beta1)
            .PlusInPlace(gradient, factor * (1 - settings.Beta1));
        var square = piece.Of(Square).TimesInPlace(settings.Beta2)
            .PlusProductInPlace(gradient, gradient, factor * factor * (1 - settings.Beta2));
        if (piece.Decays)
            value.TimesInPlace(1 - (rate * settings.Decay));
        double meanBias = 1 - Math.Pow(settings.Beta1, Steps), squareBias = 1 - Math.Pow(settings.Beta2, Steps);
        var deviation = square.sqrt().Over(Math.Sqrt(squareBias)).Plus(settings.Epsilon);
        value.PlusQuotientInPlace(mean, deviation, -rate / meanBias);
    }
}

/// <summary>The constants of <see cref="AdamW"/>.</summary>
/// <param name="Beta1">Share of the old mean of gradients.</param>
/// <param name="Beta2">Share of the old mean of squares.</param>
/// <param name="Decay">Part of a weight that decays in a step, times the learning rate.</param>
internal sealed record AdamWSettings(double Beta1 = 0.9, double Beta2 = 0.999, double Decay = 0.01)
{
    /// <summary>Keeps the quotient finite where gradients are zero.</summary>
    public double Epsilon { get; init; } = 1e-8;
}
