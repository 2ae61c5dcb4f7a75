namespace SixLabors.ImageSharp.Formats;

/// <summary>How pictures are read.</summary>
public sealed class DecoderOptions
{
    private readonly uint _maxFrames = int.MaxValue;

    /// <summary>Leaves text and EXIF unread.</summary>
    public bool SkipMetadata { get; init; }

    /// <summary>Frames of an animation to read, at least 1. The stand-in reads the first one, whatever is asked.</summary>
    public uint MaxFrames
    {
        get => _maxFrames;
        init => _maxFrames = Math.Clamp(value, 1, int.MaxValue);
    }
}
