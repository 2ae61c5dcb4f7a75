using static TorchSharp.torch;

namespace TorchSharp.Interop;

/// <summary>Lists of tensors across the border.</summary>
internal static class HandleList
{
    /// <summary>The handles of <paramref name="tensors"/>, which the caller keeps alive during the call.</summary>
    internal static nint[] Of(IEnumerable<Tensor> tensors) => [.. tensors.Select(t => t.Handle)];

    /// <summary>The handles of <paramref name="tensors"/>, null for null.</summary>
    internal static nint[] OfOptional(IEnumerable<Tensor?>? tensors)
        => tensors is null ? [] : [.. tensors.Select(t => t is null ? 0 : t.Handle)];

    /// <summary>Takes over a list that a native function made.</summary>
    internal static Tensor[] Take(int status, nint list)
    {
        Native.Check(status);
        var handles = new nint[Native.list_size(list)];
        Native.list_take(list, handles);
        return Array.ConvertAll(handles, Native.Take);
    }
}
