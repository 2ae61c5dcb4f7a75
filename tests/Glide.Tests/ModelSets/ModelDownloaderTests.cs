using System.Collections.Concurrent;
using System.Security.Cryptography;
using Glide.ModelSets;

namespace Glide.Tests.ModelSets;

/// <summary>Downloads from a server that misbehaves in every way that servers do.</summary>
public sealed class ModelDownloaderTests : IDisposable
{
    private const string Tag = "\"first\"";

    private readonly ScratchFolder _scratch = new();
    private readonly byte[] _file = RandomNumberGenerator.GetBytes(3_000_000);
    private readonly ConcurrentQueue<TimeSpan> _waits = new();
    private readonly Notices _notices = new();
    private DownloadSettings _settings;

    public ModelDownloaderTests() => _settings = new DownloadSettings
    {
        StallTimeout = TimeSpan.FromSeconds(30),
        Wait = (wait, _) =>
        {
            _waits.Enqueue(wait);
            return Task.CompletedTask;
        },
        FreeSpace = _ => long.MaxValue,
        Handler = settings => new SocketsHttpHandler { AllowAutoRedirect = false, UseProxy = false, ConnectTimeout = settings.ConnectTimeout },
    };

    private string Target => _scratch.PathOf("base.pt");

    private string Hash => Convert.ToHexStringLower(SHA256.HashData(_file));

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public async Task A_file_arrives_whole_with_its_record_and_nothing_else()
    {
        using var server = new LocalServer(request => LocalServer.Serve(request, _file, Tag));

        var result = await Download(server);

        Assert.False(result.WasThere);
        AssertArrived(result);
        Assert.Equal(server.Url("base.pt").ToString(), FileRecords.Read(Target)!.Url);
        Assert.True(FileRecords.Holds(FileRecords.Read(Target)!, Target));
        Assert.Equal("identity", server.Requests.Single().Headers["accept-encoding"]);
        Assert.Empty(_waits);
        Assert.Contains(_notices.All, notice => notice.Received == _file.Length && notice.Total == _file.Length);
    }

    [Fact]
    public async Task What_is_there_and_right_is_not_downloaded_again()
    {
        using var server = new LocalServer(request => LocalServer.Serve(request, _file, Tag));
        await Download(server);

        var again = await Download(server);

        Assert.True(again.WasThere);
        Assert.Equal(Hash, again.Sha256);
        Assert.Single(server.Requests);
    }

    [Fact]
    public async Task A_cut_connection_is_continued_by_range()
    {
        using var server = new LocalServer(request => LocalServer.Serve(request, _file, Tag) with { CutAfter = request.Number == 1 ? _file.Length * 6 / 10 : null });

        AssertArrived(await Download(server));

        Assert.Equal(2, server.Requests.Count);
        var second = server.Requests.Last();
        Assert.Equal(_file.Length * 6 / 10, second.RangeStart);
        Assert.Equal(Tag, second.Headers["if-range"]);
        Assert.Equal([TimeSpan.FromSeconds(1)], _waits);
        Assert.Contains(_notices.All, notice => notice.Notice?.Contains("trying again in 1 s", StringComparison.Ordinal) == true);
    }

    [Fact]
    public async Task Progress_resets_the_patience()
    {
        _settings = _settings with { Attempts = 2 };
        using var server = new LocalServer(request => LocalServer.Serve(request, _file, Tag) with { CutAfter = request.RangeStart > 1_900_000 ? null : 1_100_000 });

        AssertArrived(await Download(server));

        Assert.Equal(3, server.Requests.Count);
    }

    [Fact]
    public async Task A_download_that_gets_nowhere_ends_and_keeps_what_came()
    {
        using var server = new LocalServer(request => LocalServer.Serve(request, _file, Tag) with { CutAfter = request.Number == 1 ? 1000 : 10 });

        string message = await Fails<DownloadException>(() => Download(server));

        Assert.Contains(server.Url("base.pt").ToString(), message, StringComparison.Ordinal);
        Assert.Contains("are kept", message, StringComparison.Ordinal);
        Assert.Equal([1, 2, 4, 8, 16], _waits.Select(wait => wait.TotalSeconds));
        Assert.False(File.Exists(Target));
        Assert.Equal([".json", ".lock", ".part"], Directory.GetFiles(_scratch.Path).Select(Path.GetExtension).Order());
    }

