using System.Net;
using Glide.Pipelines;
using Glide.Server.Gallery;
using Glide.Server.Http;
using Glide.Server.Jobs;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Glide.Server;

/// <summary>The server: its queue of jobs, its APIs and its page.</summary>
internal sealed class GlideServer : IDisposable
{
    /// <summary>The largest request.</summary>
    public const long MostBytes = 32 << 20;

    private const string ContentPolicy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; "
            + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    // Answers that are under way when the server stops; the running image has been finished by then.
    private static readonly TimeSpan s_grace = TimeSpan.FromSeconds(5);

    private readonly ServerOptions _options;
    private readonly ServedFolder _folder;
    private readonly JobQueue _queue;
    private readonly JobDesk _desk;
    private readonly WebApplication _app;
    private readonly CancellationTokenSource _stopping = new();

    /// <summary>Makes the server ready; nothing is loaded yet.</summary>
    /// <exception cref="UsageException">The folder cannot be used or another server uses it, or the host needs a token.
    /// </exception>
    public GlideServer(ServerOptions options)
    {
        _options = options;
        Check(options);
        _folder = new ServedFolder(options.Folder) { Saved = options.Saved };
        var reader = new JobReader(options.Models, _folder.Path);
        _queue = new JobQueue(_folder, reader, options.MostWaiting, options.Warn);
        _desk = new JobDesk(_folder, reader, _queue);
        _app = Build();
    }

    /// <summary>Where the server is found.</summary>
    public Uri Address { get; private set; } = null!;

    /// <summary>Opens the models, listens and begins to make jobs.</summary>
    /// <exception cref="GlideException">The models cannot be opened, or the port is taken.</exception>
    public void Start()
    {
        _queue.Start(() => GlidePipeline.Open(
            _options.Models, _options.Device, Recipe.For(_options.Models, JobTasks.Sample)));
        try
        {
            _app.StartAsync().GetAwaiter().GetResult();
        }
        catch (IOException exception)
        {
            throw new UsageException(
                $"the server cannot listen on {_options.Host}:{_options.Port}; {exception.Message} choose another port "
                    + "with --port", exception);
        }
        string bound = _app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses
            .First();
        Address = new Uri(bound.Replace("[::]", "localhost", StringComparison.Ordinal)
            .Replace("0.0.0.0", "localhost", StringComparison.Ordinal));
    }

    /// <summary>Finishes the running image and stops.</summary>
    public void Stop()
    {
        _queue.Stop();
        _stopping.Cancel();
        using var limit = new CancellationTokenSource(s_grace);
        _app.StopAsync(limit.Token).GetAwaiter().GetResult();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        ((IDisposable)_app).Dispose();
        _queue.Dispose();
        _desk.Dispose();
        _folder.Dispose();
        _stopping.Dispose();
    }

    private static void Check(ServerOptions options)
    {
        bool isLocal = RequestGuard.IsLoopback(options.Host);
        if (!isLocal && options.Token is null)
        {
            throw new UsageException(
                $"--host {options.Host} lets other machines in; --token is missing; give a token of "
                    + $"{ServerOptions.LeastToken} characters or more, which clients send as 'Authorization: Bearer'");
        }
        if (options.Token is { Length: < ServerOptions.LeastToken } token)
        {
            throw new UsageException(
                $"--token is too short; found {token.Length} characters; allowed are {ServerOptions.LeastToken} or "
                    + "more; 'openssl rand -hex 16' makes one");
        }
    }

    private WebApplication Build()
    {
        // Nothing of the environment or the folder configures the server: only its options do.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddRoutingCore();
        builder.Services.AddSingleton<IHostLifetime, CommandLifetime>();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(Configure);
        var app = builder.Build();
        var guard = new RequestGuard(_options.Host, _options.Token);
        var errors = new ErrorReplies(_folder, _options.Warn);
        app.Use(next => context => Answer(context, next, guard, errors));
        app.UseRouting();
        new JobEndpoints(_desk, _stopping.Token).MapTo(app);
        new OpenAiEndpoints(_desk, _options.Models).MapTo(app);
        new StableDiffusionEndpoints(_desk, _options.Models).MapTo(app);
        new GalleryEndpoints(_folder.Images, new ImageSettings(_options.Models)).MapTo(app);
        new PageEndpoints(_options.Models, guard).MapTo(app);
        app.MapFallback(_ => throw new RequestException(
            StatusCodes.Status404NotFound, "there is nothing at this address"));
        return app;
    }

    private void Configure(KestrelServerOptions kestrel)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxRequestBodySize = MostBytes;
        if (_options.Host == "localhost")
            kestrel.ListenLocalhost(_options.Port);
        else
            kestrel.Listen(AddressOf(_options.Host), _options.Port);
    }

    private static IPAddress AddressOf(string host)
    {
        if (IPAddress.TryParse(host, out var address))
            return address;
        try
        {
            return Dns.GetHostAddresses(host)[0];
        }
        catch (System.Net.Sockets.SocketException exception)
        {
            throw new UsageException(
                $"--host names no address of this machine; found '{host}'; {exception.Message}", exception);
        }
    }

    private static async Task Answer(HttpContext context, RequestDelegate next, RequestGuard guard, ErrorReplies errors)
    {
        var headers = context.Response.Headers;
        headers.ContentSecurityPolicy = ContentPolicy;
        headers.XContentTypeOptions = "nosniff";
        headers.XFrameOptions = "DENY";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        headers.CacheControl = "no-store";
        try
        {
            if (guard.Refusal(context.Request) is { } refusal)
                throw refusal;
            await next(context);
        }
        // The client is gone.
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
        }
        // Whatever it is, the client gets it in the API's form and without a stack trace.
        catch (Exception exception) when (!context.Response.HasStarted)
        {
            await errors.Send(context, exception);
        }
    }

    /// <summary>Leaves signals to the command.</summary>
    private sealed class CommandLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
