namespace Glide.Server.Tests.Support;

/// <summary>One server for the tests that leave it as it was, but for more images in its folder.</summary>
public sealed class SharedServer : IDisposable
{
    public const string Name = "one server";

    internal RunningServer Server { get; } = new();

    /// <inheritdoc/>
    public void Dispose() => Server.Dispose();
}

/// <summary>The classes that share it.</summary>
[CollectionDefinition(SharedServer.Name)]
public sealed class SharedServerTests : ICollectionFixture<SharedServer>;
