namespace Glide.Models.Ops;

/// <summary>The kernels that <c>GLIDE_KERNELS</c> in the environment asks for.</summary>
internal static class KernelChoice
{
    /// <summary>The environment variable.</summary>
    public const string Variable = "GLIDE_KERNELS";

    /// <summary>Forces libtorch's operations.</summary>
    public const string Plain = "plain";

    /// <summary>Forces AVX2 on processors with AVX-512.</summary>
    public const string Avx2 = "avx2";

    /// <summary>One of these; <c>null</c> for the fastest that this machine has.</summary>
    /// <exception cref="UsageException">The variable has another value.</exception>
    public static string? Chosen => Read(Environment.GetEnvironmentVariable(Variable));

    /// <summary>What <see cref="Chosen"/> would be for a value of the variable.</summary>
    /// <inheritdoc cref="Chosen" path="/exception"/>
    internal static string? Read(string? value) => value switch
    {
        null or "" => null,
        Plain or Avx2 => value,
        _ => throw new UsageException(
            $"{Variable} is '{value}', which names no kernels; allowed are {Plain} and {Avx2}; set it to one of them, "
                + "or unset it"),
    };
}
