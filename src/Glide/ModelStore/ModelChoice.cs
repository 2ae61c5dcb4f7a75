namespace Glide.ModelStore;

/// <summary>The model set that a run uses.</summary>
/// <param name="Set">The set.</param>
/// <param name="Notice">One line for the user where the choice was ours and needs saying, else <c>null</c>.</param>
public sealed record ModelChoice(ModelSet Set, string? Notice);