    [Fact]
    public async Task A_later_run_goes_on_where_an_earlier_one_stopped()
    {
        bool broken = true;
        using var server = new LocalServer(request => broken && request.Number > 1
            ? new ServedResponse(404, [])
            : LocalServer.Serve(request, _file, Tag) with { CutAfter = broken ? 2_000_000 : null });
        await Fails<DownloadException>(() => Download(server));
        broken = false;

        AssertArrived(await Download(server));

        Assert.Equal(2_000_000, server.Requests.Last().RangeStart);
    }

    [Fact]
    public async Task The_rest_of_a_killed_run_is_used_and_shorter_ones_are_removed()
    {
        using var server = new LocalServer(request => LocalServer.Serve(request, _file, Tag));
        LeavePart("aaaaaaaa", 100, server.Url("base.pt"));
        LeavePart("bbbbbbbb", 2_500_000, server.Url("base.pt"));
        LeavePart("cccccccc", 200, server.Url("base.pt"));
        LeavePart("dddddddd", 2_900_000, server.Url("other.pt"));
        File.WriteAllBytes(Target + ".eeeeeeee.part", _file);
        File.WriteAllText(Target + ".ffffffff.part.json", "{}");

        AssertArrived(await Download(server));

        Assert.Equal(2_500_000, server.Requests.Single().RangeStart);
    }

    [Fact]
    public async Task A_200_to_a_range_starts_over()
    {
        using var server = new LocalServer(request => new ServedResponse(200, _file, $"ETag: {Tag}"));
        LeavePart("aaaaaaaa", 1_000_000, server.Url("base.pt"), damaged: true);

        AssertArrived(await Download(server));

        Assert.Equal(1_000_000, server.Requests.Single().RangeStart);
    }

    [Fact]
    public async Task A_changed_file_starts_over()
    {
        using var server = new LocalServer(request => LocalServer.Serve(request, _file, "\"second\""));
        LeavePart("aaaaaaaa", 1_000_000, server.Url("base.pt"), damaged: true);

        AssertArrived(await Download(server));
    }

    public static TheoryData<string> BadRanges => new() { "bytes 5-2999999/3000000", "bytes 1000000-2999998/2999999", "other" };

    [Theory, MemberData(nameof(BadRanges))]
    public async Task A_206_that_does_not_fit_starts_over(string range)
    {
        using var server = new LocalServer(request => request.RangeStart is { } start
            ? range == "other"
                ? new ServedResponse(206, _file[(int)start..], "ETag: \"second\"", $"Content-Range: bytes {start}-{_file.Length - 1}/{_file.Length}")
                : new ServedResponse(206, _file[(int)start..], $"ETag: {Tag}", $"Content-Range: {range}")
            : LocalServer.Serve(request, _file, Tag));
        LeavePart("aaaaaaaa", 1_000_000, server.Url("base.pt"), damaged: true);

        AssertArrived(await Download(server));

        Assert.Equal(2, server.Requests.Count);
        Assert.Null(server.Requests.Last().RangeStart);
    }

    [Theory]
    [InlineData("W/\"weak\"")]
    [InlineData(null)]
    public async Task Without_a_strong_tag_nothing_is_continued(string? tag)
    {
        using var server = new LocalServer(request => new ServedResponse(200, _file, tag is null ? [] : [$"ETag: {tag}"]) { CutAfter = request.Number == 1 ? 2_000_000 : null });

        AssertArrived(await Download(server));

        Assert.All(server.Requests, request => Assert.Null(request.RangeStart));
    }

    [Fact]
    public async Task A_416_on_a_whole_file_is_checked_and_accepted()
    {
        using var server = new LocalServer(request => LocalServer.Serve(request, _file, Tag));
        LeavePart("aaaaaaaa", _file.Length, server.Url("base.pt"));

        AssertArrived(await Download(server, pinned: true));

        Assert.Single(server.Requests);
    }

