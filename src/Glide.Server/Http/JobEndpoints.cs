using System.Text.Json.Nodes;
using System.Threading.Channels;
using Glide.Server.Jobs;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Glide.Server.Http;

/// <summary>The server's own API: jobs with the fields of a batch's row.</summary>
/// <param name="desk">Takes the jobs in.</param>
/// <param name="stopping">Ends streams of events when the server stops.</param>
internal sealed class JobEndpoints(JobDesk desk, CancellationToken stopping)
{
    private static readonly TimeSpan s_silence = TimeSpan.FromSeconds(15);

    private readonly JsonObject _schema = JobReader.Schema();

    public void MapTo(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/api/schema", context => context.SendJson(_schema));
        routes.MapPost("/api/jobs", Post);
        routes.MapGet("/api/jobs", context => context.SendJson(new JsonObject
        {
            ["jobs"] = new JsonArray([.. desk.Queue.Open.Select(job => job.ToJson())]),
        }));
        routes.MapGet("/api/jobs/{id}", context => context.SendJson(Find(context).ToJson()));
        routes.MapDelete("/api/jobs/{id}", Delete);
        routes.MapGet("/api/jobs/{id}/events", SendEvents);
    }

    private async Task Post(HttpContext context)
    {
        var request = JobRequest.Parse(await context.ReadText());
        var job = await desk.Accept(
            () => desk.Folder.Uploads.Keep(request, desk.Folder.Images), context.RequestAborted);
        context.Response.StatusCode = StatusCodes.Status202Accepted;
        context.Response.Headers.Location = $"/api/jobs/{job.Id}";
        await context.SendJson(job.ToJson());
    }

    private Task Delete(HttpContext context)
    {
        var job = Find(context);
        desk.Queue.Cancel(job);
        return context.SendJson(job.ToJson());
    }

    private async Task SendEvents(HttpContext context)
    {
        var job = Find(context);
        context.Response.ContentType = "text/event-stream";
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, stopping);
        var events = job.Watch();
        try
        {
            while (await MoreAfterSilence(events, context.Response, stop.Token))
            {
                while (events.TryRead(out var told))
                    await context.Response.WriteAsync($"event: {told.Name}\ndata: {told.Json}\n\n", stop.Token);
                await context.Response.Body.FlushAsync(stop.Token);
            }
        }
        // The client is gone, or the server stops.
        catch (OperationCanceledException)
        {
        }
        finally
        {
            job.Unwatch(events);
        }
    }

    // A comment now and then shows proxies and clients that the stream is alive.
    private static async Task<bool> MoreAfterSilence(
        ChannelReader<JobEvent> events, HttpResponse response, CancellationToken stop)
    {
        var more = events.WaitToReadAsync(stop).AsTask();
        while (await Task.WhenAny(more, Task.Delay(s_silence, stop)) != more)
        {
            stop.ThrowIfCancellationRequested();
            await response.WriteAsync(": waiting\n\n", stop);
            await response.Body.FlushAsync(stop);
        }
        return await more;
    }

    private Job Find(HttpContext context)
    {
        string id = (string)context.GetRouteValue("id")!;
        return desk.Queue.Find(id) ?? throw new RequestException(
            StatusCodes.Status404NotFound, "there is no such job; it may have ended long ago");
    }
}
