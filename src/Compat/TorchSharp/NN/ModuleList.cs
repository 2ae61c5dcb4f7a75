using System.Collections;
using System.Globalization;
using static TorchSharp.torch;

namespace TorchSharp.Modules;

/// <summary>
/// Modules in a row. Like the package's, it registers them under their positions once, when the module that owns it
/// registers its components; what is added or replaced later is not registered.
/// </summary>
public class ModuleList<T> : nn.Module, IList<T> where T : nn.Module
{
    private readonly List<T> _items;
    private bool _registered;

    public ModuleList(params T[] modules) : base(nameof(ModuleList<T>)) => _items = [.. modules];

    public int Count => _items.Count;

    public bool IsReadOnly => false;

    public T this[int index]
    {
        get => _items[index];
        set => _items[index] = value;
    }

    public void Add(T item) => _items.Add(item);

    public void append(params T[] parameters) => _items.AddRange(parameters);

    public void extend(IEnumerable<T> modules) => _items.AddRange(modules);

    public void Insert(int index, T item) => _items.Insert(index, item);

    public bool Remove(T item) => _items.Remove(item);

    public void RemoveAt(int index) => _items.RemoveAt(index);

    public void Clear() => _items.Clear();

    public bool Contains(T item) => _items.Contains(item);

    public void CopyTo(T[] array, int arrayIndex) => _items.CopyTo(array, arrayIndex);

    public int IndexOf(T item) => _items.IndexOf(item);

    public IEnumerator<T> GetEnumerator() => _items.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    protected override void RegisterComponents()
    {
        if (_registered) return;
        _registered = true;
        for (int index = 0; index < _items.Count; index++)
            register_module(index.ToString(CultureInfo.InvariantCulture), _items[index]);
    }
}
