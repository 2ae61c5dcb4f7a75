using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Glide.Cli.Tests.Support;
using Glide.Images;
using Glide.ModelSets;
using Glide.Pipelines;

namespace Glide.Server.Tests.Support;

/// <summary>A server in this process, on a free port, with the built-in models and a folder of its own.</summary>
internal sealed class RunningServer : IDisposable
{
    /// <summary>What makes an image in a fraction of a second.</summary>
    public const string Quick = "\"steps\":\"2\",\"no_upsample\":true";

    private readonly GlideServer _server;
    private readonly bool _ownsFolder;

    public RunningServer(string? folder = null, Func<ServerOptions, ServerOptions>? change = null)
    {
        _ownsFolder = folder is null;
        Folder = folder ?? Directory.CreateTempSubdirectory("glide-serve-").FullName;
        var options = new ServerOptions
        {
            Models = InTwoSteps(Mini),
            Device = new DeviceOptions { Device = "cpu", Threads = 1 },
            Folder = Folder,
            Port = 0,
            Warn = Warnings.Add,
        };
        _server = new GlideServer(change is null ? options : change(options));
        _server.Start();
        Client = new HttpClient { BaseAddress = _server.Address };
    }

    /// <summary>The built-in models.</summary>
    public static ModelSet Mini { get; } = ModelSet.Read(Path.Combine(GlideProcess.Checkout, "models", "mini"));

    public string Folder { get; }

    public HttpClient Client { get; }

    public Uri Address => _server.Address;

    public List<string> Warnings { get; } = [];

    /// <summary>Posts a text as JSON.</summary>
    public async Task<(int Status, JsonNode? Body)> Post(string path, string json)
    {
        using var content = new StringContent(json, System.Text.Encoding.UTF8, "application/json");
        using var response = await Client.PostAsync(new Uri(path, UriKind.Relative), content);
        string text = await response.Content.ReadAsStringAsync();
        return ((int)response.StatusCode, text.Length == 0 ? null : JsonNode.Parse(text));
    }

    public async Task<JsonNode> Get(string path) =>
        (await Client.GetFromJsonAsync<JsonNode>(new Uri(path, UriKind.Relative)))!;

    /// <summary>Posts a job and waits until it is over.</summary>
    public async Task<JsonNode> Make(string json)
    {
        var (status, body) = await Post("/api/jobs", json);
        Assert.True(status == 202, body?.ToJsonString());
        return await Wait((string)body!["id"]!);
    }

    public async Task<JsonNode> Wait(string id)
    {
        while (true)
        {
            var job = await Get($"/api/jobs/{id}");
            if ((string)job["state"]! is not ("queued" or "running"))
                return job;
            await Task.Delay(20);
        }
    }

    /// <summary>The pixels of a job's image.</summary>
    public RgbImage Pixels(JsonNode job, int number = 0) =>
        ImageFile.Load(Path.Combine(Folder, (string)job["images"]![number]!["name"]!)).Image;

    public void Dispose()
    {
        Client.Dispose();
        _server.Dispose();
        if (_ownsFolder)
            Directory.Delete(Folder, recursive: true);
    }

    // Recipes that make a bad image in no time: the server is tested here, not the networks.
    private static ModelSet InTwoSteps(ModelSet models) => models with
    {
        Recipes = models.Recipes.ToDictionary(recipe => recipe.Key, recipe => recipe.Value with
        {
            Stages = [.. recipe.Value.All.Select(stage => stage with { Steps = "2" })],
        }),
    };
}

/// <summary>Images that tests send.</summary>
internal static class TestImages
{
    /// <summary>Every pixel another color.</summary>
    public static RgbImage Colors(int width, int height)
    {
        var image = new RgbImage(width, height);
        for (int i = 0; i < width * height; i++)
            ((byte[])[(byte)(i * 7), (byte)(i / width * 3), (byte)(i % width * 5)]).CopyTo(image.Pixels, 3 * i);
        return image;
    }

    /// <summary>A mask that paints a square in the middle: white on black.</summary>
    public static byte[] WhiteMask(int width, int height)
    {
        var mask = new RgbImage(width, height);
        for (int i = 0; i < width * height; i++)
            mask.Pixels.AsSpan(3 * i, 3).Fill(IsPainted(i % width, i / width, width, height) ? (byte)255 : (byte)0);
        return ImageFile.ToPng(mask);
    }

    /// <summary>The same as OpenAI has it: transparent where it paints.</summary>
    public static byte[] TransparentMask(int width, int height)
    {
        byte[] alpha = [.. Enumerable.Range(0, width * height)
            .Select(i => IsPainted(i % width, i / width, width, height) ? (byte)0 : (byte)255)];
        using var stream = new MemoryStream();
        ImageEncoder.Write(stream, ImageFormat.Png, new ImageContent(new RgbImage(width, height), alpha, []));
        return stream.ToArray();
    }

    public static bool IsPainted(int x, int y, int width, int height) =>
        x >= width / 3 && x < 2 * width / 3 && y >= height / 3 && y < 2 * height / 3;

    /// <summary>Asserts that an image differs from another within the square only, and there somewhere.</summary>
    public static void AssertPaintedInside(RgbImage before, RgbImage after)
    {
        Assert.Equal((before.Width, before.Height), (after.Width, after.Height));
        int changed = 0;
        for (int i = 0; i < before.Width * before.Height; i++)
        {
            bool isSame = before.Pixels.AsSpan(3 * i, 3).SequenceEqual(after.Pixels.AsSpan(3 * i, 3));
            if (!IsPainted(i % before.Width, i / before.Width, before.Width, before.Height))
                Assert.True(isSame, $"pixel {i % before.Width},{i / before.Width} was kept and has changed");
            else if (!isSame)
                changed++;
        }
        Assert.True(changed > 0, "nothing was painted");
    }

    public static string DataUrl(byte[] png) => "data:image/png;base64," + Convert.ToBase64String(png);
}
