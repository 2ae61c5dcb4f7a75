using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Glide.Server.Gallery;
using Glide.Server.Jobs;
using Microsoft.AspNetCore.Http;

namespace Glide.Server.Http;

/// <summary>Errors in the form of the API that was asked.</summary>
/// <param name="folder">Its path is kept out of messages.</param>
/// <param name="warn">Gets what is no client's fault.</param>
internal sealed partial class ErrorReplies(ServedFolder folder, Action<string> warn)
{
    private const int SecondsToWait = 5;

    /// <summary>Answers a request that led to an exception.</summary>
    public Task Send(HttpContext context, Exception exception)
    {
        var error = ToError(exception, context.Request.Path);
        if (error.Status == StatusCodes.Status500InternalServerError)
            warn($"{context.Request.Method} {context.Request.Path}; {exception.GetType().Name}; {exception.Message}");
        if (error.Status == StatusCodes.Status429TooManyRequests)
            context.Response.Headers.RetryAfter = $"{SecondsToWait}";
        context.Response.StatusCode = error.Status;
        return context.SendJson(Form(context.Request.Path, error));
    }

    private RequestException ToError(Exception exception, PathString path) => exception switch
    {
        RequestException request => request,
        QueueFullException full =>
            new RequestException(StatusCodes.Status429TooManyRequests, full.Message) { Code = "queue_full" },
        BadHttpRequestException bad => new RequestException(bad.StatusCode, bad.StatusCode == StatusCodes
            .Status413PayloadTooLarge ? $"the request is larger than {GlideServer.MostBytes >> 20} MB" : bad.Message),
        InvalidDataException data => new RequestException(StatusCodes.Status400BadRequest, data.Message),
        UsageException usage => OfFields(usage, path),
        GlideException glide =>
            new RequestException(StatusCodes.Status500InternalServerError, folder.WithoutPath(glide.Message)),
        _ => new RequestException(StatusCodes.Status500InternalServerError,
            "internal error; the server's own output says more"),
    };

    // Messages name options of the command line, which are fields here.
    private RequestException OfFields(UsageException usage, PathString path)
    {
        string? field = OptionName().Match(usage.Message) is { Success: true } option
            ? option.Groups[1].Value.Replace('-', '_')
            : null;
        string message = OptionName().Replace(folder.WithoutPath(usage.Message), match => match.Groups[1].Value
            .Replace('-', '_'));
        bool isSd = path.StartsWithSegments(StableDiffusionEndpoints.Root);
        return new RequestException(
            isSd ? StatusCodes.Status422UnprocessableEntity : StatusCodes.Status400BadRequest, message)
        {
            Field = field,
        };
    }

    private static JsonObject Form(PathString path, RequestException error)
    {
        if (path.StartsWithSegments(StableDiffusionEndpoints.Root))
            return StableDiffusionEndpoints.Error(error);
        var form = new JsonObject { ["message"] = error.Message };
        if (path.StartsWithSegments(OpenAiEndpoints.Root))
            form["type"] = error.Status >= 500 ? "server_error" : "invalid_request_error";
        form["param"] = error.Field;
        form["code"] = error.Code;
        return new JsonObject { ["error"] = form };
    }

    [GeneratedRegex("--([a-z][a-z-]*)")]
    private static partial Regex OptionName();
}
