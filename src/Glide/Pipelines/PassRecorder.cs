using Glide.Devices;
using TorchSharp;
using static TorchSharp.torch;

namespace Glide.Pipelines;

/// <summary>Records network passes on a GPU, for one run of a stage; on a CPU, where nothing is gained by it, it does nothing.</summary>
internal sealed class PassRecorder(Device device) : IDisposable
{
    private readonly List<RecordedPass> _passes = [];

    /// <summary>The same pass, recorded after a few times where the device allows it.</summary>
    public Func<Tensor, Tensor, Tensor> Recorded(Func<Tensor, Tensor, Tensor> pass)
    {
        if (device.type != DeviceType.CUDA)
            return pass;
        var recorded = new RecordedPass(pass, work => CudaGraph.Record(device, work));
        _passes.Add(recorded);
        return recorded.Run;
    }

    /// <inheritdoc/>
    public void Dispose() => _passes.ForEach(pass => pass.Dispose());
}
