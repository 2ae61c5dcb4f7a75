using System.Runtime.InteropServices;

namespace Glide.Models.Accelerated;

// The structs of native/cpu/glide_fast.h, field by field.

/// <summary>Weights to be put into the order in which convolutions read them.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct Packing
{
    public nint Packed, Weights;
    public long Outputs, Inputs, Taps;
    public int Threads;
}

/// <summary>A convolution, perhaps with something added.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct Convolving
{
    public nint Output, Input, Packed, Bias, Added;
    public long Pictures, Height, Width, Inputs, Outputs, Kernel;
    public int InputEnlarged, AddedEnlarged, Threads;
}

/// <summary>GroupNorm and what follows it.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct Normalizing
{
    public nint Output, Input, Weight, Bias, ScaleShift;
    public long Pictures, Pixels, Channels, Groups;
    public float Epsilon;
    public int Activates, OutputIsFloat, Threads;
}

/// <summary>Attention over text and pixels.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct Attending
{
    public nint Output, Input, Text;
    public long Pictures, Pixels, Heads, Width, Tokens;
    public int Threads;
}

/// <summary>Channels side by side.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct Joining
{
    public nint Output, First, Second;
    public long Pixels, FirstBytes, SecondBytes;
    public int Threads;
}

/// <summary>Means of 2×2 pixels.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct Halving
{
    public nint Output, Input;
    public long Pictures, Height, Width, Channels;
    public int Threads;
}
