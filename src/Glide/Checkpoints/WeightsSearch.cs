using System.Globalization;

namespace Glide.Checkpoints;

/// <summary>
/// Finds the mapping from names to tensors in what training scripts save: the averaged weights (EMA) where there are
/// plain ones too, or those under a key that the user names. What optimizers keep is passed over.
/// </summary>
/// <param name="file">The file, for messages.</param>
/// <param name="key">The user's key, with dots between the keys of nested mappings; <c>null</c> to choose.</param>
internal sealed class WeightsSearch(FileBytes file, string? key)
{
    private const int DeepestWrapping = 4;

    /// <summary>Keys under which training scripts store the weights, most likely first.</summary>
    private static readonly string[] s_wrappers =
        ["state_dict", "model_state_dict", "model", "module", "params", "weights", "network", "net"];

    private static readonly string[] s_optimizers = ["optim", "exp_avg", "momentum", "scheduler", "lr_scheduler"];

    // A small file may hold one large mapping thousands of times; each is looked through once.
    private readonly Dictionary<(string Question, PickleDict), bool> _answers = [];
    private readonly List<string> _keys = [];

    /// <summary>The strings and numbers around the weights.</summary>
    public Dictionary<string, string> Notes { get; } = new(StringComparer.Ordinal);

    /// <summary>What was taken and what was not; <c>null</c> where there was nothing to choose.</summary>
    public WeightsChoice? Choice { get; private set; }

    /// <summary>The user's key, or what is left of it to be found among the names of the tensors.</summary>
    public string? Key { get; private set; } = key;

    /// <summary>The keys of weights that were come across.</summary>
    public IReadOnlyList<string> Keys => _keys;

    /// <summary>The mapping.</summary>
    /// <exception cref="CheckpointException">There is none, or it is not known which of several is meant.</exception>
    public PickleDict Find(object? value)
    {
        for (int depth = 0; depth <= DeepestWrapping; depth++)
        {
            if (value is not PickleDict dict)
                throw file.Refuse($"it holds {Kind(value)}, not a mapping from names to tensors{Advice(value)}");
            var sets = Mappings(dict);
            sets.RemoveAll(set => !LooksLikeWeights(set.Value));
            _keys.AddRange(sets.Select(set => set.Key));
            var inner = Named(sets) ?? Averaged(dict, sets) ?? Known(dict, sets);
            if (inner is null && dict.Items.Any(item => item.Value is PickleTensor))
                return dict;
            value = inner ?? Only(dict, sets);
            // Even next to an unrelated tensor, such as the last loss.
            CollectNotes(dict);
        }
        throw file.Refuse(string.Create(CultureInfo.InvariantCulture,
            $"its tensors lie deeper than {DeepestWrapping} mappings; save the state dict alone"));
    }

    private PickleDict? Named(List<(string Key, PickleDict Value)> sets)
    {
        foreach (var (name, value) in Key is null ? [] : sets)
        {
            if (Key != name && !Key!.StartsWith(name + ".", StringComparison.Ordinal))
                continue;
            Key = Key == name ? null : Key[(name.Length + 1)..];
            return value;
        }
        return null;
    }

    private PickleDict? Averaged(PickleDict dict, List<(string Key, PickleDict Value)> sets)
    {
        var averaged = sets.FindAll(set => WeightsChoice.IsAveraged(set.Key));
        if (averaged.Count > 1)
            throw Several(averaged);
        if (averaged.Count == 0)
            return null;
        // With a key the choice is the user's, which may lie further inside.
        var others = sets.Where(set => set.Key != averaged[0].Key).Select(set => set.Key).ToList();
        if (dict.Items.Count(item => item.Value is PickleTensor) > 1)
            others.Add("the tensors beside it");
        if (Key is null && others.Count > 0)
            Choice = WeightsChoice.Join(Choice, averaged[0].Key, others);
        return averaged[0].Value;
    }

    private PickleDict? Known(PickleDict dict, List<(string Key, PickleDict Value)> sets)
    {
        string? known = s_wrappers.FirstOrDefault(name => sets.Exists(set => set.Key == name));
        if (known is null)
            return null;
        string[] unusable = [.. dict.Items.Where(item => item.Key is string name && WeightsChoice.IsAveraged(name)
            && HoldsNamelessTensors(item.Value)).Select(item => (string)item.Key!)];
        if (unusable.Length > 0)
        {
            Choice = WeightsChoice.Join(Choice, known, unusable) with
            {
                Reason = "it has no names of tensors, or is an object",
            };
        }
        return sets.Find(set => set.Key == known).Value;
    }

