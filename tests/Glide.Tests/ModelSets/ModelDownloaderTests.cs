using Glide.ModelSets;

namespace Glide.Tests.ModelSets;

/// <summary>Where files come from and where they go.</summary>
public sealed class ModelDownloaderTests : DownloadTests
{
    [Fact]
    public async Task AContent_arrives_whole_with_its_record_and_nothing_else()
    {
        using var server = new LocalServer(request => LocalServer.Serve(request, Content, Tag));

        var result = await Download(server);

        Assert.False(result.WasThere);
        AssertArrived(result);
        Assert.Equal(server.Url("base.pt").ToString(), FileRecords.Read(Target)!.Url);
        Assert.True(FileRecords.Holds(FileRecords.Read(Target)!, Target));
        Assert.Equal("identity", server.Requests.Single().Headers["accept-encoding"]);
        Assert.Empty(Waits);
        Assert.Contains(Notices.All, notice => notice.Received == Content.Length && notice.Total == Content.Length);
    }

    [Fact]
    public async Task What_is_there_and_right_is_not_downloaded_again()
    {
        using var server = new LocalServer(request => LocalServer.Serve(request, Content, Tag));
        await Download(server);

        var again = await Download(server);

        Assert.True(again.WasThere);
        Assert.Equal(Hash, again.Sha256);
        Assert.Single(server.Requests);
    }

    [Fact]
    public async Task Plain_http_to_another_machine_needs_to_be_asked_for()
    {
        Assert.Contains("not protected by https",
            await Fails<DownloadException>(() => Download(new Uri("http://host.invalid/base.pt"))),
            StringComparison.Ordinal);
        string message = await Fails<DownloadException>(() =>
            Download(new Uri("https://host.invalid/base.pt"), from: "http://mirror.invalid/glide"));
        Assert.Contains("http://mirror.invalid/glide/base.pt", message, StringComparison.Ordinal);
        Assert.DoesNotContain("not protected", message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_mirror_is_used_in_place_of_the_publisher()
    {
        using var server = new LocalServer(request => LocalServer.Serve(request, Content, Tag));
        AssertArrived(await Download(new Uri("https://host.invalid/base.pt"), from: server.Url("mirror").ToString()));
        Assert.Equal("/mirror/base.pt", server.Requests.Single().Path);
    }

    [Fact]
    public async Task A_folder_is_a_mirror_too_even_offline()
    {
        using var mirror = new ScratchFolder();
        File.WriteAllBytes(mirror.PathOf("base.pt"), Content);
        AssertArrived(await Download(new Uri("https://host.invalid/base.pt"), from: mirror.Path, offline: true,
            pinned: true));
    }

    [Theory]
    [InlineData("/no/such/folder", "--from names no folder")]
    [InlineData("file:///tmp", "no address that can be used")]
    [InlineData("ftp://host/", "no address that can be used")]
    public async Task A_mirror_that_cannot_be_is_the_users_mistake(string from, string expected)
    {
        Assert.Contains(expected, await Fails<UsageException>(() =>
            Download(new Uri("https://host.invalid/base.pt"), from: from)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_mirror_folder_without_theContent_is_named()
    {
        using var mirror = new ScratchFolder();
        Assert.Contains(mirror.PathOf("base.pt"),
            await Fails<DownloadException>(() => Download(new Uri("https://host.invalid/base.pt"), from: mirror.Path)),
            StringComparison.Ordinal);
        AssertNothingLeft();
    }

    [Fact]
    public async Task Offline_tells_at_once_where_it_looked()
    {
        using var server = new LocalServer(request => LocalServer.Serve(request, Content, Tag));
        string message = await Fails<DownloadException>(() => Download(server, offline: true));
        Assert.Contains(Target, message, StringComparison.Ordinal);
        Assert.Empty(server.Requests);

        File.WriteAllBytes(Target, Content);
        Assert.True((await Download(server, offline: true)).WasThere);
    }

    [Fact]
    public async Task A_disk_without_room_is_told_before_the_first_byte()
    {
        Settings = Settings with { FreeSpace = _ => 1_000_000 };
        using var server = new LocalServer(request => LocalServer.Serve(request, Content, Tag));

        string known = await Fails<ResourceException>(() => Download(server, pinned: true));
        Assert.Empty(server.Requests);
        string told = await Fails<ResourceException>(() => Download(server));

        Assert.Contains("1.00 MB are free", known, StringComparison.Ordinal);
        Assert.Contains(Scratch.Path, told, StringComparison.Ordinal);
        AssertNothingLeft();
    }

    [TinyDiskFact]
    public async Task A_disk_that_fills_up_on_the_way_ends_the_download_and_keeps_the_oldContent()
    {
        using var disk = new TinyDisk();
        File.WriteAllText(Path.Combine(disk.Path, "base.pt"), "old but good");
        using var server = new LocalServer(request => LocalServer.Serve(request, Content, Tag));
        using var downloader = new ModelDownloader(Settings);

        string message = await Fails<ResourceException>(() =>
            downloader.DownloadAsync(Set(server.Url("base.pt"), true, true) with { Folder = disk.Path },
                new DownloadOptions()));

        Assert.Contains("the disk is full", message, StringComparison.Ordinal);
        Assert.Contains(disk.Path, message, StringComparison.Ordinal);
        Assert.Equal("old but good", File.ReadAllText(Path.Combine(disk.Path, "base.pt")));
    }

    [TinyDiskFact]
    public async Task The_room_on_a_real_disk_is_seen_before_the_first_byte()
    {
        using var disk = new TinyDisk();
        using var server = new LocalServer(request => LocalServer.Serve(request, Content, Tag));
        using var downloader = new ModelDownloader(Settings with { FreeSpace = new DownloadSettings().FreeSpace });

        await Fails<ResourceException>(() => downloader.DownloadAsync(
            Set(server.Url("base.pt"), true, true) with { Folder = disk.Path }, new DownloadOptions()));

        Assert.Empty(server.Requests);
        Assert.Empty(Directory.GetFiles(disk.Path));
    }

    [Fact]
    public async Task A_folder_that_cannot_be_written_to_is_told()
    {
        File.WriteAllText(Scratch.PathOf("file"), "");
        using var server = new LocalServer(request => LocalServer.Serve(request, Content, Tag));
        using var downloader = new ModelDownloader(Settings);
        string message = await Fails<UsageException>(() =>
            downloader.DownloadAsync(Set(server.Url("base.pt"), false,
                true) with
            { Folder = Scratch.PathOf("file/models") }, new DownloadOptions()));
        Assert.Contains("GLIDE_MODELS", message, StringComparison.Ordinal);
        Assert.Contains("--folder", message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_password_in_an_address_is_not_shown()
    {
        string message = await Fails<DownloadException>(() =>
            Download(new Uri("https://host.invalid/base.pt"), from: "https://me:secret@mirror.invalid/"));
        Assert.DoesNotContain("secret", message, StringComparison.Ordinal);
    }
}
