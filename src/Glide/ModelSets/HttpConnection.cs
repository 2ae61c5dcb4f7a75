using System.Net;
using System.Net.Http.Headers;

namespace Glide.ModelSets;

/// <summary>
/// Sends requests for files and turns every fault of the network into an <see cref="InterruptedException"/>.
/// </summary>
internal sealed class HttpConnection(DownloadSettings settings) : IDisposable
{
    private const int MostRedirects = 10;

    private static readonly string[] ProxyVariables =
        ["https_proxy", "HTTPS_PROXY", "http_proxy", "all_proxy", "ALL_PROXY"];

    private readonly HttpMessageInvoker _http = new(settings.Handler(settings));

    public void Dispose() => _http.Dispose();

    /// <summary>
    /// Requests a file, or the rest of it. Redirects are followed one by one, because each must be allowed.
    /// </summary>
    /// <param name="source">Where it comes from.</param>
    /// <param name="record">Identifies the version of the file that the first bytes are of; needed with an
    /// offset.</param>
    /// <param name="offset">Bytes that are already on disk.</param>
    /// <param name="cancellation">Stops.</param>
    /// <returns>The response with its head only; the caller disposes it.</returns>
    /// <exception cref="InterruptedException">The network failed.</exception>
    /// <exception cref="DownloadException">A redirect leads to an address that may not be used, or there are too
    /// many.</exception>
    public async Task<HttpResponseMessage> SendAsync(DownloadSource source, PartialRecord? record, long offset,
        CancellationToken cancellation)
    {
        var url = source.Url!;
        for (int hop = 0; hop <= MostRedirects; hop++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, url);
            request.Headers.UserAgent.Add(new ProductInfoHeaderValue("glide",
                typeof(HttpConnection).Assembly.GetName().Version?.ToString(3)));
            request.Headers.AcceptEncoding.Add(new StringWithQualityHeaderValue("identity"));
            if (offset > 0)
            {
                request.Headers.Range = new RangeHeaderValue(offset, null);
                request.Headers.IfRange = new RangeConditionHeaderValue(new EntityTagHeaderValue(record!.ETag));
            }

            using var silence = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            silence.CancelAfter(settings.StallTimeout);
            var response = await Guard(() => _http.SendAsync(request, silence.Token), cancellation)
                .ConfigureAwait(false);
            if (response.StatusCode is not (HttpStatusCode.MovedPermanently or HttpStatusCode.Found
                or HttpStatusCode.SeeOther
                or HttpStatusCode.TemporaryRedirect or HttpStatusCode.PermanentRedirect))
            {
                return response;
            }

            var location = response.Headers.Location;
            response.Dispose();
            if (location is null)
            {
                throw new DownloadException(
                    $"{DownloadSource.Shown(url)} redirects to nowhere; use a mirror with --from");
            }

            var next = new Uri(url, location);
            source.Check(next, url);
            url = next;
        }

        throw new DownloadException(
            $"{source.Text} redirects more than {MostRedirects} times; use a mirror with --from");
    }

    /// <summary>Waits for the network and unifies its errors.</summary>
    /// <exception cref="InterruptedException">The network failed or the server was silent for too long.</exception>
    public static async Task<T> Guard<T>(Func<Task<T>> action, CancellationToken cancellation)
    {
        try
        {
            return await action().ConfigureAwait(false);
        }
        catch (OperationCanceledException error) when (!cancellation.IsCancellationRequested)
        {
            throw new InterruptedException(new Interruption("the server did not answer in time", error));
        }
        catch (HttpRequestException error)
        {
            bool isFinal = error.HttpRequestError is HttpRequestError.NameResolutionError
                or HttpRequestError.SecureConnectionError
                or HttpRequestError.ProxyTunnelError or HttpRequestError.UserAuthenticationError;
            throw new InterruptedException(new Interruption(Innermost(error), error, IsFinal: isFinal));
        }
        catch (IOException error)
        {
            throw new InterruptedException(new Interruption($"the connection was lost ({Innermost(error)})", error));
        }
    }

    /// <summary>The interruption that a response with an error status means.</summary>
    public InterruptedException Refused(HttpResponseMessage response)
    {
        int code = (int)response.StatusCode;
        string cause = $"the server answered {code} {response.ReasonPhrase}".TrimEnd();
        bool passes = code is 408 or 429 or 500 or 502 or 503 or 504;
        TimeSpan? after = response.Headers.RetryAfter switch
        {
            { Delta: { } delta } => delta,
            { Date: { } date } => date - settings.Clock.GetUtcNow() is var left && left > TimeSpan.Zero
                ? left
                : TimeSpan.Zero,
            _ => null,
        };
        return new InterruptedException(new Interruption(cause, IsFinal: !passes, RetryAfter: passes ? after : null,
            Hint: "try again later, or use a mirror with --from"));
    }

    /// <summary>The next step for a user whose network failed.</summary>
    public static string Hint()
    {
        string? proxy = ProxyVariables.FirstOrDefault(name =>
            !string.IsNullOrEmpty(Environment.GetEnvironmentVariable(name)));
        return proxy is null
            ? "check the network; behind a proxy set HTTPS_PROXY; without a network use --from FOLDER or --offline"
            : $"check the network and the proxy that {proxy} names; without a network use --from FOLDER or --offline";
    }

    private static string Innermost(Exception error)
    {
        // The outer message of a TLS error names the error, that of a socket error the socket: both are needed.
        var inner = error.GetBaseException();
        string text = inner == error || error.Message.Contains(inner.Message, StringComparison.Ordinal)
            ? error.Message
            : $"{error.Message} {inner.Message}";
        return text.TrimEnd('.').Replace(';', ',');
    }
}

/// <summary>Why a download stopped.</summary>
/// <param name="Cause">Part of a sentence for the user.</param>
/// <param name="Inner">The cause, if there is one.</param>
/// <param name="IsFinal">Whether trying again is pointless.</param>
/// <param name="RetryAfter">How long the server asks to wait; <c>null</c> if it does not say.</param>
/// <param name="Hint">The next step for the user; <c>null</c> for <see cref="HttpConnection.Hint"/>.</param>
internal sealed record Interruption(string Cause, Exception? Inner = null, bool IsFinal = false,
    TimeSpan? RetryAfter = null, string? Hint = null);

/// <summary>A download stopped and may be tried again.</summary>
internal sealed class InterruptedException(Interruption interruption)
    : Exception(interruption.Cause, interruption.Inner)
{
    public Interruption Interruption { get; } = interruption;
}
