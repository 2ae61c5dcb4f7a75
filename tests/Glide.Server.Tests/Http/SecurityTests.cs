using System.Net;
using System.Net.Http.Json;
using System.Text.RegularExpressions;
using Glide.Images;
using Glide.Server.Tests.Support;
using Glide.Tests.Images;

namespace Glide.Server.Tests.Http;

[Collection(SharedServer.Name)]
public sealed partial class SecurityTests(SharedServer shared)
{
    private const string Token = "0123456789abcdef";

    [Theory]
    [InlineData("evil.example", 421)]
    [InlineData("evil.example:7860", 421)]
    [InlineData("127.0.0.1.evil.example", 421)]
    [InlineData("192.168.1.2", 421)]
    [InlineData("localhost:1", 200)]
    [InlineData("[::1]", 200)]
    public async Task Only_names_of_this_machine_are_answered(string host, int expected)
    {
        var server = shared.Server;
        Assert.Equal(expected, await Send(server, HttpMethod.Get, "/api/info", ("Host", host)));
    }

    [Theory]
    [InlineData("Origin", "https://evil.example", 403)]
    [InlineData("Origin", "null", 403)]
    [InlineData("Origin", "http://127.0.0.1:1", 403)]
    [InlineData("Sec-Fetch-Site", "cross-site", 403)]
    [InlineData("Sec-Fetch-Site", "same-origin", 404)]
    public async Task Pages_of_other_sites_change_nothing(string header, string value, int expected)
    {
        var server = shared.Server;
        Assert.Equal(expected, await Send(server, HttpMethod.Delete, "/api/jobs/none", (header, value)));
    }

    [Fact]
    public async Task The_page_itself_may_post()
    {
        var server = shared.Server;
        string origin = server.Address.GetLeftPart(UriPartial.Authority);
        Assert.Equal(404, await Send(server, HttpMethod.Delete, "/api/jobs/none", ("Origin", origin)));
    }

    [Theory]
    [InlineData("/api/info")]
    [InlineData("/api/images/x.png")]
    [InlineData("/v1/models")]
    [InlineData("/sdapi/v1/progress")]
    public async Task A_token_is_asked_for(string path)
    {
        using var server = new RunningServer(change: options => options with { Token = Token });
        Assert.Equal(401, await Send(server, HttpMethod.Get, path));
        Assert.Equal(401, await Send(server, HttpMethod.Get, path, ("Authorization", "Bearer " + Token[1..])));
        Assert.NotEqual(401, await Send(server, HttpMethod.Get, path, ("Authorization", "Bearer " + Token)));
        Assert.Equal(200, await Send(server, HttpMethod.Get, "/"));
    }

