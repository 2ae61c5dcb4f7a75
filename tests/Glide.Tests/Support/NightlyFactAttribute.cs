namespace Glide.Tests.Support;

/// <summary>A test of many minutes, which runs only with <c>GLIDE_NIGHTLY=1</c> in the environment.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class NightlyFactAttribute : FactAttribute
{
    public NightlyFactAttribute() =>
        Skip = Environment.GetEnvironmentVariable("GLIDE_NIGHTLY") == "1" ? null! : "takes long; set GLIDE_NIGHTLY=1";
}
