using static TorchSharp.torch;

namespace TorchSharp.Modules;

public sealed class SiLU : ParameterLessModule<Tensor, Tensor>
{
    internal SiLU(bool inplace) : base(nameof(SiLU)) => this.inplace = inplace;

    public bool inplace { get; set; }

    public override Tensor forward(Tensor tensor) => nn.functional.silu(tensor, inplace);
}

/// <summary>The exact GELU, by the error function.</summary>
public sealed class GELU : ParameterLessModule<Tensor, Tensor>
{
    internal GELU() : base(nameof(GELU)) { }

    public override Tensor forward(Tensor tensor) => nn.functional.gelu(tensor);
}