    [Fact]
    public async Task The_page_trades_the_token_for_a_cookie_that_scripts_do_not_see()
    {
        using var server = new RunningServer(change: options => options with { Token = Token });
        using var wrong = await server.Client.PostAsJsonAsync("/api/login", new { token = "no" });
        Assert.Equal(HttpStatusCode.Unauthorized, wrong.StatusCode);
        Assert.False(wrong.Headers.Contains("Set-Cookie"));
        using var right = await server.Client.PostAsJsonAsync("/api/login", new { token = Token });
        string cookie = Assert.Single(right.Headers.GetValues("Set-Cookie"));
        Assert.Contains("httponly", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("samesite=strict", cookie, StringComparison.OrdinalIgnoreCase);
        // The client keeps cookies and sends it now.
        using var answer = await server.Client.GetAsync(new Uri("/api/info", UriKind.Relative));
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    [Theory]
    [InlineData("0.0.0.0", null, "--token is missing")]
    [InlineData("::", null, "--token is missing")]
    [InlineData("192.0.2.1", null, "--token is missing")]
    [InlineData("127.0.0.1", "short", "too short")]
    public void A_host_that_others_reach_needs_a_token(string host, string? token, string expected)
    {
        var refusal = Assert.Throws<UsageException>(() =>
            new RunningServer(change: options => options with { Host = host, Token = token }));
        Assert.Contains(expected, refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_body_above_32_MB_is_refused()
    {
        var server = shared.Server;
        using var content = new ByteArrayContent(new byte[GlideServer.MostBytes + 1]);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/jobs") { Content = content };
        request.Headers.ExpectContinue = true;
        using var response = await server.Client.SendAsync(request);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
        Assert.Contains("32 MB", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_image_above_100_megapixels_is_refused_by_its_header()
    {
        var server = shared.Server;
        byte[] bomb = PngBuilder.Join(PngBuilder.Signature,
            PngBuilder.Header(20_000, 20_000, 8, 2),
            PngBuilder.Chunk("IDAT", PngBuilder.Deflate(new byte[1000])), PngBuilder.Chunk("IEND", []));
        var (status, body) = await server.Post("/api/jobs",
            $$"""{"prompt":"a","task":"edit","image":"{{TestImages.DataUrl(bomb)}}"}""");
        Assert.Equal(400, status);
        Assert.Contains("megapixels", (string)body!["error"]!["message"]!, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("..%2F..%2Fetc%2Fpasswd")]
    [InlineData("%2Fetc%2Fpasswd")]
    [InlineData("uploads%2Fmine.png")]
    [InlineData("..%5Cmine.png")]
    [InlineData("glide-jobs.jsonl")]
    [InlineData("link.png")]
    [InlineData(".hidden.png")]
    [InlineData("folder.png")]
    public async Task Only_listed_images_can_be_read(string name)
    {
        using var server = new RunningServer();
        byte[] png = ImageFile.ToPng(TestImages.Colors(8, 8));
        Directory.CreateDirectory(Path.Combine(server.Folder, "uploads"));
        Directory.CreateDirectory(Path.Combine(server.Folder, "folder.png"));
        File.WriteAllBytes(Path.Combine(server.Folder, "uploads", "mine.png"), png);
        File.WriteAllBytes(Path.Combine(server.Folder, ".hidden.png"), png);
        File.WriteAllBytes(Path.Combine(server.Folder, "good.png"), png);
        File.CreateSymbolicLink(Path.Combine(server.Folder, "link.png"), "/etc/passwd");
        Assert.Equal(404, await Send(server, HttpMethod.Get, "/api/images/" + name));
        Assert.Equal(200, await Send(server, HttpMethod.Get, "/api/images/good.png"));
        Assert.Equal(1, (int)(await server.Get("/api/images"))["total"]!);
    }

    [Fact]
    public async Task The_page_has_a_policy_and_nothing_inline()
    {
        var server = shared.Server;
        using var response = await server.Client.GetAsync(new Uri("/", UriKind.Relative));
        string policy = Assert.Single(response.Headers.GetValues("Content-Security-Policy"));
        Assert.Contains("default-src 'none'; script-src 'self'", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
        Assert.Equal("nosniff", Assert.Single(response.Headers.GetValues("X-Content-Type-Options")));
        string page = await response.Content.ReadAsStringAsync();
        Assert.Contains("page.js", page, StringComparison.Ordinal);
        Assert.Empty(Inline().Matches(page).Select(match => match.Value));
        Assert.DoesNotContain("//", page, StringComparison.Ordinal);
    }

    private static async Task<int> Send(
        RunningServer server, HttpMethod method, string path, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, path);
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        using var response = await server.Client.SendAsync(request);
        string body = await response.Content.ReadAsStringAsync();
        Assert.DoesNotContain("   at ", body, StringComparison.Ordinal);
        return (int)response.StatusCode;
    }

    [GeneratedRegex("<script(?![^>]*src=)|\\son[a-z]+=|\\sstyle=|<style|javascript:", RegexOptions.IgnoreCase)]
    private static partial Regex Inline();
}
