using System.Diagnostics;
using System.Text.Json.Nodes;
using Glide.Images;
using Glide.ModelSets;
using Glide.Server.Tests.Support;

namespace Glide.Server.Tests.Http;

public sealed class LoadTests
{
    private const int Connections = 20, Requests = 200;

    // Buffers of the runtime and of libtorch come and go; a leak of one image or upload a request would be more.
    private const long MostGrowth = 120L << 20;

    [Fact]
    public async Task Half_of_200_requests_are_cancelled_and_no_image_of_the_others_is_lost()
    {
        using var server = new RunningServer(
            change: options => options with { Models = BaseAlone(RunningServer.Mini) });
        string image = TestImages.DataUrl(ImageFile.ToPng(TestImages.Colors(256, 256)));
        await Burst(server, image, first: 1000, Connections);
        long before = Memory();
        var answered = await Burst(server, image, first: 0, Requests);
        long growth = Memory() - before;
        Assert.Equal(Requests / 2, answered.Count);
        Assert.All(answered, name => Assert.Equal(32, ImageFile.Load(Path.Combine(server.Folder, name)).Image.Width));
        Assert.Equal(answered.Count, answered.Distinct().Count());
        var lines = File.ReadLines(Path.Combine(server.Folder, "glide-batch.jsonl")).ToList();
        Assert.Equal(Directory.GetFiles(server.Folder, "*.png").Length, lines.Count);
        Assert.Empty(server.Warnings);
        Assert.Empty((await server.Get("/api/jobs"))["jobs"]!.AsArray());
        Assert.True(growth < MostGrowth, $"memory grew by {growth >> 20} MB");
    }

    // Every other request is cancelled some time after it was sent; the others must be answered.
    private static async Task<List<string>> Burst(RunningServer server, string image, int first, int requests)
    {
        var names = new List<string>();
        int next = 0;
        await Task.WhenAll(Enumerable.Range(0, Connections).Select(async _ =>
        {
            for (int number; (number = Interlocked.Increment(ref next)) <= requests;)
            {
                using var stop = new CancellationTokenSource();
                if (number % 2 == 0)
                    stop.CancelAfter(number % 40 * 10);
                int seed = first + number;
                string row = $$"""{"prompt":"a ring","seed":{{seed}},"steps":2,"batch_size":1}""";
                using var content = new StringContent(number % 10 == 1 ? Editing(seed, image) : row);
                try
                {
                    string path = number % 10 == 1 ? "/sdapi/v1/img2img" : "/sdapi/v1/txt2img";
                    using var response = await server.Client.PostAsync(
                        new Uri(path, UriKind.Relative), content, stop.Token);
                    string text = await response.Content.ReadAsStringAsync(stop.Token);
                    Assert.True(response.IsSuccessStatusCode, text);
                    using var png = new MemoryStream(
                        Convert.FromBase64String((string)JsonNode.Parse(text)!["images"]![0]!));
                    Assert.Equal(32, ImageFile.Load(png, "answer").Image.Width);
                    if (number % 2 == 1)
                    {
                        lock (names)
                            names.Add($"a-ring-{seed}.png");
                    }
                }
                catch (OperationCanceledException) when (stop.IsCancellationRequested)
                {
                }
            }
        }));
        return names;
    }

    private static string Editing(int seed, string image) =>
        $$"""{"prompt":"a ring","seed":{{seed}},"steps":2,"init_images":["{{image}}"]}""";

    // A set without a second stage: the server is tested here, not the networks.
    private static ModelSet BaseAlone(ModelSet models) => models with
    {
        Recipes = models.Recipes.ToDictionary(
            recipe => recipe.Key, recipe => recipe.Value with { Stages = [recipe.Value.All[0]] }),
    };

    private static long Memory()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        using var process = Process.GetCurrentProcess();
        return process.WorkingSet64;
    }
}
