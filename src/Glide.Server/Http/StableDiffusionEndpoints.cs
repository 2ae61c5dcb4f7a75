using System.Globalization;
using System.Text.Json.Nodes;
using Glide.Diffusion.Samplers;
using Glide.Images;
using Glide.ModelSets;
using Glide.Pipelines.Settings;
using Glide.Server.Gallery;
using Glide.Server.Jobs;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Glide.Server.Http;

/// <summary>
/// <c>/sdapi/v1</c> as clients of Stable Diffusion's web UI ask for it. Fields that mean nothing here are ignored, as
/// they are there.
/// </summary>
/// <param name="desk">Takes the jobs in.</param>
/// <param name="models">The model set.</param>
internal sealed class StableDiffusionEndpoints(JobDesk desk, ModelSet models)
{
    public const string Root = "/sdapi";

    private const string V1 = "/sdapi/v1";

    private const string Strength = "denoising_strength", DefaultStrength = "0.75";

    // Names of the web UI, in lower case, where they are not those of here too, as DDIM and PLMS are.
    private static readonly Dictionary<string, string> s_samplers = new()
    {
        ["dpm++ 2m"] = SamplerNames.DpmSolver2M,
        ["dpm++ 2m sde"] = SamplerNames.DpmSolver2MSde,
    };

    // A field of theirs and the setting that it is.
    private static readonly (string Field, string Setting)[] s_fields =
    [
        ("negative_prompt", "negative"), ("steps", "steps"), ("cfg_scale", "guidance-scale"), ("eta", "eta"),
    ];

    public void MapTo(IEndpointRouteBuilder routes)
    {
        routes.MapPost($"{V1}/txt2img", context => Make(context, (_, request) => request));
        routes.MapPost($"{V1}/img2img", context => Make(context, WithImage));
        routes.MapGet($"{V1}/progress", SendProgress);
        routes.MapPost($"{V1}/interrupt", Interrupt);
        routes.MapGet($"{V1}/options", context => context.SendJson(
            new JsonObject { ["sd_model_checkpoint"] = models.Name, ["samples_format"] = "png" }));
        // One model set is served; a client that sets it may go on.
        routes.MapPost($"{V1}/options", context => context.Response.WriteAsync("null"));
        routes.MapGet($"{V1}/samplers", context => context.SendJson(new JsonArray([.. Samplers()])));
        routes.MapGet($"{V1}/sd-models", context => context.SendJson(new JsonArray(new JsonObject
        {
            ["title"] = models.Name,
            ["model_name"] = models.Name,
            ["hash"] = null,
            ["sha256"] = null,
            ["filename"] = models.Name,
            ["config"] = null,
        })));
    }

    /// <summary>An error as that server words it.</summary>
    public static JsonObject Error(RequestException error)
    {
        if (error.Status != StatusCodes.Status422UnprocessableEntity)
            return new JsonObject { ["detail"] = error.Message };
        string field = s_fields.FirstOrDefault(each => each.Setting.Replace('-', '_') == error.Field).Field
            ?? error.Field ?? "";
        return new JsonObject
        {
            ["detail"] = new JsonArray(new JsonObject
            {
                ["loc"] = new JsonArray("body", field),
                ["msg"] = error.Message,
                ["type"] = "value_error",
            }),
        };
    }

    private async Task Make(HttpContext context, Func<JsonObject, JobRequest, JobRequest> complete)
    {
        var body = await context.ReadObject();
        var job = await desk.Make(() => complete(body, ToRequest(body)), context.RequestAborted);
        foreach (string image in new[] { "init_images", "mask" })
            body.Remove(image);
        await context.SendJson(new JsonObject
        {
            ["images"] = new JsonArray([.. job.Images.Select(image =>
                JsonValue.Create(Convert.ToBase64String(desk.Folder.Read(image.Name))))]),
            ["parameters"] = body,
            ["info"] = Info(job).ToJsonString(),
        });
    }

    private static JobRequest ToRequest(JsonObject body)
    {
        var fields = new Dictionary<string, string>();
        foreach (var (field, setting) in s_fields)
        {
            if (body.Text(field) is { Length: > 0 } text)
                fields[setting] = text;
        }
        if (body.Text("seed") is { } seed and not "-1")
            fields["seed"] = seed;
        if ((body.Text("sampler_name") ?? body.Text("sampler_index")) is { Length: > 0 } sampler)
            fields["sampler"] = SamplerOf(sampler);
        var (width, height) = (body.Text("width"), body.Text("height"));
        if ((width ?? height) is not null)
            fields["size"] = $"{width ?? height}x{height ?? width}";
        if (body.Text("tiling") == FlagKind.On)
            fields["tile"] = "xy";
        long count = Count(body, "batch_size") * Count(body, "n_iter");
        fields["count"] = count.ToString(CultureInfo.InvariantCulture);
        return new JobRequest(body.Text("prompt") ?? "", fields);
    }

