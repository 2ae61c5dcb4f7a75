using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace Glide.Compat.Tests.Signatures;

/// <summary>
/// Looks up everything that code outside an assembly can name (public and protected members of visible types) in a
/// package's list of signatures. What the assembly lacks is no fault: a stand-in has what is used. What it has beyond the
/// list, or otherwise than the list, would make code compile here that does not compile against the package.
/// </summary>
/// <remarks>
/// Compared: container, name, static or not, accessibility, type parameters and their constraints, the result's type, each
/// parameter's type, name, modifier and default value, names of tuple elements, accessors, what may be overridden and what
/// must be, kinds and base types of types, values of enumerations. Not compared: attributes, nullable annotations of
/// references, overrides (their base member is compared), and whether the stand-in is stricter (sealed, read-only).
/// </remarks>
/// <param name="list">The package's signatures.</param>
/// <param name="implicitConstructors">
/// Types whose constructor without parameters the compiler wrote, in the package as here, so that no list can show it.
/// </param>
internal sealed class SurfaceComparer(SignatureList list, params string[] implicitConstructors)
{
    private const BindingFlags Declared =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static | BindingFlags.Instance | BindingFlags.DeclaredOnly;

    /// <summary>One line for each member that the list does not have.</summary>
    public IReadOnlyList<string> Differences(Assembly assembly) =>
        [.. assembly.GetTypes().Where(IsVisible).SelectMany(Differences)];

    /// <summary>The members compared, as C#: to be counted, and to see that nothing is left out.</summary>
    public static IReadOnlyList<string> Members(Assembly assembly) =>
        [.. assembly.GetTypes().Where(IsVisible).SelectMany(type => Compared(type).Select(SurfaceText.Of))];

    private static bool IsVisible(Type type) =>
        (type.IsPublic || ((type.IsNestedPublic || type.IsNestedFamily || type.IsNestedFamORAssem) && IsVisible(type.DeclaringType!)))
        && !type.IsDefined(typeof(CompilerGeneratedAttribute), inherit: false);

    private static IEnumerable<MemberInfo> Compared(Type type)
    {
        if (type.IsEnum || typeof(Delegate).IsAssignableFrom(type)) return [];
        return type.GetMembers(Declared).Where(member => member switch
        {
            MethodInfo method => IsVisible(method) && !IsAccessor(method) && !IsOverride(method),
            ConstructorInfo constructor => IsVisible(constructor),
            PropertyInfo property => property.GetAccessors(nonPublic: true).Any(accessor => IsVisible(accessor) && !IsOverride(accessor)),
            FieldInfo field => field.IsPublic || field.IsFamily || field.IsFamilyOrAssembly,
            EventInfo => true,
            _ => false,
        });
    }

    private static bool IsVisible(MethodBase method) => method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly;

    private static bool IsAccessor(MethodInfo method) =>
        method.IsSpecialName && (method.Name.StartsWith("get_", StringComparison.Ordinal) || method.Name.StartsWith("set_", StringComparison.Ordinal));

    private static bool IsOverride(MethodInfo method) => method.GetBaseDefinition() != method;

    private IEnumerable<string> Differences(Type type)
    {
        if (TypeDifference(type) is { } difference) yield return difference;
        foreach (var member in Compared(type))
        {
            if (member is ConstructorInfo { IsStatic: false } constructor && constructor.GetParameters().Length == 0
                && implicitConstructors.Contains(SurfaceText.Container(type)))
                continue;
            var named = Candidates(type, member).ToArray();
            var faults = named.Select(signature => Fault(member, signature)).ToArray();
            if (faults.Contains(null)) continue;
            string known = named.Length == 0
                ? "the list has no member of that name there"
                : string.Join("; ", named.Zip(faults, (signature, fault) => $"{fault}: {signature.Text}"));
            yield return $"{SurfaceText.Container(type)}: {SurfaceText.Of(member)} -- {known}";
        }
    }

