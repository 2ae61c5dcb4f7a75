using System.Collections.Concurrent;

namespace Glide.Compat.Tests.Signatures;

/// <summary>The public surface of a package, one member a line: place, container, signature, with tabs between.</summary>
internal sealed class SignatureList
{
    /// <summary>Lines that were taken apart before: the tests compare against the same list many times.</summary>
    private static readonly ConcurrentDictionary<string, Signature?> Known = [];

    private readonly Dictionary<string, List<Signature>> _members = [];
    private readonly Dictionary<(string Container, string Name), Dictionary<string, long>> _enums = [];

    private SignatureList(IEnumerable<string> lines)
    {
        foreach (string line in lines)
        {
            if (line.Split('\t') is not [_, var container, var text] || container == "container") continue;
            container = Fold(container);
            if (text.StartsWith("ENUM ", StringComparison.Ordinal))
            {
                AddEnum(container, text);
                continue;
            }
            if (Known.GetOrAdd(text, Signature.Parse) is not { } signature) continue;
            if (!_members.TryGetValue(container, out var members)) _members.Add(container, members = []);
            members.Add(signature);
        }
    }

    public static SignatureList Parse(IEnumerable<string> lines) => new(lines);

    /// <summary>The signatures in a container such as <c>TorchSharp.torch.nn.Module&lt;T,TResult&gt;</c>.</summary>
    public IEnumerable<Signature> In(string container) => _members.GetValueOrDefault(Fold(container)) ?? [];

    public IReadOnlyDictionary<string, long>? EnumValues(string container, string name) =>
        _enums.GetValueOrDefault((Fold(container), name));

    /// <summary>The members of all classes that are said to implement an interface.</summary>
    public IEnumerable<Signature> InImplementorsOf(string interfaceName) =>
        from entry in _members
        from type in entry.Value
        where type.Kind == SignatureKind.Type && type.Bases.Any(parent => parent.SimpleName == interfaceName)
        let parameters = type.TypeParameters.Count == 0 ? "" : $"<{string.Join(',', type.TypeParameters)}>"
        from member in In($"{entry.Key}.{type.Name}{parameters}")
        select member;

    /// <summary>The members that a class inherits from listed base classes.</summary>
    public IEnumerable<Signature> InBasesOf(IEnumerable<Signature> types)
    {
        foreach (string name in types.SelectMany(type => type.Bases).Select(parent => parent.SimpleName).Distinct())
            foreach (var (container, members) in _members)
            {
                var bases = members.Where(type => type is { Kind: SignatureKind.Type, Keyword: "class" } && type.Name == name).ToArray();
                if (bases.Length == 0) continue;
                foreach (var member in In($"{container}.{name}").Concat(InBasesOf(bases))) yield return member;
            }
    }

    private static string Fold(string text) => text.Replace(" ", "", StringComparison.Ordinal);

    private void AddEnum(string container, string text)
    {
        int open = text.IndexOf('{', StringComparison.Ordinal);
        var values = new Dictionary<string, long>();
        long next = 0;
        foreach (string entry in text[(open + 1)..text.LastIndexOf('}')].Split(',', StringSplitOptions.TrimEntries))
        {
            if (entry.Length == 0) continue;
            string[] halves = entry.Split('=', StringSplitOptions.TrimEntries);
            if (halves.Length == 2 && !long.TryParse(halves[1], out next) && !values.TryGetValue(halves[1], out next)) continue;
            values[halves[0].TrimStart('@')] = next++;
        }
        _enums[(container, text["ENUM ".Length..open].Trim())] = values;
    }
}