    // With a mask a part is painted and the image keeps its size; without one all of it is drawn from the image.
    private JobRequest WithImage(JsonObject body, JobRequest request)
    {
        string sent = (body["init_images"] as JsonArray)?.FirstOrDefault()?.ToString()
            ?? throw Bad("init_images has no image", "init_images");
        request = request.With(
            JobReader.Image, desk.Folder.Uploads.Keep("init_images", Uploads.Decode("init_images", sent)));
        string? mask = body.Text("mask");
        if (mask is null)
        {
            return request.With(JobReader.Task, JobTasks.Edit)
                .With("strength", body.Text(Strength) ?? DefaultStrength);
        }
        var painting = request.With(JobReader.Mask, KeepGray(Uploads.Decode("mask", mask)));
        if (body.Text("inpainting_mask_invert") is "1" or FlagKind.On)
            painting = painting.With("invert-mask", FlagKind.On);
        return painting.Without("size");
    }

    // White is painted; the mask's transparency means nothing there.
    private string KeepGray(byte[] content)
    {
        using var stream = new MemoryStream(content);
        var mask = ImageFile.Load(stream, "mask").Image;
        return desk.Folder.Uploads.KeepMask(mask.ToGray(), mask.Width, mask.Height);
    }

    private Task SendProgress(HttpContext context)
    {
        var job = desk.Queue.Running;
        var report = job?.Progress?.Report;
        return context.SendJson(new JsonObject
        {
            ["progress"] = Math.Round(job?.Progress?.Fraction ?? 0, 4),
            ["eta_relative"] = Math.Round(job?.Progress?.SecondsLeft ?? 0, 2),
            ["state"] = new JsonObject
            {
                ["skipped"] = false,
                ["interrupted"] = false,
                ["job"] = job?.Id ?? "",
                ["job_count"] = report?.Images ?? 0,
                ["job_no"] = report?.ImagesDone ?? 0,
                ["sampling_step"] = report?.Step ?? 0,
                ["sampling_steps"] = report?.Steps ?? 0,
            },
            ["current_image"] = job?.Preview is { } preview
                && context.Request.Query["skip_current_image"] != FlagKind.On
                ? Convert.ToBase64String(ImageFile.ToPng(preview))
                : null,
            ["textinfo"] = null,
        });
    }

    private Task Interrupt(HttpContext context)
    {
        if (desk.Queue.Running is { } job)
            desk.Queue.Cancel(job);
        return context.SendJson(new JsonObject());
    }

    private static JsonObject Info(Job job)
    {
        var seeds = job.Images.Select(image => JsonValue.Create(image.Seed));
        var first = job.Plan!.Requests[0];
        var stage = job.Plan.Recipe.Base;
        return new JsonObject
        {
            ["prompt"] = first.Prompt,
            ["all_prompts"] = new JsonArray([.. job.Images.Select(_ => JsonValue.Create(first.Prompt))]),
            ["negative_prompt"] = first.Negative,
            ["seed"] = first.Seed,
            ["all_seeds"] = new JsonArray([.. seeds]),
            ["sampler_name"] = stage.Sampler,
            ["steps"] = stage.Steps,
            ["cfg_scale"] = stage.GuidanceScale,
            ["batch_size"] = job.Images.Count,
        };
    }

    private static IEnumerable<JsonObject> Samplers() => SamplerFactory.Kinds.Select(kind => new JsonObject
    {
        ["name"] = kind.Name,
        ["aliases"] = new JsonArray([.. s_samplers.Where(each => each.Value == kind.Name)
            .Select(each => JsonValue.Create(each.Key))]),
        ["options"] = new JsonObject(),
    });

    private static string SamplerOf(string name)
    {
        string lower = name.Trim().ToLowerInvariant();
        if (s_samplers.TryGetValue(lower, out string? ours))
            return ours;
        return SamplerFactory.Kinds.FirstOrDefault(kind => kind.Name == lower)?.Name
            ?? throw new RequestException(StatusCodes.Status404NotFound, "Sampler not found");
    }

    private static long Count(JsonObject body, string field) => body.Text(field) is not { } text
        ? 1
        : long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long count)
            && count is >= 1 and <= JobReader.MostImages
            ? count
            : throw Bad($"found '{text}'; allowed is a whole number from 1 to {JobReader.MostImages}", field);

    private static RequestException Bad(string message, string field) =>
        new(StatusCodes.Status422UnprocessableEntity, message) { Field = field };
}
