using System.Diagnostics;

namespace Glide.Models;

/// <summary>Where the layers say what kind of work they begin and end, for whoever measures. It costs next to nothing while nobody does.</summary>
internal static class Operations
{
    /// <summary>Name of the source that announces the operations.</summary>
    public const string SourceName = "Glide.Operations";

    private static readonly ActivitySource s_source = new(SourceName);

    /// <summary>k×k convolutions.</summary>
    public static Activity? Convolution() => s_source.StartActivity("convolution");

    /// <summary>GroupNorm and LayerNorm with what is joined to them.</summary>
    public static Activity? Normalization() => s_source.StartActivity("normalisation");

    /// <summary>Products of queries, keys and values, and the softmax between them.</summary>
    public static Activity? Attention() => s_source.StartActivity("attention");

    /// <summary>Linear layers, those over the channels of pixels included.</summary>
    public static Activity? Linear() => s_source.StartActivity("linear");

    /// <summary>Changes of height and width.</summary>
    public static Activity? Resampling() => s_source.StartActivity("resampling");

    /// <summary>The text transformer with every operation in it, and the keys and values made from its output.</summary>
    public static Activity? Text() => s_source.StartActivity("text");
}
