namespace Glide.Compat.Tests.Signatures;

/// <summary>What sort of member a signature describes.</summary>
internal enum SignatureKind { Type, Constructor, Method, Operator, Conversion, Indexer, Variable }

/// <summary>One parameter of a signature; <see cref="Default"/> is <c>null</c> where there is none.</summary>
internal sealed record ParameterText(HashSet<string> Modifiers, TypeText Type, string Name, string? Default);

/// <summary>One line of a list of signatures, taken apart.</summary>
internal sealed class Signature
{
    private static readonly HashSet<string> ModifierWords =
    [
        "public", "protected", "internal", "private", "static", "abstract", "virtual", "override", "sealed", "readonly",
        "new", "unsafe", "extern", "partial", "const", "volatile", "async",
    ];

    private Signature(string text) => Text = text;

    public string Text { get; }

    public SignatureKind Kind { get; private set; }

    public HashSet<string> Modifiers { get; } = [];

    /// <summary>The member's name without type parameters; the sign of an operator; class, struct, … are in <see cref="Keyword"/>.</summary>
    public string Name { get; private set; } = "";

    public string Keyword { get; private set; } = "";

    public IReadOnlyList<string> TypeParameters { get; private set; } = [];

    /// <summary>The type of the result or of the variable; <c>null</c> for constructors and types.</summary>
    public TypeText? Type { get; private set; }

    public IReadOnlyList<ParameterText> Parameters { get; private set; } = [];

    /// <summary>Base class and interfaces of a type.</summary>
    public IReadOnlyList<TypeText> Bases { get; private set; } = [];

    /// <summary>What stands behind a variable: accessors, an arrow, an initial value, or nothing.</summary>
    public string Tail { get; private set; } = "";

    /// <summary>Constraints by type parameter, such as <c>unmanaged</c>.</summary>
    public Dictionary<string, List<TypeText>> Constraints { get; } = [];

    /// <summary>
    /// Takes a line apart; <c>null</c> for what no stand-in can have: an event, or a member whose use is an error.
    /// </summary>
    public static Signature? Parse(string text)
    {
        var signature = new Signature(text);
        var reader = new TokenReader(text);
        while (reader.TryTake("["))
        {
            string attribute = reader.TakeUntil("]");
            reader.Expect("]");
            if (attribute.StartsWith("Obsolete", StringComparison.Ordinal) && attribute.Contains(", true", StringComparison.Ordinal))
                return null;
        }
        while (ModifierWords.Contains(reader.Next)) signature.Modifiers.Add(reader.Take());
        return reader.Next switch
        {
            "delegate" => signature.ParseDelegate(reader),
            "event" => null,
            "class" or "struct" or "interface" or "enum" => signature.ParseType(reader),
            "implicit" or "explicit" => signature.ParseConversion(reader),
            _ => signature.ParseMember(reader),
        };
    }

    private Signature ParseType(TokenReader reader)
    {
        Kind = SignatureKind.Type;
        Keyword = reader.Take();
        Name = reader.Take();
        ParseTypeParameters(reader);
        var bases = new List<TypeText>();
        if (reader.TryTake(":"))
            do bases.Add(TypeText.Parse(reader)); while (reader.TryTake(","));
        Bases = bases;
        ParseConstraints(reader);
        return this;
    }

    private Signature ParseDelegate(TokenReader reader)
    {
        Kind = SignatureKind.Type;
        Keyword = reader.Take();
        Type = TypeText.Parse(reader);
        Name = reader.Take();
        ParseTypeParameters(reader);
        ParseParameters(reader, "(", ")");
        ParseConstraints(reader);
        return this;
    }

    private Signature ParseConversion(TokenReader reader)
    {
        Kind = SignatureKind.Conversion;
        Name = reader.Take();
        reader.Expect("operator");
        Type = TypeText.Parse(reader);
        ParseParameters(reader, "(", ")");
        return this;
    }

    private Signature ParseMember(TokenReader reader)
    {
        var type = TypeText.Parse(reader);
        if (reader.Next == "(")
        {
            Kind = SignatureKind.Constructor;
            Name = type.SimpleName;
            ParseParameters(reader, "(", ")");
            return this;
        }
        Type = type;
        if (reader.TryTake("operator"))
        {
            Kind = SignatureKind.Operator;
            while (reader.Next != "(") Name += reader.Take();
            ParseParameters(reader, "(", ")");
            return this;
        }
        Name = reader.Take().TrimStart('@');
        if (Name == "this" && reader.Next == "[")
        {
            Kind = SignatureKind.Indexer;
            ParseParameters(reader, "[", "]");
            Tail = reader.TakeUntil();
            return this;
        }
        Kind = SignatureKind.Variable;
        if (reader.Next is "<" or "(")
        {
            Kind = SignatureKind.Method;
            ParseTypeParameters(reader);
            ParseParameters(reader, "(", ")");
            ParseConstraints(reader);
            return this;
        }
        Tail = reader.TakeUntil();
        return this;
    }

    private void ParseTypeParameters(TokenReader reader)
    {
        if (!reader.TryTake("<")) return;
        var names = new List<string>();
        do names.Add(reader.Take()); while (reader.TryTake(","));
        reader.Expect(">");
        TypeParameters = names;
    }

    private void ParseParameters(TokenReader reader, string open, string close)
    {
        reader.Expect(open);
        var parameters = new List<ParameterText>();
        while (reader.Next != close)
        {
            while (reader.TryTake("["))
            {
                _ = reader.TakeUntil("]");
                reader.Expect("]");
            }
            var modifiers = new HashSet<string>();
            while (reader.Next is "this" or "params" or "ref" or "out" or "in") modifiers.Add(reader.Take());
            var type = TypeText.Parse(reader);
            string name = reader.Take().TrimStart('@');
            parameters.Add(new(modifiers, type, name, reader.TryTake("=") ? reader.TakeUntil(",", close) : null));
            if (!reader.TryTake(",")) break;
        }
        reader.Expect(close);
        Parameters = parameters;
    }

    private void ParseConstraints(TokenReader reader)
    {
        while (reader.TryTake("where"))
        {
            string name = reader.Take();
            reader.Expect(":");
            var constraints = new List<TypeText>();
            do
            {
                constraints.Add(TypeText.Parse(reader));
                if (reader.TryTake("(")) reader.Expect(")");
            }
            while (reader.TryTake(","));
            Constraints[name] = constraints;
        }
    }
}
