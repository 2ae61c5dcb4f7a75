namespace Glide.Pipelines.Settings;

/// <summary>One setting: name, allowed values, help and default.</summary>
/// <param name="Name">In kebab-case.</param>
/// <param name="Kind">Which values it takes.</param>
internal abstract record Setting(string Name, SettingKind Kind)
{
    /// <summary>What the help prints for a value, such as <c>X</c>.</summary>
    public string Placeholder { get; init; } = "";

    /// <summary>What it does, in a sentence.</summary>
    public required string Help { get; init; }

    /// <summary>What applies if it is not given; <c>null</c> if the help needs no word about it.</summary>
    public string? Default { get; init; }

    /// <summary>Where the help lists it.</summary>
    public SettingGroup Group { get; init; }

    /// <summary>A short option name, such as <c>-s</c>.</summary>
    public string? ShortName { get; init; }

    /// <summary>Whether a sweep can go through several values of it.</summary>
    public bool IsAxis { get; init; }

    /// <summary>Whether an option may be given several times.</summary>
    public bool IsRepeatable { get; init; }

    /// <summary>A help text with its default.</summary>
    public static string Describe(string help, string? otherwise) =>
        otherwise is null ? help : $"{help} Default: {otherwise}.";
}

/// <summary>A setting of a record.</summary>
/// <param name="Name">In kebab-case.</param>
/// <param name="Kind">Which values it takes.</param>
/// <param name="Get">Returns the value as text; <c>null</c> if nothing is set.</param>
/// <param name="With">Returns the record with a value that <paramref name="Kind"/> accepts.</param>
internal record Setting<T>(string Name, SettingKind Kind, Func<T, string?> Get, Func<T, string, T> With)
    : Setting(Name, Kind)
{
    /// <summary>Returns the record with a value.</summary>
    /// <param name="target">The record.</param>
    /// <param name="text">The value.</param>
    /// <param name="label">The setting as the user wrote it, for the error message.</param>
    /// <exception cref="UsageException">The value is not allowed.</exception>
    public T Set(T target, string text, string label) =>
        Kind.Refusal(label, text) is { } refusal ? throw new UsageException(refusal) : With(target, text);
}

/// <summary>The headings of a command's help.</summary>
internal enum SettingGroup
{
    /// <summary>Options that belong to one command.</summary>
    Command,

    /// <summary>What is generated, from what, and how many.</summary>
    Image,

    /// <summary>Sampler, timesteps, noise.</summary>
    Sampling,

    /// <summary>Classifier-free and CLIP guidance.</summary>
    Guidance,

    /// <summary>The stages after the first.</summary>
    SecondStage,

    /// <summary>Where images go and what is printed.</summary>
    Output,

    /// <summary>Models, device, number type, threads.</summary>
    Machine,
}
