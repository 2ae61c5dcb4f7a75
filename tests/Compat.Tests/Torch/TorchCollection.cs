namespace Glide.Compat.Tests.Torch;

/// <summary>Tests that use libtorch run one after another: its threads, generators and scopes are shared.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class TorchCollection
{
    public const string Name = "Torch";
}
