namespace Glide.Checkpoints;

/// <summary>The tensors of one network, and what stands before their names in the file.</summary>
/// <remarks>
/// Training tools put <c>module.</c>, <c>_orig_mod.</c> or a name of their own before every name, and some keep the
/// weights and their average in one mapping: <c>model.</c> and <c>model_ema.</c>, <c>online_model.</c> and
/// <c>ema_model.</c>, with counters beside them.
/// </remarks>
internal sealed record NamedWeights(string Prefix, OrderedDictionary<string, TensorEntry> Tensors)
{
    /// <summary>Which of several these are; <c>null</c> where the file has one, or the user chose.</summary>
    public WeightsChoice? Choice { get; private init; }

    /// <summary>
    /// The network of a table: of several the averaged one, or that under the table's key. All tensors where no network
    /// is recognized, or where something of it has another prefix.
    /// </summary>
    /// <exception cref="CheckpointException">Nothing has the key, or it is not known which of several is meant.
    /// </exception>
    public static NamedWeights Of(FileBytes file, TensorTable table)
    {
        var all = new NamedWeights("", table.Tensors) { Choice = table.Choice };
        var networks = Networks(table.Tensors);
        if (table.Key is { } key)
            return Named(file, table, networks, key.Trim('.'));
        if (networks.Count == 0)
            return all;
        if (networks is [var only])
        {
            bool isWhole = table.Tensors.Values.All(entry => entry.ElementCount == 1
                || entry.Name.StartsWith(only.Prefix, StringComparison.Ordinal));
            return only.Prefix.Length > 0 && isWhole ? only with { Choice = table.Choice } : all;
        }
        var averaged = networks.FindAll(network => WeightsChoice.IsAveraged(network.Prefix));
        if (averaged.Count != 1)
        {
            throw file.Refuse($"it holds several networks ({WeightsChoice.List(networks.Select(KeyOf))}); choose one "
                + "with --weights-key");
        }
        return averaged[0] with
        {
            Choice = WeightsChoice.Join(table.Choice, KeyOf(averaged[0]),
                [.. networks.Where(network => network != averaged[0]).Select(KeyOf)]),
        };
    }

    private static NamedWeights Named(FileBytes file, TensorTable table, List<NamedWeights> networks, string key)
    {
        if (networks.Find(network => KeyOf(network).Trim('.') == key) is { } exact)
            return exact;
        var below = table.Tensors.Values.Where(entry => entry.Name.StartsWith(key + ".", StringComparison.Ordinal))
            .ToList();
        if (below.Count > 0)
        {
            var inner = Of(file, new TensorTable(Renamed(below, key.Length + 1), table.Metadata));
            return inner with { Prefix = $"{key}.{inner.Prefix}" };
        }
        string[] known =
            [.. table.Keys.Concat(networks is [{ Prefix: "" }] ? [] : networks.Select(KeyOf)).Distinct()];
        throw file.Refuse($"it has no weights under the key '{Quoted.Text(key)}'; " + (known.Length == 0
            ? "it has one set of weights, which needs no --weights-key"
            : $"there are {WeightsChoice.List(known)}; give one of them with --weights-key"));
    }

    // A network without a prefix among others that have one goes by the separator alone.
    private static string KeyOf(NamedWeights network) => network.Prefix.Length == 0 ? "." : network.Prefix[..^1];

    private static List<NamedWeights> Networks(OrderedDictionary<string, TensorEntry> tensors)
    {
        var prefixes = tensors.Keys.Select(PrefixOf).OfType<string>().Distinct().Where(prefix =>
            CheckpointIdentity.Describe(name => tensors.GetValueOrDefault(prefix + name)?.Shape) is not null).ToList();
        var entries = tensors.Values.ToLookup(entry => prefixes
            .Where(prefix => entry.Name.StartsWith(prefix, StringComparison.Ordinal)).MaxBy(prefix => prefix.Length));
        List<NamedWeights> networks =
            [.. prefixes.Select(prefix => new NamedWeights(prefix, Renamed(entries[prefix], prefix.Length)))];
        if (networks is [var plain] && WithoutDots(tensors, plain) is { } average)
            networks.Add(average);
        return networks;
    }

    private static string? PrefixOf(string name)
    {
        string? known = CheckpointIdentity.DistinctiveNames.FirstOrDefault(known =>
            name.EndsWith(known, StringComparison.Ordinal)
            && (name.Length == known.Length || name[name.Length - known.Length - 1] == '.'));
        return known is null ? null : name[..^known.Length];
    }

    // LitEma, a common helper, keeps its copy as model_ema.input_blocks00weight beside model.input_blocks.0.0.weight.
    private static NamedWeights? WithoutDots(OrderedDictionary<string, TensorEntry> tensors, NamedWeights plain)
    {
        string inner = plain.Prefix[(plain.Prefix.IndexOf('.', StringComparison.Ordinal) + 1)..];
        foreach (string start in tensors.Keys.Select(name => name[..(name.IndexOf('.', StringComparison.Ordinal) + 1)])
            .Distinct().Where(WeightsChoice.IsAveraged))
        {
            var twins = new OrderedDictionary<string, TensorEntry>(StringComparer.Ordinal);
            foreach (string name in plain.Tensors.Keys)
            {
                string twin = start + (inner + name).Replace(".", "", StringComparison.Ordinal);
                if (tensors.TryGetValue(twin, out var entry))
                    twins.Add(name, entry with { Name = name });
            }
            if (twins.Count == plain.Tensors.Count)
                return new NamedWeights(start, twins);
        }
        return null;
    }

    private static OrderedDictionary<string, TensorEntry> Renamed(IEnumerable<TensorEntry> entries, int start) =>
        new(entries.Select(entry => entry with { Name = entry.Name[start..] })
            .Select(entry => KeyValuePair.Create(entry.Name, entry)), StringComparer.Ordinal);
}

/// <summary>Which of several sets of weights in a file is read.</summary>
/// <param name="Taken">Its key.</param>
/// <param name="LeftAside">The keys of the others.</param>
/// <param name="Reason">Why averages are left aside; <c>null</c> where they are not.</param>
internal sealed record WeightsChoice(string Taken, IReadOnlyList<string> LeftAside, string? Reason = null)
{
    private const int MostShown = 5;

    /// <summary>The choice in words.</summary>
    public override string ToString() => $"'{Quoted.Text(Taken)}' is taken, left aside: {List(LeftAside)}"
        + (Reason is null ? "" : $" ({Reason})");

    /// <summary>Whether a key says that its weights are averages over the training, as <c>model_ema</c> does.</summary>
    public static bool IsAveraged(string key) =>
        key.Split('.', '_', '-', '/').Any(part => part.ToUpperInvariant() is "EMA" or "SHADOW");

    /// <summary>A choice after an outer one.</summary>
    public static WeightsChoice Join(WeightsChoice? outer, string taken, IReadOnlyList<string> aside) => outer is null
        ? new(taken, aside)
        : new($"{outer.Taken}.{taken}", [.. outer.LeftAside, .. aside.Select(key => $"{outer.Taken}.{key}")]);

    /// <summary>Keys for a message.</summary>
    public static string List(IEnumerable<string> keys)
    {
        string[] quoted = [.. keys.Take(MostShown + 1).Select(key => $"'{Quoted.Text(key)}'")];
        return string.Join(", ", quoted.Take(MostShown)) + (quoted.Length > MostShown ? ", …" : "");
    }
}