    private PickleDict Only(PickleDict dict, List<(string Key, PickleDict Value)> sets)
    {
        if (IsOptimizer(dict))
        {
            throw file.Refuse(
                "it holds the state of an optimizer ('state' and 'param_groups'), not weights; give the file that "
                    + "was saved beside it");
        }
        if (sets.Count > 1)
            throw Several(sets);
        if (sets.Count == 1)
            return sets[0].Value;
        throw file.Refuse(dict.Items.Count == 0
            ? "it holds an empty mapping, no tensors"
            : $"it holds no tensors; its keys are {KeysOf(dict)}"
                + Advice(dict.Items.Find(item => IsObject(item.Value)).Value));
    }

    private CheckpointException Several(List<(string Key, PickleDict Value)> sets) => file.Refuse(
        $"it holds several sets of tensors ({WeightsChoice.List(sets.Select(set => set.Key))}); choose one with "
            + "--weights-key");

    private List<(string Key, PickleDict Value)> Mappings(PickleDict dict) =>
    [
        .. from item in dict.Items
           where item.Key is string name && item.Value is PickleDict { Items.Count: > 0 } value
               && name != "opt" && !IsOptimizer(value)
               && !s_optimizers.Any(start => name.StartsWith(start, StringComparison.OrdinalIgnoreCase))
           select ((string)item.Key!, (PickleDict)item.Value!),
    ];

    // Tensors inside, or a mapping that has some, or another wrapper with a known name.
    private bool LooksLikeWeights(PickleDict dict) => Answer(nameof(LooksLikeWeights), dict, () => HoldsTensors(dict)
        || Mappings(dict).Exists(inner => s_wrappers.Contains(inner.Key) || HoldsTensors(inner.Value)));

    private bool HoldsTensors(PickleDict dict) => Answer(nameof(HoldsTensors), dict,
        () => dict.Items.Exists(item => item is { Key: string, Value: PickleTensor }));

    private bool HoldsNamelessTensors(object? value) => value switch
    {
        PickleList list => list.Items.Exists(item => item is PickleTensor),
        PickleDict dict => Answer(nameof(HoldsNamelessTensors), dict,
            () => dict.Items.Exists(item => item.Value is PickleList list && HoldsNamelessTensors(list))),
        _ => IsObject(value),
    };

    private bool IsOptimizer(PickleDict dict) => Answer(nameof(IsOptimizer), dict, () =>
        dict.Items.Exists(item => item.Key is "param_groups") && dict.Items.Exists(item => item.Key is "state"));

    private bool Answer(string question, PickleDict dict, Func<bool> find)
    {
        if (!_answers.TryGetValue((question, dict), out bool answer))
            _answers[(question, dict)] = answer = find();
        return answer;
    }

    private void CollectNotes(PickleDict dict)
    {
        foreach (var (name, value) in dict.Items)
        {
            if (name is string text && value is string or long or double or bool)
                Notes.TryAdd(text, Convert.ToString(value, CultureInfo.InvariantCulture)!);
        }
    }

    private static string KeysOf(PickleDict dict) =>
        string.Join(", ", dict.Items.Take(5).Select(i => i.Key is string key ? $"'{Quoted.Text(key)}'" : Kind(i.Key)))
        + (dict.Items.Count > 5 ? ", …" : "");

    private static bool IsObject(object? value) =>
        value is PickleOpaque { What: var what } && what.StartsWith("an object", StringComparison.Ordinal);

    private static string Advice(object? value) => IsObject(value)
        ? "; objects are not read, save the state dict: "
            + "torch.save(model.state_dict(), ...)"
        : "";

    private static string Kind(object? value) => value switch
    {
        null => "None",
        bool => "a truth value",
        string => "a text",
        double => "a number",
        PickleTensor => "a single tensor without a name",
        PickleTuple => "a tuple",
        PickleList => "a list",
        PickleDict => "a mapping",
        PickleOpaque opaque => Quoted.Text(opaque.What),
        _ => value.GetType().IsValueType ? "a number" : "something",
    };
}
