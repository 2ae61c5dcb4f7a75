using System.Reflection;
using TorchSharp.Modules;
using TorchSharp.Utils;

namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        /// <summary>A network or a part of one: named parameters, buffers and children.</summary>
        public class Module : IDisposable
        {
            private const BindingFlags InstanceFields = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance;

            private readonly OrderedDictionary<string, Module> _children = [];
            private readonly OrderedDictionary<string, Parameter> _parametersByName = [];
            private readonly OrderedDictionary<string, (Tensor Tensor, bool Persistent)> _buffersByName = [];
            private readonly string _name;
            private bool _registered;
            private bool _training = true;
            private DeviceType _deviceType = DeviceType.CPU;
            private int _deviceIndex = -1;

            protected Module(string name) => _name = name;

            public void Dispose()
            {
                Dispose(true);
                GC.SuppressFinalize(this);
            }

            protected virtual void Dispose(bool disposing)
            {
                if (!disposing) return;
                foreach (var tensor in buffers(recurse: false)) tensor.Dispose();
                foreach (var parameter in _parametersByName.Values) parameter.Dispose();
                foreach (var child in _children.Values) child.Dispose();
            }

            public virtual string GetName() => _name;

            /// <summary>
            /// Registers the modules, parameters and tensors that the fields of the class hold at this moment, under the
            /// field's name or its <see cref="ComponentNameAttribute"/>. A plain tensor becomes a persistent buffer. Fields
            /// of base classes count too.
            /// </summary>
            protected virtual void RegisterComponents()
            {
                if (_registered) return;
                _registered = true;
                foreach (var (name, field) in NamedFields())
                {
                    if (_children.ContainsKey(name) || _parametersByName.ContainsKey(name) || _buffersByName.ContainsKey(name))
                        continue;
                    switch (field.GetValue(this))
                    {
                        case Module module: register_module(name, module); break;
                        case Parameter parameter: register_parameter(name, parameter); break;
                        case Tensor tensor: register_buffer(name, tensor); break;
                    }
                }
            }

            public virtual void register_buffer(string name, Tensor tensor, bool persistent = true)
            {
                ArgumentNullException.ThrowIfNull(tensor);
                if (!_buffersByName.TryAdd(name, (tensor, persistent)))
                    throw new InvalidOperationException($"Tensor {name} is already registered.");
            }

            public virtual void register_parameter(string name, Parameter param)
            {
                ArgumentNullException.ThrowIfNull(param);
                if (!_parametersByName.TryAdd(name, param))
                    throw new InvalidOperationException($"Parameter {name} is already registered.");
            }

            public void add_module(string name, Module module) => register_module(name, module);

            public virtual void register_module(string name, Module submodule)
            {
                if (submodule is null)
                {
                    _children.Remove(name);
                    return;
                }
                if (name.Contains('.', StringComparison.Ordinal))
                    throw new ArgumentException($"module name can't contain \".\", got: {name}", nameof(name));
                ArgumentException.ThrowIfNullOrEmpty(name);
                if (_children.ContainsKey(name))
                    throw new InvalidOperationException($"Sub-module {name} is already registered.");
                submodule.RegisterComponents();
                Adopt(name, submodule);
            }

            /// <summary>Makes a child of a module as it is, without a look at its fields.</summary>
            private protected void Adopt(string name, Module child) => _children.Add(name, child);

            /// <summary>Puts another parameter in a name's place; <c>null</c> takes the name away.</summary>
            protected void ConditionallyRegisterParameter(string name, Parameter? value)
            {
                if (value is null) _parametersByName.Remove(name);
                else _parametersByName[name] = value;
            }

            /// <summary>Each parameter once, by the first name under which it is found.</summary>
            public virtual IEnumerable<(string name, Parameter parameter)> named_parameters(bool recurse = true)
            {
                var seen = new HashSet<Parameter>(ReferenceEqualityComparer.Instance);
                foreach (var (name, parameter) in _parametersByName)
                    if (seen.Add(parameter)) yield return (name, parameter);
                if (!recurse) yield break;
                foreach (var (childName, child) in _children)
                    foreach (var (name, parameter) in child.named_parameters(true))
                        if (seen.Add(parameter)) yield return ($"{childName}.{name}", parameter);
            }

            public virtual IEnumerable<Parameter> parameters(bool recurse = true) =>
                named_parameters(recurse).Select(named => named.parameter);

            /// <summary>
            /// The persistent buffers: like the package's, the others are never listed, and so neither moved nor disposed.
            /// </summary>
            public virtual IEnumerable<(string name, Tensor buffer)> named_buffers(
                bool recurse = true, bool include_nonpersistent = true)
            {
                var seen = new HashSet<Tensor>(ReferenceEqualityComparer.Instance);
                foreach (var (name, (tensor, persistent)) in _buffersByName)
                    if (persistent && seen.Add(tensor)) yield return (name, tensor);
                if (!recurse) yield break;
                foreach (var (childName, child) in _children)
                    foreach (var (name, tensor) in child.named_buffers(true, include_nonpersistent))
                        if (seen.Add(tensor)) yield return ($"{childName}.{name}", tensor);
            }

            public virtual IEnumerable<Tensor> buffers(bool recurse = true, bool include_nonpersistent = true) =>
                named_buffers(recurse, include_nonpersistent).Select(named => named.buffer);

            public virtual IEnumerable<(string name, Module module)> named_children() =>
                _children.Select(child => (child.Key, child.Value));

            /// <summary>All modules below this one; this one has no name and is not among them.</summary>
            public virtual IEnumerable<(string name, Module module)> named_modules()
            {
                foreach (var (name, child) in _children) yield return (name, child);
                foreach (var (childName, child) in _children)
                    foreach (var (name, module) in child.named_modules())
                        yield return ($"{childName}.{name}", module);
            }

            public virtual IEnumerable<Module> modules() => named_modules().Select(named => named.module);

            public virtual IEnumerable<Module> children() => _children.Values;

            /// <summary>
            /// The live parameters, then the persistent buffers, then second names of shared ones. The caller must not dispose
            /// them.
            /// </summary>
            public virtual Dictionary<string, Tensor> state_dict(
                Dictionary<string, Tensor>? destination = null, string? prefix = null)
            {
                destination ??= [];
                string Key(string name) => string.IsNullOrEmpty(prefix) ? name : $"{prefix}.{name}";
                foreach (var (name, parameter) in named_parameters())
                    destination.TryAdd(Key(name), parameter);
                foreach (var (name, tensor) in named_buffers(include_nonpersistent: false))
                    destination.TryAdd(Key(name), tensor);
                foreach (var (name, child) in _children)
                    child.state_dict(destination, Key(name));
                return destination;
            }

            /// <summary>
            /// Copies values into this module's tensors. Like the package it neither names the keys in its error nor looks
            /// at shapes: what can be broadcast is broadcast.
            /// </summary>
            public virtual (IList<string> missing_keys, IList<string> unexpected_keyes) load_state_dict(
                Dictionary<string, Tensor> source, bool strict = true, IList<string>? skip = null)
            {
                bool Wanted(string key) => skip is null || !skip.Contains(key);
                var destination = state_dict();
                var missing = destination.Keys.Where(key => Wanted(key) && !source.ContainsKey(key)).ToList();
                var unexpected = source.Keys.Where(key => Wanted(key) && !destination.ContainsKey(key)).ToList();
                if (strict && (missing.Count > 0 || unexpected.Count > 0))
                    throw new InvalidOperationException("The loaded state_dict is not identical to the target dictionary.");
                using (no_grad())
                    foreach (var (key, value) in source)
                        if (Wanted(key) && destination.TryGetValue(key, out var target))
                            target.copy_(value);
                return (missing, unexpected);
            }

            public virtual Module apply(Action<Module> fn)
            {
                foreach (var child in _children.Values) child.apply(fn);
                fn(this);
                return this;
            }

            public virtual void train(bool train = true)
            {
                _training = train;
                foreach (var child in _children.Values) child.train(train);
            }

            public virtual void eval() => train(false);

            public virtual bool training => _training;

            public virtual void zero_grad(bool set_to_none = true)
            {
                foreach (var parameter in parameters())
                {
                    using var gradient = parameter.grad;
                    if (gradient is null) continue;
                    if (set_to_none) parameter.grad = null;
                    else gradient.zero_();
                }
            }

            protected internal virtual Module _to(Device device, ScalarType dtype, bool non_blocking)
            {
                CheckType(dtype);
                CheckDevice(device.type);
                _toEpilog(dtype, device.type == DeviceType.CUDA ? device : new Device(device.type, -1), non_blocking);
                return this;
            }

            /// <summary>
            /// Moves, unless this module was moved there before. Like the package it trusts its own record, which starts as
            /// the CPU, and does not look where the tensors are.
            /// </summary>
            protected internal virtual Module _to(DeviceType deviceType, int deviceIndex, bool non_blocking)
            {
                CheckDevice(deviceType);
                if (deviceType != DeviceType.CUDA) deviceIndex = -1;
                if (deviceType != _deviceType || deviceIndex != _deviceIndex)
                    _toEpilog(null, new Device(deviceType, deviceIndex), non_blocking);
                return this;
            }

            protected internal virtual Module _to(ScalarType dtype, bool non_blocking)
            {
                CheckType(dtype);
                _toEpilog(dtype, null, non_blocking);
                return this;
            }

            /// <summary>
            /// Replaces the tensors that another type or device asks for: new Parameter objects, outside all scopes. Tensors
            /// that are right already stay as they are, and a type changes floating-point tensors only.
            /// </summary>
            /// <remarks>
            /// Like the package it gives a parameter to the public property of its name if there is one, whose setter must
            /// register it; otherwise to the registry and the field of its name. No other reference to the old tensor is
            /// found, and the old tensor is disposed. Two public properties of one name, such as two indexers, are an error.
            /// </remarks>
            protected virtual void _toEpilog(ScalarType? dtype, Device? device, bool non_blocking)
            {
                foreach (var (_, child) in named_children()) child.MoveTo(dtype, device, non_blocking);

                var fields = NamedFields().ToDictionary(named => named.Name, named => named.Field);
                var properties = GetType().GetProperties(BindingFlags.Public | BindingFlags.Instance)
                    .ToDictionary(property => property.Name);
                foreach (var (name, old) in named_parameters(recurse: false).ToArray())
                {
                    if (Replacement(old, dtype, device, non_blocking) is not { } parameter) continue;
                    if (properties.TryGetValue(name, out var property))
                    {
                        property.SetValue(this, parameter);
                        continue;
                    }
                    old.Dispose();
                    _parametersByName[name] = parameter;
                    if (fields.TryGetValue(name, out var field)) field.SetValue(this, parameter);
                }

                foreach (var (name, old) in named_buffers(recurse: false).ToArray())
                {
                    if (Converted(old, dtype, device, non_blocking) is not { } tensor) continue;
                    tensor.DetachFromDisposeScope();
                    old.Dispose();
                    if (properties.TryGetValue(name, out var property))
                    {
                        property.SetValue(this, tensor);
                        continue;
                    }
                    _buffersByName[name] = (tensor, true);
                    if (fields.TryGetValue(name, out var field)) field.SetValue(this, tensor);
                }

                if (device is not null) (_deviceType, _deviceIndex) = (device.type, device.index);
            }

            private void MoveTo(ScalarType? dtype, Device? device, bool non_blocking)
            {
                if (dtype is null) _to(device!.type, device.index, non_blocking);
                else if (device is null) _to(dtype.Value, non_blocking);
                else _to(device, dtype.Value, non_blocking);
            }

            private static void CheckType(ScalarType dtype)
            {
                if (!IsFloating(dtype))
                    throw new ArgumentException($"nn.Module.to only accepts floating point types, but got {dtype}", nameof(dtype));
            }

            private static void CheckDevice(DeviceType type)
            {
                if (type == DeviceType.CUDA && !cuda.is_available())
                    throw new InvalidOperationException("CUDA is not available.");
            }

            private static bool IsFloating(ScalarType type) =>
                type is ScalarType.Float16 or ScalarType.BFloat16 or ScalarType.Float32 or ScalarType.Float64;

            private static Parameter? Replacement(Parameter old, ScalarType? dtype, Device? device, bool non_blocking)
            {
                if (Converted(old, dtype, device, non_blocking) is not { } moved) return null;
                var parameter = new Parameter(moved, old.requires_grad);
                parameter.DetachFromDisposeScope();
                using var gradient = old.grad;
                if (gradient is null) return parameter;
                using var movedGradient = Converted(gradient, dtype, device, non_blocking);
                parameter.grad = movedGradient ?? gradient;
                return parameter;
            }

            private static Tensor? Converted(Tensor tensor, ScalarType? dtype, Device? device, bool non_blocking)
            {
                var type = dtype is { } wanted && IsFloating(tensor.dtype) ? wanted : tensor.dtype;
                var place = device ?? tensor.device;
                // A CUDA device without an index never equals a tensor's: such a call always copies.
                bool there = place.type == tensor.device.type
                    && (place.type != DeviceType.CUDA || place.index == tensor.device.index);
                if (there && type == tensor.dtype) return null;
                using (no_grad())
                    return tensor.to(type, place, copy: true, non_blocking: non_blocking);
            }

            private IEnumerable<(string Name, FieldInfo Field)> NamedFields()
            {
                var seen = new HashSet<string>();
                for (var type = GetType(); type is not null && type != typeof(Module); type = type.BaseType)
                    foreach (var field in type.GetFields(InstanceFields | BindingFlags.DeclaredOnly))
                        if (seen.Add(field.Name))
                            yield return (field.GetCustomAttribute<ComponentNameAttribute>()?.Name ?? field.Name, field);
            }
        }
    }
}
