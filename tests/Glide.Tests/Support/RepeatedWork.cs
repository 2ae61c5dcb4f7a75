using Glide.Runtime;
using static TorchSharp.torch;

namespace Glide.Tests.Support;

/// <summary>What a GPU does with a recording: the same work on whatever now lies at the same addresses.</summary>
internal sealed class RepeatedWork(Action work) : IRecording
{
    public void Replay()
    {
        using var scope = NewDisposeScope();
        work();
    }

    public void Dispose()
    {
    }
}
