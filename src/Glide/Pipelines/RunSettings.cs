using System.Text.Json;

namespace Glide.Pipelines;

/// <summary>Everything beside prompt and seed that a picture depends on.</summary>
public sealed record RunSettings
{
    /// <summary>Name of the model set.</summary>
    public required string Model { get; init; }

    /// <summary>One hash for the networks that take part.</summary>
    public required string ModelHash { get; init; }

    /// <summary>The program's version.</summary>
    public required string Version { get; init; }

    /// <summary>Device, such as <c>cpu</c>.</summary>
    public required string Device { get; init; }

    /// <summary>Number type of the torso.</summary>
    public required string Dtype { get; init; }

    /// <summary>The recipe.</summary>
    public required Recipe Recipe { get; init; }

    /// <summary>One JSON object.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, PictureJson.Default.RunSettings);
}
