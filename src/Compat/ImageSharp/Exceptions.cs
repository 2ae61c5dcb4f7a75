namespace SixLabors.ImageSharp;

/// <summary>A picture cannot be decoded.</summary>
public class ImageFormatException : Exception
{
    internal ImageFormatException(string errorMessage, Exception? innerException = null)
        : base(errorMessage, innerException)
    {
    }
}

/// <summary>The first bytes are of no format that is read here.</summary>
public sealed class UnknownImageFormatException : ImageFormatException
{
    public UnknownImageFormatException(string errorMessage)
        : base(errorMessage)
    {
    }
}

/// <summary>The format is known, the content is cut, corrupt or of a kind that is not decoded.</summary>
public sealed class InvalidImageContentException : ImageFormatException
{
    public InvalidImageContentException(string errorMessage)
        : base(errorMessage)
    {
    }

    public InvalidImageContentException(string errorMessage, Exception innerException)
        : base(errorMessage, innerException)
    {
    }
}