    private IEnumerable<Signature> Candidates(Type type, MemberInfo member)
    {
        bool Fits(Signature signature) => member switch
        {
            ConstructorInfo => signature.Kind == SignatureKind.Constructor,
            MethodInfo { IsSpecialName: true, Name: "op_Implicit" } =>
                signature.Kind == SignatureKind.Conversion && signature.Name == "implicit",
            MethodInfo { IsSpecialName: true, Name: "op_Explicit" } =>
                signature.Kind == SignatureKind.Conversion && signature.Name == "explicit",
            MethodInfo { IsSpecialName: true } =>
                signature.Kind == SignatureKind.Operator && signature.Name == SurfaceText.Operator(member.Name),
            MethodInfo => signature.Kind == SignatureKind.Method && signature.Name == member.Name,
            PropertyInfo property when property.GetIndexParameters().Length > 0 => signature.Kind == SignatureKind.Indexer,
            _ => signature.Kind == SignatureKind.Variable && signature.Name == member.Name,
        };
        var listed = list.In(SurfaceText.Container(type)).Where(Fits).ToArray();
        // An interface's own members carry no "public" and so are not listed; those of the classes behind it are.
        if (listed.Length == 0 && type.IsInterface) return list.InImplementorsOf(type.Name.Split('`')[0]).Where(Fits);
        return listed.Length == 0 && member is not ConstructorInfo ? list.InBasesOf(Listed(type)).Where(Fits) : listed;
    }

    /// <summary>The lines that declare a type: one for each part of a partial one.</summary>
    private Signature[] Listed(Type type)
    {
        var parameters = type.GetGenericArguments().Skip(type.DeclaringType?.GetGenericArguments().Length ?? 0).Select(p => p.Name);
        return [.. list.In(Outer(type)).Where(signature => signature.Kind == SignatureKind.Type
            && signature.Name == type.Name.Split('`')[0] && signature.TypeParameters.SequenceEqual(parameters))];
    }

    private static string Outer(Type type) =>
        type.DeclaringType is { } declaring ? SurfaceText.Container(declaring) : type.Namespace!;

    private string? TypeDifference(Type type)
    {
        string container = SurfaceText.Container(type);
        var listed = Listed(type);
        if (listed.Length == 0) return $"{container}: the list has no such type";
        string keyword = type.IsInterface ? "interface" : type.IsEnum ? "enum" : type.IsValueType ? "struct"
            : typeof(Delegate).IsAssignableFrom(type) ? "delegate" : "class";
        if (listed.Any(signature => signature.Keyword != keyword)) return $"{container}: is a {keyword} here only";

        bool Says(string word) => listed.Any(signature => signature.Modifiers.Contains(word));
        if (type.IsClass && !Says("static") && type is { IsAbstract: true, IsSealed: true }) return $"{container}: is static here only";
        if (Says("static") && type is not { IsAbstract: true, IsSealed: true }) return $"{container}: is static in the list";
        if (Says("sealed") && !type.IsSealed) return $"{container}: is sealed in the list";
        if (Says("abstract") && !type.IsAbstract) return $"{container}: is abstract in the list";
        if (type.IsPublic && !Says("public")) return $"{container}: is public here only";

        if (type.IsEnum) return EnumDifference(type, container, listed);
        if (keyword == "delegate")
        {
            var invoke = type.GetMethod("Invoke")!;
            return listed.Select(signature => ResultFault(invoke, signature) ?? ParametersFault(invoke.GetParameters(), signature))
                .Contains(null) ? null : $"{container}: is another delegate: {listed[0].Text}";
        }

        var bases = listed.SelectMany(signature => signature.Bases).ToArray();
        var own = type.GetInterfaces().Except(type.BaseType?.GetInterfaces() ?? []).ToArray();
        var direct = own.Except(own.SelectMany(face => face.GetInterfaces())).Where(face => face.IsVisible);
        if (type.BaseType is { } parent && parent != typeof(object) && parent != typeof(ValueType)) direct = direct.Prepend(parent);
        foreach (var wanted in direct)
            if (!bases.Any(text => text.Names(wanted))) return $"{container}: the list knows nothing of the base {wanted}";
        foreach (var argument in type.GetGenericArguments())
            if (listed.All(signature => ConstraintFault(argument, signature) is not null))
                return $"{container}: other constraints on {argument.Name}";
        return null;
    }

