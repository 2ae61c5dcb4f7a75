using System.Text.Json.Nodes;
using Glide.Images;
using Glide.ModelSets;
using Glide.Server.Gallery;
using Glide.Server.Jobs;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;

namespace Glide.Server.Http;

/// <summary>
/// <c>/v1/images</c> as OpenAI's clients ask for it. Fields that mean nothing here, such as quality and style, are
/// ignored; <c>seed</c> is an addition of ours.
/// </summary>
/// <param name="desk">Takes the jobs in.</param>
/// <param name="models">The model set.</param>
internal sealed class OpenAiEndpoints(JobDesk desk, ModelSet models)
{
    public const string Root = "/v1";

    private const int MostImages = 10;

    private const string Base64 = "b64_json", Url = "url", Auto = "auto";

    private static readonly FormOptions s_form = new()
    {
        MultipartBodyLengthLimit = GlideServer.MostBytes,
        ValueLengthLimit = 1 << 20,
    };

    public void MapTo(IEndpointRouteBuilder routes)
    {
        routes.MapPost($"{Root}/images/generations", Generate);
        routes.MapPost($"{Root}/images/edits", Edit);
        routes.MapGet($"{Root}/models", context => context.SendJson(new JsonObject
        {
            ["object"] = "list",
            ["data"] = new JsonArray(new JsonObject
            {
                ["id"] = models.Name,
                ["object"] = "model",
                ["created"] = 0,
                ["owned_by"] = "glide",
            }),
        }));
    }

    private async Task Generate(HttpContext context)
    {
        var body = await context.ReadObject();
        await Answer(context, new Fields(body.Text), request => request);
    }

    private async Task Edit(HttpContext context)
    {
        if (!context.Request.HasFormContentType)
            throw Bad("the body is no form; send multipart/form-data with image, mask and prompt", null);
        var form = await new FormFeature(context.Request, s_form).ReadFormAsync(context.RequestAborted);
        var images = form.Files.Where(file => file.Name is "image" or "image[]").ToList();
        if (images.Count != 1)
            throw Bad($"found {images.Count} images; allowed is one", "image");
        byte[] image = await Read(images[0], context.RequestAborted);
        byte[]? mask = form.Files.GetFile("mask") is { } file ? await Read(file, context.RequestAborted) : null;
        await Answer(context, new Fields(name => form.TryGetValue(name, out var value) ? value.ToString() : null),
            request => Painting(request, image, mask));
    }

    // The mask's transparency says what is painted, and nothing else about it counts.
    private JobRequest Painting(JobRequest request, byte[] image, byte[]? mask)
    {
        string name = desk.Folder.Uploads.Keep("image", image);
        var source = Load("image", image);
        if (request.Fields.TryGetValue("size", out string? size)
            && size != $"{source.Image.Width}x{source.Image.Height}")
        {
            throw Bad($"an edited image keeps its size; found '{size}'; allowed are auto and "
                + $"{source.Image.Width}x{source.Image.Height}", "size");
        }
        var layer = mask is null ? source : Load("mask", mask);
        if (layer.Alpha is null)
        {
            throw mask is null
                ? Bad("there is no mask, and the image has no transparent part that could be one", "mask")
                : Bad("the mask has no transparent part; transparent pixels are painted", "mask");
        }
        byte[] paint = Array.ConvertAll(layer.Alpha, alpha => (byte)(byte.MaxValue - alpha));
        return request.Without("size").With(JobReader.Task, JobTasks.Inpaint).With(JobReader.Image, name).With(
            JobReader.Mask, desk.Folder.Uploads.KeepMask(paint, layer.Image.Width, layer.Image.Height));
    }

    private async Task Answer(HttpContext context, Fields fields, Func<JobRequest, JobRequest> complete)
    {
        string format = fields["response_format"]
            ?? (fields["model"]?.StartsWith("gpt-image", StringComparison.Ordinal) == true ? Base64 : Url);
        if (format is not (Base64 or Url))
        {
            throw Bad($"bad value for response_format; found '{format}'; allowed are {Base64} and {Url}",
                "response_format");
        }
        if (fields["stream"] == "true")
            throw Bad("streams are not supported; leave stream out, or use /api/jobs", "stream");
        if (fields["output_format"] is { } file and not "png")
            throw Bad($"bad value for output_format; found '{file}'; allowed is png", "output_format");
        var job = await desk.Make(() => complete(fields.ToRequest()), context.RequestAborted);
        await context.SendJson(new JsonObject
        {
            ["created"] = DateTimeOffset.UtcNow.ToUnixTimeSeconds(),
            ["data"] = new JsonArray([.. job.Images.Select(image => format == Base64
                ? new JsonObject { [Base64] = Convert.ToBase64String(desk.Folder.Read(image.Name)) }
                : new JsonObject
                {
                    [Url] = $"{context.Request.Scheme}://{context.Request.Host}{ImageIndex.UrlOf(image.Name)}",
                })]),
        });
    }

    private static async Task<byte[]> Read(IFormFile file, CancellationToken stop)
    {
        using var content = new MemoryStream();
        await file.CopyToAsync(content, stop);
        return content.ToArray();
    }

    private static LoadedImage Load(string field, byte[] content)
    {
        using var stream = new MemoryStream(content);
        try
        {
            return ImageFile.Load(stream, field);
        }
        catch (UsageException exception)
        {
            throw Bad(exception.Message, field);
        }
    }

    private static RequestException Bad(string message, string? field) =>
        new(StatusCodes.Status400BadRequest, message) { Field = field };

    /// <summary>The fields of either form of a request, as text.</summary>
    private sealed class Fields(Func<string, string?> read)
    {
        public string? this[string name] => read(name) is { Length: > 0 } text ? text : null;

        public JobRequest ToRequest()
        {
            var fields = new Dictionary<string, string>();
            if (this["n"] is { } count)
            {
                fields["count"] = int.TryParse(count, out int number) && number is >= 1 and <= MostImages
                    ? count
                    : throw Bad(
                        $"bad value for n; found '{count}'; allowed is a whole number from 1 to {MostImages}", "n");
            }
            if (this["size"] is { } size and not Auto)
                fields["size"] = size;
            if (this["seed"] is { } seed)
                fields["seed"] = seed;
            return new JobRequest(read("prompt") ?? throw Bad("prompt is missing", "prompt"), fields);
        }
    }
}
