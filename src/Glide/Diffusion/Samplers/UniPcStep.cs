namespace Glide.Diffusion.Samplers;

/// <summary>The weights of one UniPC step.</summary>
/// <remarks>Zhao et al. 2023, eq. 5 to 9, for data prediction: h is replaced by −h. Weights include −α′·B(h)/r.</remarks>
internal sealed class UniPcStep
{
    /// <summary>Solves for the weights.</summary>
    /// <param name="ratios">r of the older predictions, newest first: (λ there − λ here) / h, all negative.</param>
    /// <param name="h">λ at the end − λ here.</param>
    /// <param name="alphaNext">α at the end.</param>
    /// <param name="variant">Which B(h).</param>
    public UniPcStep(double[] ratios, double h, double alphaNext, UniPcVariant variant)
    {
        int order = ratios.Length + 1;
        double b = variant == UniPcVariant.B1 ? -h : Math.Exp(-h) - 1;
        double[] points = [.. ratios, 1];
        double[] moments = Moments(order, -h, b);
        double[] corrector = order == 1 ? [0.5] : Solve(points, moments);
        // With one older prediction every ρ has the right order; 1/2 is the paper's choice.
        double[] predictor = order switch
        {
            1 => [],
            2 => [0.5],
            _ => Solve(ratios, moments[..^1]),
        };

        PredictorWeights = [.. predictor.Select((rho, i) => -alphaNext * b * rho / ratios[i])];
        CorrectorWeights = [.. corrector.Take(order - 1).Select((rho, i) => -alphaNext * b * rho / ratios[i])];
        CorrectorNewWeight = -alphaNext * b * corrector[^1];
    }

    /// <summary>The predictor's weights of (older − newest), newest first.</summary>
    public IReadOnlyList<double> PredictorWeights { get; }

    /// <summary>The corrector's weights of the same differences.</summary>
    public IReadOnlyList<double> CorrectorWeights { get; }

    /// <summary>The corrector's weight of (prediction at the end − newest).</summary>
    public double CorrectorNewWeight { get; }

    // n!·φ_(n+1)(h)/B(h), φ_1 = (e^h − 1)/h, φ_(n+1) = (φ_n − 1/n!)/h, all times h as the paper's b is.
    private static double[] Moments(int count, double h, double b)
    {
        double[] moments = new double[count];
        double phi = ((Math.Exp(h) - 1) / h) - 1;
        double factorial = 1;
        for (int n = 1; n <= count; n++)
        {
            factorial *= n;
            moments[n - 1] = phi * factorial / b;
            phi = (phi / h) - (1 / (factorial * (n + 1)));
        }

        return moments;
    }

    // Σ_i ρ_i·r_i^(k) = moment_k for k = 0, 1, …; at most 3 unknowns, Gauss with pivots.
    private static double[] Solve(double[] points, double[] moments)
    {
        int size = points.Length;
        double[][] rows = [.. Enumerable.Range(0, size)
            .Select(k => points.Select(point => Math.Pow(point, k)).Append(moments[k]).ToArray())];
        for (int column = 0; column < size; column++)
        {
            int pivot = Enumerable.Range(column, size - column).MaxBy(row => Math.Abs(rows[row][column]));
            (rows[column], rows[pivot]) = (rows[pivot], rows[column]);
            for (int row = 0; row < size; row++)
            {
                if (row == column)
                    continue;
                double factor = rows[row][column] / rows[column][column];
                for (int k = column; k <= size; k++)
                    rows[row][k] -= factor * rows[column][k];
            }
        }

        return [.. Enumerable.Range(0, size).Select(row => rows[row][size] / rows[row][row])];
    }
}