    private string? EnumDifference(Type type, string container, Signature[] listed)
    {
        var values = list.EnumValues(Outer(type), type.Name);
        if (values is null) return $"{container}: the list has no values";
        if (!listed.Any(signature => signature.Bases.Count == 0
            ? type.GetEnumUnderlyingType() == typeof(int) : signature.Bases[0].Names(type.GetEnumUnderlyingType())))
            return $"{container}: another underlying type";
        foreach (string name in Enum.GetNames(type))
        {
            long value = Convert.ToInt64(Enum.Parse(type, name), CultureInfo.InvariantCulture);
            if (!values.TryGetValue(name, out long known)) return $"{container}: {name} is not in the list";
            if (known != value) return $"{container}: {name} is {value}, in the list {known}";
        }
        return null;
    }

    /// <summary>Why a member is not the listed one; <c>null</c> if it is.</summary>
    private static string? Fault(MemberInfo member, Signature signature) => member switch
    {
        ConstructorInfo constructor =>
            AccessFault(constructor, signature) ?? ParametersFault(constructor.GetParameters(), signature),
        MethodInfo method =>
            AccessFault(method, signature) ?? GenericFault(method, signature) ?? ResultFault(method, signature)
            ?? ParametersFault(method.GetParameters(), signature) ?? OverrideFault(method, signature),
        PropertyInfo property => PropertyFault(property, signature),
        FieldInfo field => FieldFault(field, signature),
        _ => "events are not compared",
    };

    private static string? AccessFault(MethodBase method, Signature signature)
    {
        if (method.IsStatic != (signature.Modifiers.Contains("static") || signature.Modifiers.Contains("const"))) return "static or not";
        if (method.IsPublic && !signature.Modifiers.Contains("public")) return "public here only";
        return null;
    }

    private static string? OverrideFault(MethodInfo method, Signature signature)
    {
        var modifiers = signature.Modifiers;
        // An interface's members are abstract by themselves; the classes that stand in for them in the list are not.
        if (method.DeclaringType!.IsInterface) return null;
        if (modifiers.Contains("abstract") && !method.IsAbstract) return "abstract in the list";
        bool open = method is { IsVirtual: true, IsFinal: false } && !method.DeclaringType.IsSealed;
        bool listedOpen = modifiers.Contains("virtual") || modifiers.Contains("abstract") || modifiers.Contains("override");
        return open && !listedOpen ? "can be overridden here only" : null;
    }

    private static string? GenericFault(MethodInfo method, Signature signature)
    {
        var parameters = method.IsGenericMethod ? method.GetGenericArguments() : [];
        if (!parameters.Select(parameter => parameter.Name).SequenceEqual(signature.TypeParameters)) return "other type parameters";
        return parameters.Select(parameter => ConstraintFault(parameter, signature)).FirstOrDefault(fault => fault is not null);
    }

    private static string? ConstraintFault(Type parameter, Signature signature)
    {
        var listed = signature.Constraints.GetValueOrDefault(parameter.Name) ?? [];
        var attributes = parameter.GenericParameterAttributes;
        bool isUnmanaged = parameter.CustomAttributes.Any(attribute => attribute.AttributeType.Name == "IsUnmanagedAttribute");
        bool isStruct = attributes.HasFlag(GenericParameterAttributes.NotNullableValueTypeConstraint);
        bool isClass = attributes.HasFlag(GenericParameterAttributes.ReferenceTypeConstraint);
        bool isNew = attributes.HasFlag(GenericParameterAttributes.DefaultConstructorConstraint) && !isStruct;
        bool Says(string word) => listed.Any(constraint => constraint.SimpleName == word);
        if (Says("unmanaged") != isUnmanaged || Says("struct") != (isStruct && !isUnmanaged)) return "other constraints";
        if (Says("class") != isClass || Says("new") != isNew) return "other constraints";
        var types = parameter.GetGenericParameterConstraints().Where(type => type != typeof(ValueType)).ToArray();
        int words = listed.Count(constraint => constraint.SimpleName is "unmanaged" or "struct" or "class" or "new" or "notnull");
        return types.Length == listed.Count - words && types.All(type => listed.Any(text => text.Names(type)))
            ? null : "other constraints";
    }

    private static string? ResultFault(MethodInfo method, Signature signature) =>
        signature.Type is { } type && type.Names(method.ReturnType, TupleNames(method.ReturnParameter)) ? null : "another result";

