using System.Diagnostics;
using System.Text.Json.Nodes;
using Glide.Cli.Tests.Support;
using Glide.Images;
using Glide.Server.Tests.Support;

namespace Glide.Server.Tests.Http;

[Collection(SharedServer.Name)]
public sealed class JobApiTests(SharedServer shared)
{
    // A step of the built-in network takes milliseconds; a test machine runs other things beside this.
    private static readonly TimeSpan s_aFewSteps = TimeSpan.FromSeconds(10);

    [Fact]
    public async Task Every_api_makes_the_pixels_of_sample()
    {
        using var glide = new GlideProcess();
        var result = glide.Run("sample", "a red circle", "-s", "7", "-m", "mini", "--threads", "1", "-o", "it.png");
        Assert.Equal("", result.ExitCode == 0 ? "" : result.Error);
        byte[] expected = ImageFile.Load(glide.PathOf("it.png")).Image.Pixels;
        using var server = new RunningServer(change: options => options with { Models = RunningServer.Mini });
        var job = await server.Make("""{"prompt":"a red circle","seed":7}""");
        Assert.Equal(expected, server.Pixels(job).Pixels);
        var (_, web) = await server.Post("/sdapi/v1/txt2img", """{"prompt":"a red circle","seed":7}""");
        Assert.Equal(expected, Decode((string)web!["images"]![0]!));
        var (_, ai) = await server.Post("/v1/images/generations",
            """{"prompt":"a red circle","seed":7,"response_format":"b64_json"}""");
        Assert.Equal(expected, Decode((string)ai!["data"]![0]!["b64_json"]!));
    }

    [Fact]
    public async Task A_job_writes_images_with_metadata_and_the_journal_of_a_batch()
    {
        using var server = new RunningServer();
        var job = await server.Make($$"""{"prompt":"a red circle","seed":7,"count":2,{{RunningServer.Quick}}}""");
        Assert.Equal("done", (string)job["state"]!);
        Assert.Equal(["a-red-circle-7.png", "a-red-circle-8.png"],
            job["images"]!.AsArray().Select(image => (string)image!["name"]!));
        var lines = File.ReadLines(Path.Combine(server.Folder, "glide-batch.jsonl"))
            .Select(line => JsonNode.Parse(line)!).ToList();
        Assert.Equal([7, 8], lines.Select(line => (int)line["seed"]!));
        var listed = (await server.Get("/api/images"))["images"]!.AsArray();
        Assert.Equal(2, listed.Count);
        Assert.All(listed, image => Assert.Equal("a red circle", (string)image!["prompt"]!));
    }

    [Fact]
    public async Task A_second_image_of_the_same_name_gets_a_number()
    {
        using var server = new RunningServer();
        string row = $$"""{"prompt":"a red circle","seed":7,{{RunningServer.Quick}}}""";
        var first = await server.Make(row);
        var second = await server.Make(row);
        Assert.Equal("a-red-circle-7-2.png", (string)second["images"]![0]!["name"]!);
        Assert.Equal(server.Pixels(first).Pixels, server.Pixels(second).Pixels);
    }

    [Fact]
    public async Task Events_tell_steps_previews_and_the_result()
    {
        var server = shared.Server;
        var (_, posted) = await server.Post("/api/jobs", """{"prompt":"a red circle","seed":7,"steps":"30"}""");
        var events = new List<(string Name, JsonNode Data)>();
        await using var stream = await server.Client.GetStreamAsync(
            new Uri($"/api/jobs/{posted!["id"]}/events", UriKind.Relative));
        using var reader = new StreamReader(stream);
        string name = "";
        while (await reader.ReadLineAsync() is { } line)
        {
            if (line.StartsWith("event: ", StringComparison.Ordinal))
                name = line[7..];
            else if (line.StartsWith("data: ", StringComparison.Ordinal))
                events.Add((name, JsonNode.Parse(line[6..])!));
        }
        Assert.Equal("done", (string)events[^1].Data["state"]!);
        var fractions = events.Where(each => each.Name == "step")
            .Select(each => (double)each.Data["fraction"]!).ToList();
        Assert.Equal(fractions.Order(), fractions);
        Assert.True(fractions.Count > 20);
        Assert.Equal(1, fractions[^1], 3);
        var previews = events.Where(each => each.Name == "preview").ToList();
        Assert.NotEmpty(previews);
        using var small = new MemoryStream(
            Convert.FromBase64String(((string)previews[0].Data["image"]!).Split(',')[1]));
        Assert.Equal(32, ImageFile.Load(small, "preview").Image.Width);
        Assert.Single(events, each => each.Name == "image");
    }

    [Fact]
    public async Task Delete_stops_a_running_job_at_its_next_step_and_takes_a_waiting_one_out()
    {
        var server = shared.Server;
        string endless = """{"prompt":"a red circle","seed":7,"steps":"1000"}""";
        string[] ids =
            [await Id(endless), await Id(endless), await Id($$"""{"prompt":"a ring",{{RunningServer.Quick}}}""")];
        while ((string)(await server.Get($"/api/jobs/{ids[0]}"))["state"]! == "queued")
            await Task.Delay(20);
        var clock = Stopwatch.StartNew();
        foreach (string id in ids[..2])
            (await server.Client.DeleteAsync(new Uri($"/api/jobs/{id}", UriKind.Relative))).EnsureSuccessStatusCode();
        Assert.Equal("cancelled", (string)(await server.Wait(ids[0]))["state"]!);
        Assert.Equal("cancelled", (string)(await server.Wait(ids[1]))["state"]!);
        Assert.True(clock.Elapsed < s_aFewSteps, $"it took {clock.Elapsed}");
        Assert.Equal("done", (string)(await server.Wait(ids[2]))["state"]!);

        async Task<string> Id(string row) => (string)(await server.Post("/api/jobs", row)).Body!["id"]!;
    }

