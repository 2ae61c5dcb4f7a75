namespace Glide.Models.UNet;

/// <summary>How a residual block changes height and width.</summary>
internal enum Resample
{
    /// <summary>Not at all.</summary>
    None,

    /// <summary>Half of each: the mean of 2×2 pixels.</summary>
    Down,

    /// <summary>Twice each: every pixel four times.</summary>
    Up,
}
