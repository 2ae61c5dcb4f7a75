using Glide.Pipelines.Editing;

namespace Glide.Batches;

/// <summary>The picture of which a row has a part painted anew.</summary>
/// <param name="Files">What the journal keeps of it.</param>
/// <param name="Open">Reads the picture with its mask: not before its turn, as a long batch's pictures do not fit into memory together.</param>
/// <param name="Window">The square that the network sees; <c>null</c> chooses one.</param>
public sealed record RowSource(SourceFiles Files, Func<KnownPicture> Open, EditWindow? Window);