    private static string? ParametersFault(ParameterInfo[] parameters, Signature signature)
    {
        if (parameters.Length != signature.Parameters.Count) return "another number of parameters";
        foreach (var (parameter, text) in parameters.Zip(signature.Parameters))
        {
            if (parameter.Name != text.Name) return $"parameter {parameter.Name} is called {text.Name}";
            var type = parameter.ParameterType;
            string passing = !type.IsByRef ? "" : parameter.IsOut ? "out" : parameter.IsIn ? "in" : "ref";
            string listedPassing = text.Modifiers.FirstOrDefault(word => word is "ref" or "out" or "in", "");
            if (passing != listedPassing) return $"{parameter.Name} is passed otherwise";
            if (!text.Type.Names(type.IsByRef ? type.GetElementType()! : type, TupleNames(parameter)))
                return $"{parameter.Name} has another type";
            bool isParams = parameter.IsDefined(typeof(ParamArrayAttribute)) || parameter.IsDefined(typeof(ParamCollectionAttribute));
            if (isParams != text.Modifiers.Contains("params")) return $"params on {parameter.Name}";
            bool isThis = parameter.Position == 0 && parameter.Member.IsDefined(typeof(ExtensionAttribute));
            if (isThis != text.Modifiers.Contains("this")) return $"this on {parameter.Name}";
            if (parameter.HasDefaultValue != text.Default is not null) return $"{parameter.Name} may be left out or not";
            if (text.Default is not null && !DefaultText.Means(text.Default, parameter)) return $"another default of {parameter.Name}";
        }
        return null;
    }

    private static string? PropertyFault(PropertyInfo property, Signature signature)
    {
        var visible = property.GetAccessors(nonPublic: true).Where(IsVisible).ToArray();
        var accessor = visible.FirstOrDefault(candidate => candidate.IsPublic) ?? visible[0];
        if (AccessFault(accessor, signature) is { } fault) return fault;
        if (signature.Type is not { } type || !type.Names(property.PropertyType, TupleNames(property))) return "another type";
        if (ParametersFault(property.GetIndexParameters(), signature) is { } indexFault) return indexFault;
        if (OverrideFault(accessor, signature) is { } overrideFault) return overrideFault;
        // A line without accessors is a property whose body the list left out, or a field: both can be read and written.
        string tail = signature.Tail;
        if (tail.Length == 0 || (tail.StartsWith('=') && !tail.StartsWith("=>", StringComparison.Ordinal))) return null;
        string[] words = tail.Split([' ', '{', '}', ';'], StringSplitOptions.RemoveEmptyEntries);
        bool listedSetter = !tail.StartsWith("=>", StringComparison.Ordinal)
            && (words.Contains("set") || words.Contains("init"))
            && !tail.Contains("private set", StringComparison.Ordinal) && !tail.Contains("internal set", StringComparison.Ordinal);
        if (property.SetMethod is { } setter && IsVisible(setter) && !listedSetter) return "can be set here only";
        bool listedGetter = tail.StartsWith("=>", StringComparison.Ordinal) || words.Contains("get");
        return property.GetMethod is { } getter && IsVisible(getter) && !listedGetter ? "can be read here only" : null;
    }

    private static string? FieldFault(FieldInfo field, Signature signature)
    {
        var modifiers = signature.Modifiers;
        if (field.IsStatic != (modifiers.Contains("static") || modifiers.Contains("const"))) return "static or not";
        if (field.IsPublic && !modifiers.Contains("public")) return "public here only";
        if (field.IsLiteral && !modifiers.Contains("const")) return "constant here only";
        if (modifiers.Contains("readonly") && !field.IsInitOnly) return "read-only in the list";
        if (signature.Tail.StartsWith('{') || signature.Tail.StartsWith("=>", StringComparison.Ordinal)) return "a property in the list";
        return signature.Type is { } type && type.Names(field.FieldType, TupleNames(field)) ? null : "another type";
    }

    private static IList<string?>? TupleNames(ICustomAttributeProvider member) =>
        member.GetCustomAttributes(typeof(TupleElementNamesAttribute), inherit: false).FirstOrDefault()
            is TupleElementNamesAttribute names ? names.TransformNames : null;
}
