namespace Glide.Devices;

/// <summary>Says once why a GPU is told its work the plain way.</summary>
/// <param name="fault">What is missing; <c>null</c> for nothing, of which nothing is said.</param>
internal sealed class FallbackNotice(string? fault)
{
    private int _isSaid;

    /// <summary>Says it to whoever listens first.</summary>
    public void Say(Action<string>? listener)
    {
        if (fault is not null && listener is not null && Interlocked.Exchange(ref _isSaid, 1) == 0)
            listener($"the GPU is told every pass kernel by kernel, which takes longer: {fault}");
    }
}
