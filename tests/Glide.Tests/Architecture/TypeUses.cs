using Mono.Cecil;

namespace Glide.Tests.Architecture;

/// <summary>What the types of an assembly use, read from its metadata and its instructions.</summary>
/// <remarks>What a nested type uses, a lambda's class included, counts for the type around it.</remarks>
internal static class TypeUses
{
    /// <summary>One use: the outermost type that uses, and the type or member that is used.</summary>
    /// <param name="User">Full name of the type that uses.</param>
    /// <param name="UsedNamespace">Namespace of the used type.</param>
    /// <param name="Used">Full name of the used type, or of the member with its type in front.</param>
    internal sealed record Use(string User, string UsedNamespace, string Used);

    /// <summary>Every use in the assembly that declares a type.</summary>
    public static IReadOnlyList<Use> In(Type declared)
    {
        using var module = ModuleDefinition.ReadModule(declared.Assembly.Location);
        return [.. module.Types.SelectMany(type => Uses(type, type.FullName)).Distinct()];
    }

    /// <summary>Methods of an assembly that use a member of a type, or call another such method.</summary>
    /// <returns>Full names with parameters.</returns>
    public static IReadOnlySet<string> MethodsThatReach(Type declared, string type)
    {
        using var module = ModuleDefinition.ReadModule(declared.Assembly.Location);
        var called = AllTypes(module).SelectMany(each => each.Methods).ToDictionary(
            method => method, method => Called(method).ToList());
        var found = called.Where(row => row.Value.Any(callee => callee.DeclaringType.FullName == type))
            .Select(row => row.Key.FullName).ToHashSet();
        int before;
        do
        {
            before = found.Count;
            found.UnionWith(called.Where(row => row.Value.Any(callee => found.Contains(callee.FullName)))
                .Select(row => row.Key.FullName));
        }
        while (found.Count > before);
        return found;
    }

    /// <summary>Every call of certain methods in the assembly that declares a type.</summary>
    public static IReadOnlyList<Use> CallsIn(Type declared, IReadOnlySet<string> methods)
    {
        using var module = ModuleDefinition.ReadModule(declared.Assembly.Location);
        return [.. from type in AllTypes(module)
                   from method in type.Methods
                   from callee in Called(method)
                   where methods.Contains(callee.FullName)
                   select new Use(OutermostDefinition(type).FullName, callee.DeclaringType.Namespace, callee.FullName)];
    }

    private static IEnumerable<TypeDefinition> AllTypes(ModuleDefinition module) => module.Types.SelectMany(WithNested);

    private static IEnumerable<TypeDefinition> WithNested(TypeDefinition type) =>
        type.NestedTypes.SelectMany(WithNested).Prepend(type);

    private static TypeDefinition OutermostDefinition(TypeDefinition type) => type.DeclaringType is { } outer
        ? OutermostDefinition(outer) : type;

    private static IEnumerable<MethodReference> Called(MethodDefinition method) =>
        method.HasBody
            ? method.Body.Instructions.Select(instruction => instruction.Operand).OfType<MethodReference>()
            : [];

    private static IEnumerable<Use> Uses(TypeDefinition type, string user)
    {
        var types = new List<TypeReference?> { type.BaseType };
        types.AddRange(type.Interfaces.Select(implemented => implemented.InterfaceType));
        types.AddRange(type.Fields.Select(field => field.FieldType));
        types.AddRange(type.CustomAttributes.Select(attribute => attribute.AttributeType));
        types.AddRange(type.Methods.SelectMany(Signature));
        var instructions = type.Methods.Where(method => method.HasBody).SelectMany(method => method.Body.Instructions);
        var members = instructions.Select(instruction => instruction.Operand).OfType<MemberReference>().ToList();
        types.AddRange(members.SelectMany(Mentioned));

        return types.SelectMany(Elements).Select(used =>
            new Use(user, Outermost(used).Namespace, Outermost(used).FullName))
            .Concat(members.Where(member => member.DeclaringType is not null)
                .Select(member => new Use(user, Outermost(member.DeclaringType.GetElementType()).Namespace,
                    $"{member.DeclaringType.GetElementType().FullName}.{member.Name}")))
            .Concat(type.NestedTypes.SelectMany(nested => Uses(nested, user)));
    }

    private static IEnumerable<TypeReference> Signature(MethodDefinition method) =>
        method.Parameters.Select(parameter => parameter.ParameterType).Append(method.ReturnType)
            .Concat(method.HasBody ? method.Body.Variables.Select(variable => variable.VariableType) : []);

    private static IEnumerable<TypeReference?> Mentioned(MemberReference member) => member switch
    {
        TypeReference type => [type],
        MethodReference method => [method.DeclaringType, method.ReturnType,
            .. method.Parameters.Select(parameter => parameter.ParameterType),
            .. method is GenericInstanceMethod generic ? generic.GenericArguments : []],
        FieldReference field => [field.DeclaringType, field.FieldType],
        _ => [],
    };

    // An array's element, a generic type and its arguments; type parameters say nothing.
    private static IEnumerable<TypeReference> Elements(TypeReference? type) => type switch
    {
        null or GenericParameter => [],
        GenericInstanceType generic => generic.GenericArguments.SelectMany(Elements).Append(generic.ElementType),
        TypeSpecification made => Elements(made.ElementType),
        _ => [type],
    };

    private static TypeReference Outermost(TypeReference type) => type.DeclaringType is { } outer
        ? Outermost(outer)
        : type;
}