    [Fact]
    public async Task A_416_on_a_damaged_whole_file_starts_over_once()
    {
        using var server = new LocalServer(request => LocalServer.Serve(request, _file, Tag));
        LeavePart("aaaaaaaa", _file.Length, server.Url("base.pt"), damaged: true);

        AssertArrived(await Download(server, pinned: true));

        Assert.Equal(2, server.Requests.Count);
    }

    [Fact]
    public async Task A_416_of_a_changed_file_starts_over()
    {
        using var server = new LocalServer(request => request.RangeStart is null
            ? LocalServer.Serve(request, _file, "\"second\"")
            : new ServedResponse(416, [], "ETag: \"second\"", $"Content-Range: bytes */{_file.Length}"));
        LeavePart("aaaaaaaa", _file.Length, server.Url("base.pt"), damaged: true);

        AssertArrived(await Download(server));
    }

    [Fact]
    public async Task A_416_with_another_size_starts_over()
    {
        using var server = new LocalServer(request => LocalServer.Serve(request, _file, Tag));
        LeavePart("aaaaaaaa", _file.Length, server.Url("base.pt"), damaged: true, more: 7);

        AssertArrived(await Download(server));

        Assert.Equal(2, server.Requests.Count);
    }

    [Fact]
    public async Task Busy_servers_are_asked_again_when_they_say()
    {
        var now = new DateTimeOffset(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);
        _settings = _settings with { Clock = new FixedClock(now) };
        using var server = new LocalServer(request => request.Number switch
        {
            1 => new ServedResponse(429, [1, 2, 3], "Retry-After: 7"),
            2 => new ServedResponse(503, [1, 2, 3], $"Retry-After: {now.AddSeconds(90):R}"),
            3 => new ServedResponse(502, [1, 2, 3]),
            4 => new ServedResponse(504, [1, 2, 3], "Retry-After: soon"),
            _ => LocalServer.Serve(request, _file, Tag),
        });

        AssertArrived(await Download(server));

        Assert.Equal([7, 90, 4, 8], _waits.Select(wait => wait.TotalSeconds));
    }

    [Fact]
    public async Task A_server_that_asks_for_too_much_patience_is_given_up()
    {
        using var server = new LocalServer(_ => new ServedResponse(429, [], "Retry-After: 3600"));
        Assert.Contains("3600 seconds", await Fails<DownloadException>(() => Download(server)), StringComparison.Ordinal);
        Assert.Empty(_waits);
    }

    [Fact]
    public async Task A_server_that_stays_busy_is_given_up()
    {
        using var server = new LocalServer(_ => new ServedResponse(503, "busy"u8.ToArray()));
        Assert.Contains("503", await Fails<DownloadException>(() => Download(server)), StringComparison.Ordinal);
        Assert.Equal(6, server.Requests.Count);
        AssertNothingLeft();
    }

    [Theory]
    [InlineData(404)]
    [InlineData(403)]
    [InlineData(401)]
    [InlineData(204)]
    [InlineData(206)]
    [InlineData(304)]
    public async Task The_body_of_any_other_answer_is_never_stored(int status)
    {
        using var server = new LocalServer(_ => new ServedResponse(status, status is 204 or 304 ? [] : "not here"u8.ToArray()));
        Assert.Contains($"{status}", await Fails<DownloadException>(() => Download(server)), StringComparison.Ordinal);
        Assert.Single(server.Requests);
        AssertNothingLeft();
    }

    [Theory]
    [InlineData("text/html; charset=utf-8", "log in here")]
    [InlineData("application/octet-stream", "<!DOCTYPE html><html>log in</html>")]
    [InlineData("application/octet-stream", "\n  <HTML><body>log in</body></html>")]
    [InlineData("application/octet-stream", "version https://git-lfs.github.com/spec/v1\noid sha256:aa\nsize 3\n")]
    public async Task A_web_page_is_not_weights(string type, string body)
    {
        using var server = new LocalServer(_ => new ServedResponse(200, System.Text.Encoding.ASCII.GetBytes(body), $"Content-Type: {type}", $"ETag: {Tag}"));
        Assert.Contains("not weights", await Fails<DownloadException>(() => Download(server)), StringComparison.Ordinal);
        AssertNothingLeft();
    }

