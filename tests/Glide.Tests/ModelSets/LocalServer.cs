using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Glide.Tests.ModelSets;

/// <summary>A request as the server saw it.</summary>
internal sealed record ServedRequest(int Number, string Path, IReadOnlyDictionary<string, string> Headers)
{
    /// <summary>First byte that a Range header asks for, or <c>null</c>.</summary>
    public long? RangeStart => Headers.TryGetValue("range", out string? range)
        ? long.Parse(range["bytes=".Length..].TrimEnd('-'), CultureInfo.InvariantCulture) : null;
}

/// <summary>What the server answers, faults included.</summary>
internal sealed record ServedResponse(int Status, byte[] Body, params string[] Headers)
{
    /// <summary>Bytes of the body after which the connection is cut.</summary>
    public int? CutAfter { get; init; }

    /// <summary>Bytes of the body after which the server falls silent.</summary>
    public int? SilentAfter { get; init; }

    /// <summary>Whether the length is told.</summary>
    public bool WithLength { get; init; } = true;

    /// <summary>What Content-Length says in place of the truth.</summary>
    public long? FalseLength { get; init; }

    /// <summary>Whether the server hangs up without a word.</summary>
    public bool HangUp { get; init; }

    /// <summary>Awaited in the middle of the body.</summary>
    public Task? Midway { get; init; }
}

/// <summary>An HTTP server in this process that behaves as badly as it is told to.</summary>
internal sealed class LocalServer : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Func<ServedRequest, ServedResponse> _answer;
    private readonly X509Certificate2? _certificate;
    private int _count;

    public LocalServer(Func<ServedRequest, ServedResponse> answer, bool tls = false)
    {
        _answer = answer;
        _certificate = tls ? MakeCertificate() : null;
        _listener.Start();
        _ = AcceptAsync();
    }

    public ConcurrentQueue<ServedRequest> Requests { get; } = new();

    public Uri Url(string path) => new(
        $"{(_certificate is null ? "http" : "https")}://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}/{path}");

    /// <summary>Whether a certificate is this server's own.</summary>
    public bool Vouches(X509Certificate? certificate) => _certificate is not null && _certificate.Equals(certificate);

    public void Dispose()
    {
        _stop.Cancel();
        _listener.Dispose();
        _certificate?.Dispose();
    }

    /// <summary>A server that serves one file as a good server does: ranges, If-Range, 416.</summary>
    public static ServedResponse Serve(ServedRequest request, byte[] file, string tag)
    {
        string[] always = [$"ETag: {tag}", "Accept-Ranges: bytes", "Content-Type: application/octet-stream"];
        bool current = !request.Headers.TryGetValue("if-range", out string? ifRange) || ifRange == tag;
        if (request.RangeStart is not { } start || !current)
            return new ServedResponse(200, file, always);

        return start >= file.Length
            ? new ServedResponse(416, [], [.. always, $"Content-Range: bytes */{file.Length}"])
            : new ServedResponse(206, file[(int)start..],
                [.. always, $"Content-Range: bytes {start}-{file.Length - 1}/{file.Length}"]);
    }

    private static X509Certificate2 MakeCertificate()
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=127.0.0.1", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        using var made = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        return X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pkcs12), null);
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (!_stop.IsCancellationRequested)
                _ = TalkAsync(await _listener.AcceptTcpClientAsync(_stop.Token));
        }
        catch (Exception error) when (error is OperationCanceledException or SocketException or ObjectDisposedException)
        {
        }
    }

    private async Task TalkAsync(TcpClient client)
    {
        using (client)
        {
            try
            {
                Stream stream = client.GetStream();
                if (_certificate is not null)
                {
                    var secure = new SslStream(stream);
                    await secure.AuthenticateAsServerAsync(_certificate);
                    stream = secure;
                }

                var request = await ReadAsync(stream);
                Requests.Enqueue(request);
                await WriteAsync(stream, _answer(request), client);
            }
            catch (Exception error) when (error is IOException or OperationCanceledException
                or System.Security.Authentication.AuthenticationException)
            {
            }
        }
    }

    private async Task<ServedRequest> ReadAsync(Stream stream)
    {
        var bytes = new List<byte>();
        byte[] one = new byte[1];
        while (!(bytes.Count > 3 && bytes[^1] == '\n' && bytes[^2] == '\r' && bytes[^3] == '\n'))
        {
            await stream.ReadExactlyAsync(one, _stop.Token);
            bytes.Add(one[0]);
        }

        string[] lines = Encoding.ASCII.GetString([.. bytes]).Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        var headers = lines.Skip(1).Select(line => line.Split(": ", 2))
            .ToDictionary(pair => pair[0].ToLowerInvariant(), pair => pair[1]);
        return new ServedRequest(Interlocked.Increment(ref _count), lines[0].Split(' ')[1], headers);
    }

    private async Task WriteAsync(Stream stream, ServedResponse response, TcpClient client)
    {
        if (response.HangUp)
            return;

        var head = new StringBuilder($"HTTP/1.1 {response.Status} Because\r\nConnection: close\r\n");
        if (response.WithLength)
        {
            head.Append(CultureInfo.InvariantCulture,
                $"Content-Length: {response.FalseLength ?? response.Body.Length}\r\n");
        }

        foreach (string header in response.Headers)
            head.Append(header).Append("\r\n");

        await stream.WriteAsync(Encoding.ASCII.GetBytes(head.Append("\r\n").ToString()), _stop.Token);
        int end = response.CutAfter ?? response.SilentAfter ?? response.Body.Length;
        int middle = response.Midway is null ? 0 : end / 2;
        await stream.WriteAsync(response.Body.AsMemory(0, middle), _stop.Token);
        if (response.Midway is not null)
        {
            await stream.FlushAsync(_stop.Token);
            await response.Midway;
        }

        await stream.WriteAsync(response.Body.AsMemory(middle, end - middle), _stop.Token);
        await stream.FlushAsync(_stop.Token);
        if (response.SilentAfter is not null)
            await Task.Delay(Timeout.Infinite, _stop.Token);

        client.Client.Shutdown(SocketShutdown.Send);
    }
}
