using System.Reflection;

namespace Glide.Tests.Architecture;

/// <summary>Loaded members as C#, for messages and for the names of containers.</summary>
internal static class SurfaceText
{
    private static readonly Dictionary<string, string> Operators = new()
    {
        ["op_Addition"] = "+",
        ["op_Subtraction"] = "-",
        ["op_Multiply"] = "*",
        ["op_Division"] = "/",
        ["op_Modulus"] = "%",
        ["op_Equality"] = "==",
        ["op_Inequality"] = "!=",
        ["op_LessThan"] = "<",
        ["op_LessThanOrEqual"] = "<=",
        ["op_GreaterThan"] = ">",
        ["op_GreaterThanOrEqual"] = ">=",
        ["op_UnaryNegation"] = "-",
        ["op_UnaryPlus"] = "+",
        ["op_LogicalNot"] = "!",
        ["op_OnesComplement"] = "~",
        ["op_BitwiseAnd"] = "&",
        ["op_BitwiseOr"] = "|",
        ["op_ExclusiveOr"] = "^",
        ["op_LeftShift"] = "<<",
        ["op_RightShift"] = ">>",
    };

    public static string Operator(string methodName) => Operators.GetValueOrDefault(methodName, methodName);

    /// <summary>The list's name of a type: <c>TorchSharp.torch.nn.Module&lt;T,TResult&gt;</c>.</summary>
    public static string Container(Type type)
    {
        var outer = type.DeclaringType;
        var own = type.GetGenericArguments().Skip(outer?.GetGenericArguments().Length ?? 0)
            .Select(argument => argument.Name).ToArray();
        string name = type.Name.Split('`')[0] + (own.Length == 0 ? "" : $"<{string.Join(',', own)}>");
        return $"{(outer is null ? type.Namespace : Container(outer))}.{name}";
    }

    public static string Of(MemberInfo member) => member switch
    {
        ConstructorInfo constructor => $"{constructor.DeclaringType!.Name}({Parameters(constructor.GetParameters())})",
        MethodInfo { IsSpecialName: true } method =>
            $"{Name(method.ReturnType)} operator {Operator(method.Name)}({Parameters(method.GetParameters())})",
        MethodInfo method => $"{(method.IsStatic ? "static " : "")}{Name(method.ReturnType)} {method.Name}" +
            (method.IsGenericMethod ? $"<{string.Join(", ", method.GetGenericArguments().Select(Name))}>" : "") +
            $"({Parameters(method.GetParameters())})",
        PropertyInfo property when property.GetIndexParameters().Length > 0 =>
            $"{Name(property.PropertyType)} this[{Parameters(property.GetIndexParameters())}]",
        PropertyInfo property => $"{Name(property.PropertyType)} {property.Name} {{ }}",
        FieldInfo field => $"{Name(field.FieldType)} {field.Name}",
        _ => member.ToString()!,
    };

    private static string Parameters(ParameterInfo[] parameters) => string.Join(", ", parameters.Select(parameter =>
        $"{Name(parameter.ParameterType)} {parameter.Name}" +
        (parameter.HasDefaultValue ? $" = {parameter.RawDefaultValue ?? "null"}" : "")));

    private static string Name(Type type)
    {
        if (Nullable.GetUnderlyingType(type) is { } underlying) return Name(underlying) + "?";
        if (type.IsArray || type.IsPointer || type.IsByRef)
            return Name(type.GetElementType()!) + (type.IsArray ? "[]" : type.IsPointer ? "*" : "&");
        if (type.IsGenericParameter || !type.IsGenericType) return type.Name;
        return $"{type.Name.Split('`')[0]}<{string.Join(", ", type.GetGenericArguments().Select(Name))}>";
    }
}
