using System.Text.Json.Nodes;
using Glide.Images;
using Glide.Server.Tests.Support;

namespace Glide.Server.Tests.Http;

/// <summary>Requests as clients of the web UI send them, by its documented fields.</summary>
[Collection(SharedServer.Name)]
public sealed class StableDiffusionTests(SharedServer shared)
{
    [Fact]
    public async Task Txt2img_takes_what_clients_send_and_answers_with_images_and_info()
    {
        var server = shared.Server;
        var (status, body) = await server.Post("/sdapi/v1/txt2img", """
            {"prompt":"a red circle","negative_prompt":"a star","seed":7,"subseed":-1,"steps":2,"cfg_scale":4.5,
             "width":128,"height":128,"batch_size":2,"n_iter":1,"sampler_name":"DPM++ 2M","restore_faces":false,
             "override_settings":{"sd_model_checkpoint":"x"},"alwayson_scripts":{},"styles":[],"send_images":true}
            """);
        Assert.Equal(200, status);
        Assert.Equal(2, body!["images"]!.AsArray().Count);
        Assert.Equal(128, Decode((string)body["images"]![0]!).Width);
        var info = JsonNode.Parse((string)body["info"]!)!;
        Assert.Equal("a red circle", (string)info["prompt"]!);
        Assert.Equal([7, 8], info["all_seeds"]!.AsArray().Select(seed => (long)seed!));
        Assert.Equal("dpmpp-2m", (string)info["sampler_name"]!);
        Assert.Equal(4.5, (double)info["cfg_scale"]!);
        Assert.Equal("a red circle", (string)body["parameters"]!["prompt"]!);
    }

    [Fact]
    public async Task Img2img_with_a_mask_paints_inside_it_only()
    {
        var server = shared.Server;
        var image = TestImages.Colors(96, 72);
        var (status, body) = await server.Post("/sdapi/v1/img2img", new JsonObject
        {
            ["prompt"] = "a red circle",
            ["init_images"] = new JsonArray(Convert.ToBase64String(ImageFile.ToPng(image))),
            ["mask"] = TestImages.DataUrl(TestImages.WhiteMask(96, 72)),
            ["steps"] = 2,
            ["width"] = 512,
            ["height"] = 512,
            ["mask_blur"] = 4,
        }.ToJsonString());
        Assert.Equal(200, status);
        TestImages.AssertPaintedInside(image, Decode((string)body!["images"]![0]!));
        Assert.False(body["parameters"]!.AsObject().ContainsKey("init_images"));
    }

    [Fact]
    public async Task Img2img_without_a_mask_starts_from_the_image()
    {
        using var server = new RunningServer();
        string image = TestImages.DataUrl(ImageFile.ToPng(TestImages.Colors(64, 64)));
        var (status, body) = await server.Post("/sdapi/v1/img2img",
            $$"""{"prompt":"a ring","init_images":["{{image}}"],"denoising_strength":0.1,"steps":10,"seed":3}""");
        Assert.Equal(200, status);
        var listed = (await server.Get("/api/images"))["images"]![0]!;
        Assert.Equal("edit", (string)listed["task"]!);
        Assert.Equal(0.1, (double)listed["settings"]!["strength"]!);
        Assert.Equal(128, Decode((string)body!["images"]![0]!).Width);
    }

    [Theory]
    [InlineData("""{"prompt":"a","steps":0}""", 422, "steps")]
    [InlineData("""{"prompt":"a","cfg_scale":1000}""", 422, "cfg_scale")]
    [InlineData("""{"prompt":"a","width":100,"height":100}""", 422, "size")]
    [InlineData("""{"prompt":"a","batch_size":0}""", 422, "batch_size")]
    [InlineData("""{"prompt":["a"]}""", 422, "prompt")]
    public async Task Errors_have_the_form_of_that_server(string row, int expected, string field)
    {
        var server = shared.Server;
        var (status, body) = await server.Post("/sdapi/v1/txt2img", row);
        Assert.Equal(expected, status);
        Assert.Equal(["body", field], body!["detail"]![0]!["loc"]!.AsArray().Select(part => (string)part!));
        Assert.NotEmpty((string)body["detail"]![0]!["msg"]!);
    }

    [Fact]
    public async Task An_unknown_sampler_is_not_found()
    {
        var server = shared.Server;
        var (status, body) = await server.Post("/sdapi/v1/txt2img", """{"prompt":"a","sampler_name":"Nonesuch"}""");
        Assert.Equal(404, status);
        Assert.Equal("Sampler not found", (string)body!["detail"]!);
    }

    [Fact]
    public async Task Progress_shows_the_running_job_and_interrupt_stops_it()
    {
        var server = shared.Server;
        var idle = await server.Get("/sdapi/v1/progress");
        Assert.Equal(0, (double)idle["progress"]!);
        Assert.Null(idle["current_image"]);
        var (_, job) = await server.Post("/api/jobs", """{"prompt":"a ring","steps":"1000"}""");
        JsonNode progress;
        do
            progress = await server.Get("/sdapi/v1/progress");
        while (progress["current_image"] is null || (int)progress["state"]!["sampling_step"]! == 0);
        Assert.InRange((double)progress["progress"]!, 0, 1);
        Assert.True((double)progress["eta_relative"]! > 0);
        Assert.Equal(32, Decode((string)progress["current_image"]!).Width);
        await server.Post("/sdapi/v1/interrupt", "");
        Assert.Equal("cancelled", (string)(await server.Wait((string)job!["id"]!))["state"]!);
    }

    [Fact]
    public async Task What_clients_ask_first_is_answered()
    {
        var server = shared.Server;
        Assert.Equal("mini", (string)(await server.Get("/sdapi/v1/options"))["sd_model_checkpoint"]!);
        Assert.Equal("mini", (string)(await server.Get("/sdapi/v1/sd-models"))[0]!["model_name"]!);
        Assert.Contains((await server.Get("/sdapi/v1/samplers")).AsArray(), each => (string)each!["name"]! == "ddim");
        Assert.Equal(200, (await server.Post("/sdapi/v1/options", """{"sd_model_checkpoint":"mini"}""")).Status);
    }

    private static RgbImage Decode(string base64)
    {
        using var stream = new MemoryStream(Convert.FromBase64String(base64));
        return ImageFile.Load(stream, "answer").Image;
    }
}
