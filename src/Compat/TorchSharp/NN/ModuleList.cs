using System.Collections;
using System.Globalization;
using static TorchSharp.torch;

namespace TorchSharp.Modules;

/// <summary>Modules in a row, registered under their positions.</summary>
public class ModuleList<T> : nn.Module, IList<T> where T : nn.Module
{
    private readonly List<T> _items;

    public ModuleList(params T[] modules) : base(nameof(ModuleList<T>))
    {
        _items = [.. modules];
        Number();
    }

    public int Count => _items.Count;

    public bool IsReadOnly => false;

    public T this[int index]
    {
        get => _items[index];
        set
        {
            _items[index] = value;
            Number();
        }
    }

    public void Add(T item) => Insert(_items.Count, item);

    public void append(params T[] parameters) => extend(parameters);

    public void extend(IEnumerable<T> modules)
    {
        _items.AddRange(modules);
        Number();
    }

    public void Insert(int index, T item)
    {
        _items.Insert(index, item);
        Number();
    }

    public bool Remove(T item)
    {
        bool removed = _items.Remove(item);
        Number();
        return removed;
    }

    public void RemoveAt(int index)
    {
        _items.RemoveAt(index);
        Number();
    }

    public void Clear()
    {
        _items.Clear();
        Number();
    }

    public bool Contains(T item) => _items.Contains(item);

    public void CopyTo(T[] array, int arrayIndex) => _items.CopyTo(array, arrayIndex);

    public int IndexOf(T item) => _items.IndexOf(item);

    public IEnumerator<T> GetEnumerator() => _items.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>The fields hold the list itself, which is no component.</summary>
    protected override void RegisterComponents() { }

    private void Number()
    {
        ClearModules();
        for (int index = 0; index < _items.Count; index++)
            register_module(index.ToString(CultureInfo.InvariantCulture), _items[index]);
    }
}
