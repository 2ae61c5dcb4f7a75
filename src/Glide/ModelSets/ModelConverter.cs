using Glide.Checkpoints;

namespace Glide.ModelSets;

/// <summary>Converts checkpoints to safetensors, which load faster and, in 16 bits, take half the space.</summary>
public static class ModelConverter
{
    /// <summary>Converts a file of any format that can be read.</summary>
    /// <param name="input">The checkpoint.</param>
    /// <param name="output">The safetensors file.</param>
    /// <param name="dtype"><c>fp32</c>, <c>fp16</c> or <c>bf16</c> for the floating-point tensors; <c>null</c> keeps their types.</param>
    /// <param name="overwrite">Whether an existing file is replaced.</param>
    /// <param name="cancellation">Cancels; no file is left.</param>
    /// <exception cref="UsageException">The output exists already, is the input, or has another extension.</exception>
    /// <exception cref="CheckpointException">The input is refused, or a number is too large for fp16.</exception>
    /// <exception cref="ResourceException">The output cannot be written.</exception>
    public static void Convert(string input, string output, string? dtype = null, bool overwrite = false, CancellationToken cancellation = default)
    {
        ElementType? type = dtype switch
        {
            null => null,
            "fp32" => ElementType.Float32,
            "fp16" => ElementType.Float16,
            "bf16" => ElementType.BFloat16,
            _ => throw new UsageException($"bad value for --dtype; found '{dtype}'; allowed is one of fp32, fp16, bf16"),
        };
        if (!output.EndsWith(".safetensors", StringComparison.OrdinalIgnoreCase))
        {
            throw new UsageException($"the output must end in .safetensors; found '{output}'; that is the only format that is written");
        }

        if (Path.GetFullPath(input) == Path.GetFullPath(output))
        {
            throw new UsageException($"input and output are the same file; '{output}'; give the output another name");
        }

        if (File.Exists(output) && !overwrite)
        {
            throw new UsageException($"the file exists; '{output}'; give --overwrite to replace it, or another name");
        }

        CheckpointConverter.Convert(input, output, type, cancellation);
    }
}