    [Fact]
    public async Task A_wrong_hash_removes_the_new_file_and_keeps_the_old_one()
    {
        using var server = new LocalServer(request => LocalServer.Serve(request, [.. _file.AsSpan(0, 2_999_999), (byte)~_file[^1]], Tag));
        File.WriteAllText(Target, "old but good");

        string message = await Fails<DownloadException>(() => Download(server, pinned: true));

        Assert.Contains("SHA-256", message, StringComparison.Ordinal);
        Assert.Contains(Hash, message, StringComparison.Ordinal);
        Assert.Equal("old but good", File.ReadAllText(Target));
        Assert.Single(Directory.GetFiles(_scratch.Path));
    }

    [Fact]
    public async Task A_damaged_file_is_replaced()
    {
        using var server = new LocalServer(request => LocalServer.Serve(request, _file, Tag));
        File.WriteAllBytes(Target, [.. _file.AsSpan(0, 2_999_999), (byte)~_file[^1]]);
        AssertArrived(await Download(server, pinned: true));
    }

    [Fact]
    public async Task The_hash_of_the_first_download_binds_later_ones()
    {
        byte[] served = _file;
        using var server = new LocalServer(request => LocalServer.Serve(request, served, Tag));
        await Download(server);
        File.Delete(Target);
        served = RandomNumberGenerator.GetBytes(1000);

        string message = await Fails<DownloadException>(() => Download(server));

        Assert.Contains("since the first download", message, StringComparison.Ordinal);
        Assert.False(File.Exists(Target));
        served = _file;
        AssertArrived(await Download(server));
    }

    [Fact]
    public async Task Another_size_than_expected_is_refused_before_the_first_byte()
    {
        using var server = new LocalServer(_ => new ServedResponse(200, _file[..1000]));
        Assert.Contains("offers 1000 bytes", await Fails<DownloadException>(() => Download(server, pinned: true)), StringComparison.Ordinal);
        AssertNothingLeft();
    }

    [Fact]
    public async Task A_file_that_is_shorter_than_its_length_is_not_accepted()
    {
        using var server = new LocalServer(_ => new ServedResponse(200, _file[..1000], $"ETag: \"{Guid.NewGuid()}\"") { FalseLength = 2000 });
        await Fails<DownloadException>(() => Download(server));
        Assert.False(File.Exists(Target));
    }

    [Fact]
    public async Task A_file_of_untold_length_ends_with_its_connection_and_is_checked()
    {
        using var server = new LocalServer(request => new ServedResponse(200, _file) { WithLength = false, CutAfter = request.Number == 1 ? 1000 : null });
        await Fails<DownloadException>(() => Download(server, pinned: true, withBytes: false));
        AssertNothingLeft();
        AssertArrived(await Download(server, pinned: true, withBytes: false));
    }

    [Fact]
    public async Task A_file_of_untold_length_that_is_too_short_is_asked_for_again()
    {
        using var server = new LocalServer(request => new ServedResponse(200, _file) { WithLength = false, CutAfter = request.Number == 1 ? 1000 : null });
        AssertArrived(await Download(server, pinned: true));
        Assert.Equal(2, server.Requests.Count);
    }

    [Fact]
    public async Task A_whole_file_of_another_size_than_expected_is_not_accepted()
    {
        using var server = new LocalServer(request => request.RangeStart is null
            ? LocalServer.Serve(request, _file, Tag)
            : new ServedResponse(416, [], $"Content-Range: bytes */{_file.Length + 7}"));
        LeavePart("aaaaaaaa", _file.Length, server.Url("base.pt"), more: 7);

        AssertArrived(await Download(server, pinned: true, withHash: false));
    }

    [Theory]
    [InlineData(2_900_000, false)]
    [InlineData(3_100_000, true)]
    public async Task The_file_must_fit_and_leave_some_room(long room, bool fits)
    {
        const long Spare = 16 << 20;
        _settings = _settings with { FreeSpace = _ => Spare + room };
        using var server = new LocalServer(request => LocalServer.Serve(request, _file, Tag));
        if (fits)
            AssertArrived(await Download(server));
        else
            await Fails<ResourceException>(() => Download(server));
    }

