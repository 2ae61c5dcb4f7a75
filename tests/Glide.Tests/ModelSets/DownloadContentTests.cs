using System.Security.Cryptography;

namespace Glide.Tests.ModelSets;

/// <summary>Only the right file gets its name.</summary>
public sealed class DownloadContentTests : DownloadTests
{
    [Theory]
    [InlineData("text/html; charset=utf-8", "log in here")]
    [InlineData("application/octet-stream", "<!DOCTYPE html><html>log in</html>")]
    [InlineData("application/octet-stream", "\n  <HTML><body>log in</body></html>")]
    [InlineData("application/octet-stream", "version https://git-lfs.github.com/spec/v1\noid sha256:aa\nsize 3\n")]
    public async Task A_web_page_is_not_weights(string type, string body)
    {
        using var server = new LocalServer(_ =>
            new ServedResponse(200, System.Text.Encoding.ASCII.GetBytes(body), $"Content-Type: {type}",
                $"ETag: {Tag}"));
        Assert.Contains("not weights", await Fails<DownloadException>(() => Download(server)),
            StringComparison.Ordinal);
        AssertNothingLeft();
    }

    [Fact]
    public async Task A_wrong_hash_removes_the_newContent_and_keeps_the_old_one()
    {
        using var server = new LocalServer(request =>
            LocalServer.Serve(request, [.. Content.AsSpan(0, 2_999_999), (byte)~Content[^1]], Tag));
        File.WriteAllText(Target, "old but good");

        string message = await Fails<DownloadException>(() => Download(server, pinned: true));

        Assert.Contains("SHA-256", message, StringComparison.Ordinal);
        Assert.Contains(Hash, message, StringComparison.Ordinal);
        Assert.Equal("old but good", File.ReadAllText(Target));
        Assert.Single(Directory.GetFiles(Scratch.Path));
    }

    [Fact]
    public async Task A_damagedContent_is_replaced()
    {
        using var server = new LocalServer(request => LocalServer.Serve(request, Content, Tag));
        File.WriteAllBytes(Target, [.. Content.AsSpan(0, 2_999_999), (byte)~Content[^1]]);
        AssertArrived(await Download(server, pinned: true));
    }

    [Fact]
    public async Task The_hash_of_the_first_download_binds_later_ones()
    {
        byte[] served = Content;
        using var server = new LocalServer(request => LocalServer.Serve(request, served, Tag));
        await Download(server);
        File.Delete(Target);
        served = RandomNumberGenerator.GetBytes(1000);

        string message = await Fails<DownloadException>(() => Download(server));

        Assert.Contains("since the first download", message, StringComparison.Ordinal);
        Assert.False(File.Exists(Target));
        served = Content;
        AssertArrived(await Download(server));
    }

    [Fact]
    public async Task Another_size_than_expected_is_refused_before_the_first_byte()
    {
        using var server = new LocalServer(_ => new ServedResponse(200, Content[..1000]));
        Assert.Contains("offers 1000 bytes", await Fails<DownloadException>(() => Download(server, pinned: true)),
            StringComparison.Ordinal);
        AssertNothingLeft();
    }

    [Fact]
    public async Task AContent_that_is_shorter_than_its_length_is_not_accepted()
    {
        using var server = new LocalServer(_ =>
            new ServedResponse(200, Content[..1000], $"ETag: \"{Guid.NewGuid()}\"") { FalseLength = 2000 });
        await Fails<DownloadException>(() => Download(server));
        Assert.False(File.Exists(Target));
    }

    [Fact]
    public async Task AContent_of_untold_length_ends_with_its_connection_and_is_checked()
    {
        using var server = new LocalServer(request =>
            new ServedResponse(200, Content) { WithLength = false, CutAfter = request.Number == 1 ? 1000 : null });
        await Fails<DownloadException>(() => Download(server, pinned: true, withBytes: false));
        AssertNothingLeft();
        AssertArrived(await Download(server, pinned: true, withBytes: false));
    }

    [Fact]
    public async Task AContent_of_untold_length_that_is_too_short_is_asked_for_again()
    {
        using var server = new LocalServer(request =>
            new ServedResponse(200, Content) { WithLength = false, CutAfter = request.Number == 1 ? 1000 : null });
        AssertArrived(await Download(server, pinned: true));
        Assert.Equal(2, server.Requests.Count);
    }

    [Fact]
    public async Task A_wholeContent_of_another_size_than_expected_is_not_accepted()
    {
        using var server = new LocalServer(request => request.RangeStart is null
            ? LocalServer.Serve(request, Content, Tag)
            : new ServedResponse(416, [], $"Content-Range: bytes */{Content.Length + 7}"));
        LeavePart("aaaaaaaa", Content.Length, server.Url("base.pt"), more: 7);

        AssertArrived(await Download(server, pinned: true, withHash: false));
    }

    [Theory]
    [InlineData(2_900_000, false)]
    [InlineData(3_100_000, true)]
    public async Task TheContent_must_fit_and_leave_some_room(long room, bool fits)
    {
        const long Spare = 16 << 20;
        Settings = Settings with { FreeSpace = _ => Spare + room };
        using var server = new LocalServer(request => LocalServer.Serve(request, Content, Tag));
        if (fits)
            AssertArrived(await Download(server));
        else
            await Fails<ResourceException>(() => Download(server));
    }

    [Fact]
    public async Task More_than_was_promised_is_not_accepted()
    {
        using var server = new LocalServer(_ => new ServedResponse(200, [.. Content, 1, 2, 3]) { WithLength = false });
        Assert.Contains("more than the promised", await Fails<DownloadException>(() => Download(server, pinned: true)),
            StringComparison.Ordinal);
        AssertNothingLeft();
    }

    [Fact]
    public async Task What_is_no_checkpoint_is_removed()
    {
        Settings = Settings with { Inspect = _ => throw new CheckpointException("no checkpoint at all") };
        using var server = new LocalServer(request => LocalServer.Serve(request, Content, Tag));
        Assert.Contains("no checkpoint at all", await Fails<DownloadException>(() => Download(server)),
            StringComparison.Ordinal);
        AssertNothingLeft();
    }
}
