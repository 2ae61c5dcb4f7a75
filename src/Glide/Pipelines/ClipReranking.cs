using System.Globalization;

namespace Glide.Pipelines.Clip;

/// <summary>Drops the worst of each prompt's candidates while they are still noisy, by CLIP's score.</summary>
/// <param name="Share">How many of them, 0 to 1, both excluded; parts of a picture are not dropped.</param>
/// <param name="At">When: the part of the base's steps that is done, 0 to 1, both excluded.</param>
public sealed record Culling(double Share, double At)
{
    // 0.29 · 100 is a little below 29 in binary; that must not keep a picture.
    private const double Rounding = 1e-9;

    /// <summary>Reads "SHARE@AT".</summary>
    /// <exception cref="UsageException">The text is none.</exception>
    public static Culling Parse(string text)
    {
        string[] parts = text.Trim().Split('@');
        if (parts.Length == 2 && TryParse(parts[0], out double share) && TryParse(parts[1], out double at))
            return new Culling(share, at);
        throw new UsageException($"culling '{text}' is not understood; allowed is SHARE@AT, both between 0 and 1, such as 0.5@0.4: half of the candidates when 40 % of the steps are done");

        static bool TryParse(string part, out double value) =>
            double.TryParse(part, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out value) && value is > 0 and < 1;
    }

    /// <summary>How many of so many candidates stay.</summary>
    public int Kept(int candidates) => candidates - (int)Math.Floor(Share * candidates + Rounding);

    /// <summary>How many of the base's steps are left when pictures are dropped; at least one is made before.</summary>
    /// <exception cref="UsageException">There is one step only.</exception>
    internal int StepsLeft(int steps) => steps < 2
        ? throw new UsageException($"candidates cannot be culled on the way; the base takes {steps} step; allowed are 2 or more; give more --steps or leave --cull out")
        : steps - Math.Clamp((int)Math.Round(At * steps, MidpointRounding.ToEven), 1, steps - 1);

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Share}@{At}");

    /// <summary>Takes the pictures that are dropped out of the batches; of equal scores the earlier picture stays.</summary>
    internal void Apply(IReadOnlyList<BegunBatch> batches)
    {
        var kept = batches
            .SelectMany(batch => batch.Requests.Select((request, row) => (Batch: batch, Row: row, request.Prompt, Score: batch.Scores[row])))
            .GroupBy(candidate => candidate.Prompt)
            .SelectMany(candidates => candidates.OrderByDescending(candidate => candidate.Score).Take(Kept(candidates.Count())))
            .ToLookup(candidate => candidate.Batch, candidate => candidate.Row);
        foreach (var batch in batches)
            batch.Keep([.. kept[batch].Order()]);
    }
}
