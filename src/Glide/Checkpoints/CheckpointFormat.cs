namespace Glide.Checkpoints;

/// <summary>The file formats that <see cref="Checkpoint.Open(string)"/> reads.</summary>
internal enum CheckpointFormat
{
    /// <summary>A zip archive as <c>torch.save</c> writes it since PyTorch 1.6.</summary>
    TorchZip,

    /// <summary>Five pickles and raw storages, as <c>torch.save</c> wrote them before PyTorch 1.6.</summary>
    TorchLegacy,

    /// <summary>A JSON header and raw tensors.</summary>
    Safetensors,
}
