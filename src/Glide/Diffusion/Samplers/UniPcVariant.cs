namespace Glide.Diffusion.Samplers;

/// <summary>The function B(h) of UniPC; both have the same order.</summary>
internal enum UniPcVariant
{
    /// <summary>B(h) = h.</summary>
    B1,

    /// <summary>B(h) = e^h − 1.</summary>
    B2,
}
