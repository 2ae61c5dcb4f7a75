namespace TorchSharp.Utils;

/// <summary>Gives a field of a module the name under which it is registered.</summary>
[AttributeUsage(AttributeTargets.Field)]
public class ComponentNameAttribute : Attribute
{
    public string Name { get; set; } = "";
}