    [Fact]
    public async Task A_full_queue_refuses_with_429()
    {
        using var server = new RunningServer(change: options => options with { MostWaiting = 1 });
        string row = """{"prompt":"a red circle","steps":"1000"}""";
        string image = TestImages.DataUrl(TestImages.WhiteMask(8, 8));
        string sent = $$"""{"prompt":"a star","image":"{{image}}"}""";
        var ids = new List<string>();
        HttpResponseMessage? refused = null;
        for (int i = 0; i < 4 && refused is null; i++)
        {
            using var content = new StringContent(row);
            var response = await server.Client.PostAsync(new Uri("/api/jobs", UriKind.Relative), content);
            if ((int)response.StatusCode == 429)
                refused = response;
            else
                ids.Add((string)JsonNode.Parse(await response.Content.ReadAsStringAsync())!["id"]!);
        }
        Assert.NotNull(refused);
        Assert.NotNull(refused.Headers.RetryAfter);
        // What is refused is not stored either.
        Assert.Equal(429, (await server.Post("/api/jobs", sent)).Status);
        Assert.False(Directory.Exists(Path.Combine(server.Folder, "uploads")));
        foreach (string id in ids)
            await server.Client.DeleteAsync(new Uri($"/api/jobs/{id}", UriKind.Relative));
    }

    public static TheoryData<string, string> Bad => new()
    {
        { """{"prompt":"a","stepz":"2"}""", "did you mean 'steps'" },
        { """{"prompt":"a","seed":-1}""", "seed" },
        { """{"prompt":"a","output":"/tmp/x.png"}""", "output" },
        { """{"prompt":"a","count":101}""", "count" },
        { """{"prompt":"a","task":"dance"}""", "task" },
        { """{"prompt":"a","task":"edit"}""", "edit needs an image" },
        { """{"prompt":"a","strength":0.5}""", "strength belongs to edit" },
        { """{"prompt":"a","image":"/etc/passwd"}""", "names no image" },
        { """{"prompt":"a","image":"../a.png"}""", "names no image" },
        { """{"prompt":"a","image":"data:image/png;base64,!!"}""", "base64" },
        { """{"prompt":"a","image":"data:image/png;base64,R0lGODlh"}""", "a GIF" },
        { """{"seed":1}""", "prompt" },
        { $$"""{"prompt":"{{new string('a', 10_001)}}"}""", "10001 characters" },
        { """[1]""", "object" },
        { """{""", "object" },
    };

    [Theory, MemberData(nameof(Bad))]
    public async Task A_bad_row_is_refused_in_words(string row, string expected)
    {
        var server = shared.Server;
        var (status, body) = await server.Post("/api/jobs", row);
        Assert.Equal(400, status);
        string message = (string)body!["error"]!["message"]!;
        Assert.Contains(expected, message, StringComparison.Ordinal);
        Assert.DoesNotContain("--", message, StringComparison.Ordinal);
        Assert.DoesNotContain(server.Folder, message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("edit", 128)]
    [InlineData("upscale", 256)]
    [InlineData("vary", 32)]
    public async Task A_task_starts_from_an_image_of_the_folder(string task, int size)
    {
        var server = shared.Server;
        File.WriteAllBytes(Path.Combine(server.Folder, "mine.png"), ImageFile.ToPng(TestImages.Colors(64, 64)));
        string more = task == "vary" ? ",\"no_upsample\":true,\"steps\":\"4\"" : ",\"upsample_steps\":\"2\"";
        var job = await server.Make($$"""{"prompt":"a red circle","task":"{{task}}","image":"mine.png"{{more}}}""");
        Assert.Equal("done", (string)job["state"]!);
        Assert.Equal(size, server.Pixels(job).Width);
    }

    [Fact]
    public async Task Inpainting_keeps_the_bytes_outside_the_mask()
    {
        var server = shared.Server;
        var image = TestImages.Colors(96, 72);
        var job = await server.Make(new JsonObject
        {
            ["prompt"] = "a red circle",
            ["image"] = TestImages.DataUrl(ImageFile.ToPng(image)),
            ["mask"] = TestImages.DataUrl(TestImages.WhiteMask(96, 72)),
            ["steps"] = "2",
            ["upsample_steps"] = "2",
        }.ToJsonString());
        Assert.Equal("done", (string)job["state"]!);
        TestImages.AssertPaintedInside(image, server.Pixels(job));
    }

    [Fact]
    public async Task The_schema_has_the_settings_with_their_groups()
    {
        var server = shared.Server;
        var fields = (await server.Get("/api/schema"))["properties"]!.AsObject();
        Assert.Equal("Sampling", (string)fields["steps"]!["x-group"]!);
        Assert.Equal("SecondStage", (string)fields["no_upsample"]!["x-group"]!);
        Assert.Equal(100, (int)fields["count"]!["maximum"]!);
        Assert.True(fields.ContainsKey("strength") && fields.ContainsKey("task") && !fields.ContainsKey("output"));
    }

    private static byte[] Decode(string base64)
    {
        using var stream = new MemoryStream(Convert.FromBase64String(base64));
        return ImageFile.Load(stream, "answer").Image.Pixels;
    }
}
