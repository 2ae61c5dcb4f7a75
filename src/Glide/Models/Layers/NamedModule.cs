using Glide.Models.Ops;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Glide.Models.Layers;

/// <summary>
/// A module whose submodules are registered under the names of the published checkpoints instead of its field names.
/// </summary>
internal abstract class NamedModule<T, TResult>(string name) : Module<T, TResult>(name)
{
    /// <summary>Does nothing: every submodule is registered explicitly.</summary>
    protected sealed override void RegisterComponents()
    {
    }
}

/// <inheritdoc cref="NamedModule{T, TResult}"/>
internal abstract class NamedModule<T1, T2, TResult>(string name) : Module<T1, T2, TResult>(name)
{
    protected sealed override void RegisterComponents()
    {
    }
}

/// <inheritdoc cref="NamedModule{T, TResult}"/>
internal abstract class NamedModule<T1, T2, T3, TResult>(string name) : Module<T1, T2, T3, TResult>(name)
{
    protected sealed override void RegisterComponents()
    {
    }
}

/// <summary>A layer whose weight can have a low-rank change.</summary>
internal interface IChangeableLayer
{
    PackedWeights Weights { get; }

    /// <summary>What computes the layer.</summary>
    UNetOps Ops { get; }
}

/// <summary>Registration under dotted names.</summary>
internal static class ModuleNames
{
    /// <summary>
    /// Registers <paramref name="child"/> in <paramref name="parent"/>; for "in_layers.0" the group "in_layers" is
    /// created first.
    /// </summary>
    /// <returns><paramref name="child"/>.</returns>
    public static T Register<T>(this Module parent, string path, T child)
        where T : Module
    {
        string[] names = path.Split('.');
        foreach (string name in names[..^1])
        {
            var group = parent.named_children().FirstOrDefault(part => part.name == name).module;
            if (group is null)
            {
                group = new Group();
                parent.register_module(name, group);
            }

            parent = group;
        }

        parent.register_module(names[^1], child);
        return child;
    }

    /// <summary>Registers <paramref name="parameter"/> in <paramref name="parent"/>.</summary>
    /// <returns><paramref name="parameter"/>.</returns>
    public static Parameter Register(this Module parent, string name, Parameter parameter)
    {
        parent.register_parameter(name, parameter);
        return parameter;
    }

    /// <summary>Ties a constant to the lifetime of a module; checkpoints do not contain it.</summary>
    /// <returns><paramref name="constant"/>.</returns>
    public static Tensor RegisterConstant(this Module parent, string name, Tensor constant)
    {
        parent.register_module(name, new Constant(constant.DetachFromDisposeScope()));
        return constant;
    }

    /// <summary>
    /// Registers all parameters and submodules of <paramref name="other"/> in <paramref name="parent"/>, under the same
    /// names.
    /// </summary>
    /// <returns><paramref name="other"/>.</returns>
    public static T RegisterPartsOf<T>(this Module parent, T other)
        where T : Module
    {
        foreach (var (name, parameter) in other.named_parameters(recurse: false))
            parent.register_parameter(name, parameter);

        foreach (var (name, module) in other.named_children())
            parent.register_module(name, module);

        return other;
    }

    private sealed class Group() : Module(nameof(Group));

    /// <summary>Owns a tensor in place of a buffer: TorchSharp never frees buffers that are not persistent.</summary>
    private sealed class Constant(Tensor tensor) : Module(nameof(Constant))
    {
        /// <summary>
        /// Does nothing: otherwise the field would become a persistent buffer and part of checkpoints.
        /// </summary>
        protected override void RegisterComponents()
        {
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
                tensor.Dispose();

            base.Dispose(disposing);
        }
    }
}
