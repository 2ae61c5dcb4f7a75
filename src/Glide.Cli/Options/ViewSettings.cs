namespace Glide.Cli.Options;

/// <summary>Values of <see cref="ViewOptions"/>.</summary>
/// <param name="Grid">Name of the contact sheet; <c>null</c> for none.</param>
/// <param name="Film">Name of the film of the steps; <c>null</c> for none.</param>
/// <param name="Preview">A protocol by name, or <c>auto</c>; <c>null</c> for no preview.</param>
internal sealed record ViewSettings(string? Grid, string? Film, string? Preview)
{
    /// <summary>No views.</summary>
    public static ViewSettings None { get; } = new(null, null, null);
}
