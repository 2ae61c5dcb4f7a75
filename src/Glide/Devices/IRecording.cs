namespace Glide.Devices;

/// <summary>Work that a device was told once and can do again.</summary>
internal interface IRecording : IDisposable
{
    /// <summary>Does it again.</summary>
    void Replay();
}
