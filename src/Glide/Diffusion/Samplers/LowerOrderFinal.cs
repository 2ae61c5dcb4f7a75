namespace Glide.Diffusion.Samplers;

/// <summary>In runs of few steps the order of a multistep solver falls towards the end, to 1 in the step to step 0.</summary>
/// <remarks>
/// lower_order_final of Lu et al. 2022 and Zhao et al. 2023: where few steps must cover the noise, the last ones are so long
/// in λ that extrapolating over them costs more than it gains, and no later step can mend it.
/// </remarks>
internal static class LowerOrderFinal
{
    private const int FewSteps = 10;

    /// <summary>The order of a step.</summary>
    /// <param name="order">The solver's.</param>
    /// <param name="step">The step, 1 or above; step 0 ends at the prediction itself.</param>
    /// <param name="count">How many steps the run has.</param>
    public static int Of(int order, int step, int count) => count > FewSteps ? order : Math.Min(order, step);
}
