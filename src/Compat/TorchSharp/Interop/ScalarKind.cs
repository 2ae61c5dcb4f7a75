namespace TorchSharp.Interop;

/// <summary>The three kinds of number that type promotion tells apart, and "not given".</summary>
internal enum ScalarKind : long
{
    None = 0,
    Bool = 1,
    Integer = 2,
    Float = 3,
}
