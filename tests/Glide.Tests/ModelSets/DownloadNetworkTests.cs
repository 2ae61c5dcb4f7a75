
namespace Glide.Tests.ModelSets;

/// <summary>Servers that are busy, silent, gone or elsewhere.</summary>
public sealed class DownloadNetworkTests : DownloadTests
{
    [Fact]
    public async Task Busy_servers_are_asked_again_when_they_say()
    {
        var now = new DateTimeOffset(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);
        Settings = Settings with { Clock = new FixedClock(now) };
        using var server = new LocalServer(request => request.Number switch
        {
            1 => new ServedResponse(429, [1, 2, 3], "Retry-After: 7"),
            2 => new ServedResponse(503, [1, 2, 3], $"Retry-After: {now.AddSeconds(90):R}"),
            3 => new ServedResponse(502, [1, 2, 3]),
            4 => new ServedResponse(504, [1, 2, 3], "Retry-After: soon"),
            _ => LocalServer.Serve(request, Content, Tag),
        });

        AssertArrived(await Download(server));

        Assert.Equal([7, 90, 4, 8], Waits.Select(wait => wait.TotalSeconds));
    }

    [Fact]
    public async Task A_server_that_asks_for_too_much_patience_is_given_up()
    {
        using var server = new LocalServer(_ => new ServedResponse(429, [], "Retry-After: 3600"));
        Assert.Contains("3600 seconds", await Fails<DownloadException>(() => Download(server)),
            StringComparison.Ordinal);
        Assert.Empty(Waits);
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
        using var server = new LocalServer(_ =>
            new ServedResponse(status, status is 204 or 304 ? [] : "not here"u8.ToArray()));
        Assert.Contains($"{status}", await Fails<DownloadException>(() => Download(server)), StringComparison.Ordinal);
        Assert.Single(server.Requests);
        AssertNothingLeft();
    }

    [Fact(Timeout = 60_000)]
    public async Task A_silent_server_is_left_and_asked_again()
    {
        Settings = Settings with { StallTimeout = TimeSpan.FromMilliseconds(300) };
        using var server = new LocalServer(request =>
            LocalServer.Serve(request, Content, Tag) with { SilentAfter = request.Number == 1 ? 500_000 : null });
        AssertArrived(await Download(server));
        Assert.Equal(500_000, server.Requests.Last().RangeStart);
    }

    [Fact]
    public async Task A_server_that_hangs_up_is_asked_again()
    {
        using var server = new LocalServer(request =>
            LocalServer.Serve(request, Content, Tag) with { HangUp = request.Number < 3 });
        AssertArrived(await Download(server));
        Assert.Equal(3, server.Requests.Count);
    }

    [Fact]
    public async Task A_refused_connection_names_the_address_and_the_mends()
    {
        var server = new LocalServer(request => LocalServer.Serve(request, Content, Tag));
        server.Dispose();

        string message = await Fails<DownloadException>(() => Download(server));

        Assert.Contains("http://127.0.0.1:", message, StringComparison.Ordinal);
        Assert.Contains("refused", message, StringComparison.OrdinalIgnoreCase);
        Assert.Equal([1, 2], Waits.Select(wait => wait.TotalSeconds));
        Assert.Contains("--offline", message, StringComparison.Ordinal);
        Assert.Contains("proxy", message, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task An_unknown_host_is_told_at_once()
    {
        string message = await Fails<DownloadException>(() => Download(new Uri("https://host.invalid/base.pt")));
        Assert.Contains("host.invalid", message, StringComparison.Ordinal);
        Assert.Empty(Waits);
    }

    [Fact]
    public async Task A_certificate_that_nobody_vouches_for_is_refused_at_once()
    {
        using var server = new LocalServer(request => LocalServer.Serve(request, Content, Tag), tls: true);
        string message = await Fails<DownloadException>(() => Download(server));
        Assert.Contains("SSL", message, StringComparison.Ordinal);
        Assert.Empty(Waits);
        AssertNothingLeft();
    }

    [Fact]
    public async Task A_dead_proxy_is_named()
    {
        Settings = Settings with
        {
            Handler = _ =>
            new SocketsHttpHandler { Proxy = new System.Net.WebProxy("http://127.0.0.1:9"), UseProxy = true }
        };
        string message = await Fails<DownloadException>(() => Download(new Uri("https://host.invalid/base.pt")));
        Assert.Contains("127.0.0.1:9", message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_redirect_is_followed_and_the_range_goes_with_it()
    {
        using var storage = new LocalServer(request => LocalServer.Serve(request, Content, Tag));
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
        using var plain = new LocalServer(request => LocalServer.Serve(request, Content, Tag));
        using var server = new LocalServer(_ => new ServedResponse(302, [], $"Location: {plain.Url("base.pt")}"),
            tls: true);
        Settings = Settings with
        {
            Handler = _ => new SocketsHttpHandler
            {
                AllowAutoRedirect = false,
                UseProxy = false,
                SslOptions = { RemoteCertificateValidationCallback = (_, certificate, _, _) =>
                    server.Vouches(certificate) },
            },
        };

        Assert.Contains("from https to http://", await Fails<DownloadException>(() => Download(server)),
            StringComparison.Ordinal);
        Assert.Empty(plain.Requests);
    }

    [Fact]
    public async Task Redirects_in_a_circle_end()
    {
        using var server = new LocalServer(_ => new ServedResponse(302, [], "Location: /base.pt"));
        Assert.Contains("more than 10 times", await Fails<DownloadException>(() => Download(server)),
            StringComparison.Ordinal);
    }

    private sealed class FixedClock(DateTimeOffset now) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => now;
    }
}
