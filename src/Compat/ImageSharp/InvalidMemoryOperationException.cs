namespace SixLabors.ImageSharp.Memory;

/// <summary>There is not enough memory for the pixels.</summary>
public class InvalidMemoryOperationException : InvalidOperationException
{
    public InvalidMemoryOperationException(string message)
        : base(message)
    {
    }
}
