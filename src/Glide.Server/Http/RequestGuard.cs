using System.Net;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace Glide.Server.Http;

/// <summary>
/// Refuses requests that the server is not meant to answer: for another host's name (DNS rebinding), from pages of
/// other sites, and without the token.
/// </summary>
internal sealed class RequestGuard
{
    public const string Cookie = "glide_token";

    private const string Bearer = "Bearer ";

    private static readonly string[] s_open = ["/", "/page.css", "/page.js", "/icon.svg", "/api/login"];

    private readonly HashSet<string> _hosts = new(StringComparer.OrdinalIgnoreCase)
    {
        "localhost", "127.0.0.1", "[::1]",
    };

    private readonly bool _takesAnyAddress;
    private readonly byte[]? _token;

    /// <summary>Prepares the checks.</summary>
    /// <param name="host">What the server listens on.</param>
    /// <param name="token">What clients must know; <c>null</c> for nothing.</param>
    public RequestGuard(string host, string? token)
    {
        bool isAddress = IPAddress.TryParse(host, out var address);
        _takesAnyAddress = isAddress && (address!.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any));
        _hosts.Add(isAddress && address!.ToString().Contains(':', StringComparison.Ordinal) ? $"[{address}]" : host);
        if (_takesAnyAddress)
            _hosts.Add(Environment.MachineName);
        _token = token is null ? null : Hash(token);
    }

    /// <summary>Whether a host is this machine alone.</summary>
    public static bool IsLoopback(string host) => host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
        || (IPAddress.TryParse(host, out var address) && IPAddress.IsLoopback(address));

    public bool NeedsToken => _token is not null;

    public bool Knows(string? token) =>
        _token is null || (token is not null && CryptographicOperations.FixedTimeEquals(Hash(token), _token));

    /// <summary>Why a request is refused; <c>null</c> for one that is answered.</summary>
    public RequestException? Refusal(HttpRequest request)
    {
        if (!IsOurHost(request.Host.Host))
        {
            return new RequestException(StatusCodes.Status421MisdirectedRequest,
                $"this server does not answer for the host '{request.Host.Host}'; use the address that it was started "
                    + "with");
        }
        if (IsFromAnotherSite(request))
        {
            return new RequestException(StatusCodes.Status403Forbidden,
                "the request comes from a page of another site, which may not use this server");
        }
        return s_open.Contains(request.Path.Value) || Knows(TokenOf(request))
            ? null
            : new RequestException(StatusCodes.Status401Unauthorized,
                "the token is missing or wrong; send the header 'Authorization: Bearer TOKEN'")
            {
                Code = "invalid_api_key",
            };
    }

    private bool IsOurHost(string host) =>
        _hosts.Contains(host) || (_takesAnyAddress && IPAddress.TryParse(host.Trim('[', ']'), out _));

    // Browsers send Origin with every POST of a page; programs that are no browsers send neither header.
    private static bool IsFromAnotherSite(HttpRequest request)
    {
        if (request.Headers["Sec-Fetch-Site"] == "cross-site" && request.Path != "/")
            return true;
        bool isRead = HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method);
        string? origin = request.Headers.Origin;
        return !isRead && !string.IsNullOrEmpty(origin)
            && !origin.Equals($"{request.Scheme}://{request.Host}", StringComparison.OrdinalIgnoreCase);
    }

    private static string? TokenOf(HttpRequest request)
    {
        string? header = request.Headers.Authorization;
        return header?.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase) == true
            ? header[Bearer.Length..].Trim()
            : request.Cookies[Cookie];
    }

    // Of equal length, whatever was sent.
    private static byte[] Hash(string token) => SHA256.HashData(Encoding.UTF8.GetBytes(token));
}
