using System.Globalization;
using System.Text.Json.Nodes;
using Glide.Server.Gallery;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Net.Http.Headers;

namespace Glide.Server.Http;

/// <summary>The images of the folder.</summary>
/// <param name="images">Lists them.</param>
/// <param name="settings">Says how to make images like them.</param>
internal sealed class GalleryEndpoints(ImageIndex images, ImageSettings settings)
{
    private const int MostListed = 200, UsualListed = 60;

    public void MapTo(IEndpointRouteBuilder routes)
    {
        routes.MapGet(ImageIndex.Root, List);
        routes.MapGet($"{ImageIndex.Root}/{{name}}", SendImage);
    }

    private Task List(HttpContext context)
    {
        var (found, total) = images.List(context.Request.Query["search"].ToString(),
            Math.Max(0, Number(context, "skip", 0)), Math.Clamp(Number(context, "limit", UsualListed), 1, MostListed));
        return context.SendJson(new JsonObject
        {
            ["total"] = total,
            ["images"] = new JsonArray([.. found.Select(ToJson)]),
        });
    }

    private async Task SendImage(HttpContext context)
    {
        var image = images.Find((string)context.GetRouteValue("name")!) ?? throw new RequestException(
            StatusCodes.Status404NotFound, "there is no such image");
        var tag = new EntityTagHeaderValue($"\"{image.Written.Ticks:x}-{image.Length:x}\"");
        context.Response.ContentType = image.ContentType;
        context.Response.Headers.ETag = tag.ToString();
        context.Response.Headers.CacheControl = "private, no-cache";
        if (context.Request.GetTypedHeaders().IfNoneMatch.Any(known => known.Compare(tag, useStrongComparison: false)))
        {
            context.Response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }
        await context.Response.SendFileAsync(image.Path, context.RequestAborted);
    }

    private JsonObject ToJson(ListedImage image)
    {
        var json = new JsonObject
        {
            ["name"] = image.Name,
            ["url"] = ImageIndex.UrlOf(image.Name),
            ["written"] = image.Written.ToString("o", CultureInfo.InvariantCulture),
        };
        if (image.Record is not { } record)
            return json;
        json["task"] = record.Task;
        json["prompt"] = record.Prompt;
        json["seed"] = record.Seed;
        json["model"] = record.Model;
        json["width"] = record.Width;
        json["height"] = record.Height;
        json["settings"] = settings.Of(record);
        return json;
    }

    private static int Number(HttpContext context, string name, int otherwise) =>
        int.TryParse(context.Request.Query[name], NumberStyles.None, CultureInfo.InvariantCulture, out int number)
            ? number
            : otherwise;
}
