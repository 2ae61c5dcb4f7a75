using System.Reflection;
using System.Runtime.CompilerServices;

namespace Glide.Tests.Architecture;

/// <summary>Methods with more parameters than a reader keeps in mind; records and native functions aside.</summary>
internal static class ParameterLists
{
    private const int Most = 6;

    private const BindingFlags Declared = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance
        | BindingFlags.Static | BindingFlags.DeclaredOnly;

    public static IEnumerable<string> TooLong(Assembly assembly) =>
        from type in assembly.GetTypes()
        where !typeof(MulticastDelegate).IsAssignableFrom(type) && !IsOfTheCompiler(type)
        let constructors = IsRecord(type) ? [] : type.GetConstructors(Declared)
        from method in type.GetMethods(Declared).Concat<MethodBase>(constructors)
        where method.GetParameters().Length > Most && !IsOfTheCompiler(method)
            && !method.Attributes.HasFlag(MethodAttributes.PinvokeImpl)
        select $"{type.Name}.{method.Name}";

    private static bool IsRecord(Type type) => type.GetMethod("<Clone>$") is not null;

    private static bool IsOfTheCompiler(MemberInfo member) =>
        member.Name.Contains('<') || member.IsDefined(typeof(CompilerGeneratedAttribute));
}
