using System.Reflection;
using System.Runtime.CompilerServices;
using Glide.Pipelines;

namespace Glide.Tests.Architecture;

/// <summary>
/// The library's public members are those of <c>public-api.txt</c>, so that a change of them is seen and meant.
/// </summary>
public sealed class PublicApiTests
{
    /// <summary>Set it to 1 to take the present members as the approved ones.</summary>
    private const string ApproveVariable = "GLIDE_APPROVE_API";

    [Fact]
    public void Public_members_are_the_approved_ones()
    {
        string[] found = [.. Members().Order(StringComparer.Ordinal)];
        string file = Path.Combine(Path.GetDirectoryName(ThisFile())!, "public-api.txt");
        if (Environment.GetEnvironmentVariable(ApproveVariable) == "1")
            File.WriteAllLines(file, found);

        string[] approved = File.ReadAllLines(file);
        var changes = found.Except(approved).Select(line => "+ " + line)
            .Concat(approved.Except(found).Select(line => "- " + line)).ToList();
        Assert.True(changes.Count == 0,
            $"the public members changed; run this test with {ApproveVariable}=1 if that is "
                + $"meant:\n{string.Join('\n', changes)}");
    }

    [Fact]
    public void It_is_small() => Assert.InRange(Members().Count(), 1, 250);

    private static IEnumerable<string> Members() =>
        from type in typeof(GlidePipeline).Assembly.GetExportedTypes()
        let name = SurfaceText.Container(type)
        from line in Own(type).Select(member => $"{name}: {SurfaceText.Of(member)}").Prepend(name)
        select line;

    // What the compiler writes for records and enums, and the accessors of properties, say nothing of their own.
    private static IEnumerable<MemberInfo> Own(Type type) => typeof(MulticastDelegate).IsAssignableFrom(type)
        ? [type.GetMethod("Invoke")!]
        : type.GetMembers(BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly)
            .Where(member => member is not Type && member.Name is not ("value__" or "<Clone>$")
                && !member.IsDefined(typeof(CompilerGeneratedAttribute))
                    && member is not MethodInfo { IsSpecialName: true });

    private static string ThisFile([CallerFilePath] string path = "") => path;
}