    [Fact]
    public async Task More_than_was_promised_is_not_accepted()
    {
        using var server = new LocalServer(_ => new ServedResponse(200, [.. _file, 1, 2, 3]) { WithLength = false });
        Assert.Contains("more than the promised", await Fails<DownloadException>(() => Download(server, pinned: true)), StringComparison.Ordinal);
        AssertNothingLeft();
    }

    [Fact(Timeout = 60_000)]
    public async Task A_silent_server_is_left_and_asked_again()
    {
        _settings = _settings with { StallTimeout = TimeSpan.FromMilliseconds(300) };
        using var server = new LocalServer(request => LocalServer.Serve(request, _file, Tag) with { SilentAfter = request.Number == 1 ? 500_000 : null });
        AssertArrived(await Download(server));
        Assert.Equal(500_000, server.Requests.Last().RangeStart);
    }

    [Fact]
    public async Task A_server_that_hangs_up_is_asked_again()
    {
        using var server = new LocalServer(request => LocalServer.Serve(request, _file, Tag) with { HangUp = request.Number < 3 });
        AssertArrived(await Download(server));
        Assert.Equal(3, server.Requests.Count);
    }

    [Fact]
    public async Task A_refused_connection_names_the_address_and_the_mends()
    {
        var server = new LocalServer(request => LocalServer.Serve(request, _file, Tag));
        server.Dispose();

        string message = await Fails<DownloadException>(() => Download(server));

        Assert.Contains("http://127.0.0.1:", message, StringComparison.Ordinal);
        Assert.Contains("refused", message, StringComparison.OrdinalIgnoreCase);
        Assert.Equal([1, 2], _waits.Select(wait => wait.TotalSeconds));
        Assert.Contains("--offline", message, StringComparison.Ordinal);
        Assert.Contains("proxy", message, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task An_unknown_host_is_told_at_once()
    {
        string message = await Fails<DownloadException>(() => Download(new Uri("https://host.invalid/base.pt")));
        Assert.Contains("host.invalid", message, StringComparison.Ordinal);
        Assert.Empty(_waits);
    }

    [Fact]
    public async Task A_certificate_that_nobody_vouches_for_is_refused_at_once()
    {
        using var server = new LocalServer(request => LocalServer.Serve(request, _file, Tag), tls: true);
        string message = await Fails<DownloadException>(() => Download(server));
        Assert.Contains("SSL", message, StringComparison.Ordinal);
        Assert.Empty(_waits);
        AssertNothingLeft();
    }

    [Fact]
    public async Task A_dead_proxy_is_named()
    {
        _settings = _settings with { Handler = _ => new SocketsHttpHandler { Proxy = new System.Net.WebProxy("http://127.0.0.1:9"), UseProxy = true } };
        string message = await Fails<DownloadException>(() => Download(new Uri("https://host.invalid/base.pt")));
        Assert.Contains("127.0.0.1:9", message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_redirect_is_followed_and_the_range_goes_with_it()
    {
        using var storage = new LocalServer(request => LocalServer.Serve(request, _file, Tag));
        using var server = new LocalServer(request => request.Path == "/base.pt"
            ? new ServedResponse(302, [], "Location: /moved")
            : new ServedResponse(307, [], $"Location: {storage.Url("signed?key=1")}"));
        LeavePart("aaaaaaaa", 1_000_000, server.Url("base.pt"));

        AssertArrived(await Download(server));

        Assert.Equal(["/base.pt", "/moved"], server.Requests.Select(request => request.Path));
        Assert.Equal(1_000_000, storage.Requests.Single().RangeStart);
        Assert.Equal("/signed?key=1", storage.Requests.Single().Path);
    }

    [Theory]
    [InlineData("file:///etc/passwd", "only https")]
    [InlineData("ftp://host.invalid/base.pt", "only https")]
    [InlineData("http://host.invalid/base.pt", "not protected by https")]
    public async Task A_redirect_to_an_unsafe_place_is_refused(string location, string expected)
    {
        using var server = new LocalServer(_ => new ServedResponse(302, [], $"Location: {location}"));
        Assert.Contains(expected, await Fails<DownloadException>(() => Download(server)), StringComparison.Ordinal);
        AssertNothingLeft();
    }

    [Fact]
    public async Task A_redirect_from_https_to_http_is_refused_even_to_this_machine()
    {
        using var plain = new LocalServer(request => LocalServer.Serve(request, _file, Tag));
        using var server = new LocalServer(_ => new ServedResponse(302, [], $"Location: {plain.Url("base.pt")}"), tls: true);
        _settings = _settings with
        {
            Handler = _ => new SocketsHttpHandler
            {
                AllowAutoRedirect = false,
                UseProxy = false,
                SslOptions = { RemoteCertificateValidationCallback = (_, certificate, _, _) => server.Vouches(certificate) },
            },
        };

        Assert.Contains("from https to http://", await Fails<DownloadException>(() => Download(server)), StringComparison.Ordinal);
        Assert.Empty(plain.Requests);
    }

    [Fact]
    public async Task Redirects_in_a_circle_end()
    {
        using var server = new LocalServer(_ => new ServedResponse(302, [], "Location: /base.pt"));
        Assert.Contains("more than 10 times", await Fails<DownloadException>(() => Download(server)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Plain_http_to_another_machine_needs_to_be_asked_for()
    {
        Assert.Contains("not protected by https", await Fails<DownloadException>(() => Download(new Uri("http://host.invalid/base.pt"))), StringComparison.Ordinal);
        string message = await Fails<DownloadException>(() => Download(new Uri("https://host.invalid/base.pt"), from: "http://mirror.invalid/glide"));
        Assert.Contains("http://mirror.invalid/glide/base.pt", message, StringComparison.Ordinal);
        Assert.DoesNotContain("not protected", message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_mirror_is_used_in_place_of_the_publisher()
    {
        using var server = new LocalServer(request => LocalServer.Serve(request, _file, Tag));
        AssertArrived(await Download(new Uri("https://host.invalid/base.pt"), from: server.Url("mirror").ToString()));
        Assert.Equal("/mirror/base.pt", server.Requests.Single().Path);
    }

    [Fact]
    public async Task A_folder_is_a_mirror_too_even_offline()
    {
        using var mirror = new ScratchFolder();
        File.WriteAllBytes(mirror.PathOf("base.pt"), _file);
        AssertArrived(await Download(new Uri("https://host.invalid/base.pt"), from: mirror.Path, offline: true, pinned: true));
    }

    [Theory]
    [InlineData("/no/such/folder", "--from names no folder")]
    [InlineData("file:///tmp", "no address that can be used")]
    [InlineData("ftp://host/", "no address that can be used")]
    public async Task A_mirror_that_cannot_be_is_the_users_mistake(string from, string expected)
    {
        Assert.Contains(expected, await Fails<UsageException>(() => Download(new Uri("https://host.invalid/base.pt"), from: from)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_mirror_folder_without_the_file_is_named()
    {
        using var mirror = new ScratchFolder();
        Assert.Contains(mirror.PathOf("base.pt"), await Fails<DownloadException>(() => Download(new Uri("https://host.invalid/base.pt"), from: mirror.Path)), StringComparison.Ordinal);
        AssertNothingLeft();
    }

    [Fact]
    public async Task Offline_tells_at_once_where_it_looked()
    {
        using var server = new LocalServer(request => LocalServer.Serve(request, _file, Tag));
        string message = await Fails<DownloadException>(() => Download(server, offline: true));
        Assert.Contains(Target, message, StringComparison.Ordinal);
        Assert.Empty(server.Requests);

        File.WriteAllBytes(Target, _file);
        Assert.True((await Download(server, offline: true)).WasThere);
    }

    [Fact]
    public async Task A_disk_without_room_is_told_before_the_first_byte()
    {
        _settings = _settings with { FreeSpace = _ => 1_000_000 };
        using var server = new LocalServer(request => LocalServer.Serve(request, _file, Tag));

        string known = await Fails<ResourceException>(() => Download(server, pinned: true));
        Assert.Empty(server.Requests);
        string told = await Fails<ResourceException>(() => Download(server));

        Assert.Contains("1.00 MB are free", known, StringComparison.Ordinal);
        Assert.Contains(_scratch.Path, told, StringComparison.Ordinal);
        AssertNothingLeft();
    }

    [TinyDiskFact]
    public async Task A_disk_that_fills_up_on_the_way_ends_the_download_and_keeps_the_old_file()
    {
        using var disk = new TinyDisk();
        File.WriteAllText(Path.Combine(disk.Path, "base.pt"), "old but good");
        using var server = new LocalServer(request => LocalServer.Serve(request, _file, Tag));
        using var downloader = new ModelDownloader(_settings);

        string message = await Fails<ResourceException>(() => downloader.DownloadAsync(Set(server.Url("base.pt"), true, true) with { Folder = disk.Path }, new DownloadOptions()));

        Assert.Contains("the disk is full", message, StringComparison.Ordinal);
        Assert.Contains(disk.Path, message, StringComparison.Ordinal);
        Assert.Equal("old but good", File.ReadAllText(Path.Combine(disk.Path, "base.pt")));
    }

    [TinyDiskFact]
    public async Task The_room_on_a_real_disk_is_seen_before_the_first_byte()
    {
        using var disk = new TinyDisk();
        using var server = new LocalServer(request => LocalServer.Serve(request, _file, Tag));
        using var downloader = new ModelDownloader(_settings with { FreeSpace = new DownloadSettings().FreeSpace });

        await Fails<ResourceException>(() => downloader.DownloadAsync(Set(server.Url("base.pt"), true, true) with { Folder = disk.Path }, new DownloadOptions()));

        Assert.Empty(server.Requests);
        Assert.Empty(Directory.GetFiles(disk.Path));
    }

    [Fact]
    public async Task A_folder_that_cannot_be_written_to_is_told()
    {
        File.WriteAllText(_scratch.PathOf("file"), "");
        using var server = new LocalServer(request => LocalServer.Serve(request, _file, Tag));
        using var downloader = new ModelDownloader(_settings);
        string message = await Fails<UsageException>(() => downloader.DownloadAsync(Set(server.Url("base.pt"), false, true) with { Folder = _scratch.PathOf("file/models") }, new DownloadOptions()));
        Assert.Contains("GLIDE_MODELS", message, StringComparison.Ordinal);
        Assert.Contains("--folder", message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Stopping_keeps_the_part_for_the_next_run()
    {
        using var stop = new CancellationTokenSource();
        using var server = new LocalServer(request => LocalServer.Serve(request, _file, Tag) with { SilentAfter = request.Number == 1 ? 2_000_000 : null });
        var progress = new Notices(notice =>
        {
            if (notice.Received == 2_000_000)
            {
                stop.Cancel();
            }
        });

        using (var downloader = new ModelDownloader(_settings))
        {
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() =>
                downloader.DownloadAsync(Set(server.Url("base.pt"), false, false), new DownloadOptions(), progress, stop.Token));
        }

        AssertArrived(await Download(server));
        Assert.Equal(2_000_000, server.Requests.Last().RangeStart);
    }

    [Fact]
    public async Task Two_downloads_at_once_both_end_well()
    {
        var gate = new TaskCompletionSource();
        using var server = new LocalServer(request =>
        {
            if (request.Number == 2)
            {
                gate.TrySetResult();
            }

            return LocalServer.Serve(request, _file, Tag) with { Midway = gate.Task };
        });

        var results = await Task.WhenAll(Task.Run(() => Download(server)), Task.Run(() => Download(server)));

        Assert.All(results, AssertArrived);
        Assert.All(server.Requests, request => Assert.Null(request.RangeStart));
    }

    [Fact]
    public async Task Many_downloads_at_once_never_take_each_others_parts()
    {
        using var server = new LocalServer(request => LocalServer.Serve(request, _file, Tag));
        for (int round = 0; round < 20; round++)
        {
            string target = Target;
            File.Delete(target);
            File.Delete(FileRecords.PathFor(target));
            var results = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
            {
                using var downloader = new FileDownloader(_settings);
                var file = new ModelFile { File = "base.pt", Url = server.Url("base.pt") };
                return await downloader.FetchAsync(new(file, IsCheckpoint: false, DownloadSource.Of(file, null), target, Hash), null, default);
            })));

            Assert.All(results, hash => Assert.Equal(Hash, hash));
            Assert.Equal([target, FileRecords.PathFor(target)], Directory.GetFiles(_scratch.Path).Order());
        }
    }

    [Fact]
    public async Task A_part_that_somebody_removes_is_told_or_replaced_by_the_finished_file()
    {
        bool finished = false;
        using var server = new LocalServer(request => LocalServer.Serve(request, _file, Tag));
        _settings = _settings with
        {
            Inspect = path =>
            {
                File.Delete(path);
                if (finished)
                {
                    File.WriteAllBytes(Target, _file);
                }
            },
        };

        Assert.Contains("was removed", await Fails<DownloadException>(() => Download(server)), StringComparison.Ordinal);
        finished = true;
        Assert.Equal(Hash, (await Download(server)).Sha256);
    }

    [Fact]
    public async Task What_is_no_checkpoint_is_removed()
    {
        _settings = _settings with { Inspect = _ => throw new CheckpointException("no checkpoint at all") };
        using var server = new LocalServer(request => LocalServer.Serve(request, _file, Tag));
        Assert.Contains("no checkpoint at all", await Fails<DownloadException>(() => Download(server)), StringComparison.Ordinal);
        AssertNothingLeft();
    }

    [Fact]
    public async Task A_password_in_an_address_is_not_shown()
    {
        string message = await Fails<DownloadException>(() => Download(new Uri("https://host.invalid/base.pt"), from: "https://me:secret@mirror.invalid/"));
        Assert.DoesNotContain("secret", message, StringComparison.Ordinal);
    }

    private Task<DownloadedFile> Download(LocalServer server, bool pinned = false, bool withBytes = true, bool offline = false, bool withHash = true) =>
        Download(server.Url("base.pt"), null, pinned, withBytes, offline, withHash);

    private async Task<DownloadedFile> Download(Uri url, string? from = null, bool pinned = false, bool withBytes = true, bool offline = false, bool withHash = true)
    {
        using var downloader = new ModelDownloader(_settings);
        var files = await downloader.DownloadAsync(Set(url, pinned, withBytes, withHash), new DownloadOptions { From = from, Offline = offline, Only = ["base"] }, _notices);
        return Assert.Single(files);
    }

    private ModelSet Set(Uri url, bool pinned, bool withBytes, bool withHash = true)
    {
        var set = ModelSet.Read(Path.Combine(Checkout.Models, "openai"));
        var file = new ModelFile { File = "base.pt", Url = url, Bytes = pinned && withBytes ? _file.Length : null, Sha256 = pinned && withHash ? Hash : null };
        return set with
        {
            Networks = new Dictionary<string, NetworkEntry> { ["base"] = set.Networks["base"] with { Weights = file } },
            Folder = _scratch.Path,
            DefinitionFolder = _scratch.Path,
        };
    }

    private void LeavePart(string id, int length, Uri url, bool damaged = false, int more = 0)
    {
        string path = $"{Target}.{id}.part";
        byte[] bytes = [.. _file.AsSpan(0, length), .. new byte[more]];
        if (damaged)
        {
            bytes[length / 2] ^= 0xff;
        }

        File.WriteAllBytes(path, bytes);
        FileRecords.WriteJson(path + ".json", new PartialRecord { Url = url.ToString(), ETag = Tag, Bytes = more == 0 ? _file.Length : null }, ModelSetJson.Default.PartialRecord);
    }

    private void AssertArrived(DownloadedFile result)
    {
        Assert.Equal(Target, result.Path);
        Assert.Equal(Hash, result.Sha256);
        Assert.Equal(_file.Length, result.Bytes);
        Assert.Equal(Hash, Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(Target))));
        Assert.Equal([Target, FileRecords.PathFor(Target)], Directory.GetFiles(_scratch.Path).Order());
    }

    private void AssertNothingLeft() => Assert.Empty(Directory.GetFiles(_scratch.Path));

    private static async Task<string> Fails<T>(Func<Task> action)
        where T : GlideException => (await Assert.ThrowsAsync<T>(action)).Message;

    private sealed class FixedClock(DateTimeOffset now) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => now;
    }

    private sealed class Notices(Action<DownloadProgress>? told = null) : IProgress<DownloadProgress>
    {
        public ConcurrentQueue<DownloadProgress> All { get; } = new();

        public void Report(DownloadProgress value)
        {
            All.Enqueue(value);
            told?.Invoke(value);
        }
    }
}
