namespace SixLabors.ImageSharp.PixelFormats;

/// <summary>A pixel of any kind.</summary>
public interface IPixel
{
}

/// <summary>A pixel type that pictures are made of.</summary>
public interface IPixel<TSelf> : IPixel, IEquatable<TSelf>
    where TSelf : unmanaged, IPixel<TSelf>
{
}
