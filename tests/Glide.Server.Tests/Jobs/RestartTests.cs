using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using Glide.Cli.Tests.Support;
using Glide.Images;
using Glide.Server.Jobs;
using Glide.Server.Tests.Support;

namespace Glide.Server.Tests.Jobs;

public sealed class RestartTests
{
    [Fact]
    public async Task Jobs_of_a_killed_server_are_made_when_it_is_started_again()
    {
        using var glide = new GlideProcess();
        var (process, client) = Serve(glide);
        var ids = new List<string>();
        for (int seed = 1; seed <= 3; seed++)
        {
            using var content = new StringContent(
                $$"""{"prompt":"a red circle","seed":{{seed}},"steps":"60","no_upsample":true}""");
            using var response = await client.PostAsync(new Uri("/api/jobs", UriKind.Relative), content);
            ids.Add((string)JsonNode.Parse(await response.Content.ReadAsStringAsync())!["id"]!);
        }
        process.Kill();
        await process.WaitForExitAsync();
        process.Dispose();
        client.Dispose();
        using var server = new RunningServer(Path.Combine(glide.Folder, "images"));
        foreach (var (index, id) in ids.Index())
        {
            var job = await server.Wait(id);
            Assert.Equal("done", (string)job["state"]!);
            Assert.Equal(index + 1, (int)job["images"]![0]!["seed"]!);
            Assert.Equal(32, server.Pixels(job).Width);
        }
    }

    [Fact]
    public async Task Ctrl_C_finishes_the_running_image_and_keeps_the_rest_for_the_next_start()
    {
        using var glide = new GlideProcess();
        var (process, client) = Serve(glide);
        using var content = new StringContent("""{"prompt":"a red circle","seed":1,"steps":"60","no_upsample":true}""");
        using var other = new StringContent("""{"prompt":"a ring","seed":2,"steps":"2","no_upsample":true}""");
        string first = await (await client.PostAsync(new Uri("/api/jobs", UriKind.Relative), content)).Content
            .ReadAsStringAsync();
        string second = await (await client.PostAsync(new Uri("/api/jobs", UriKind.Relative), other)).Content
            .ReadAsStringAsync();
        while (!(await client.GetStringAsync(new Uri("/api/jobs", UriKind.Relative)))
            .Contains("\"progress\"", StringComparison.Ordinal))
        {
            await Task.Delay(20);
        }
        using (var kill = Process.Start("kill", ["-INT", process.Id.ToString(CultureInfo.InvariantCulture)]))
            await kill.WaitForExitAsync();
        var result = GlideProcess.Finish(process);
        Assert.Equal(130, result.ExitCode);
        Assert.Contains("a-red-circle-1.png", result.Output, StringComparison.Ordinal);
        string folder = Path.Combine(glide.Folder, "images");
        Assert.Equal(["a-red-circle-1.png"], Directory.GetFiles(folder, "*.png").Select(Path.GetFileName));
        client.Dispose();
        using var server = new RunningServer(folder);
        Assert.Equal("done", (string)(await server.Wait((string)JsonNode.Parse(first)!["id"]!))["state"]!);
        Assert.Equal("done", (string)(await server.Wait((string)JsonNode.Parse(second)!["id"]!))["state"]!);
        Assert.Single(Directory.GetFiles(folder, "a-red-circle*.png"));
    }

    [Fact]
    public async Task A_job_whose_client_waited_is_named_as_lost()
    {
        string folder = Directory.CreateTempSubdirectory("glide-serve-").FullName;
        File.WriteAllText(Path.Combine(folder, JobJournal.Name),
            """{"id":"a","accepted":{"prompt":"a ring"},"waited_for":true}""" + "\n"
                + """{"id":"b","accepted":{"prompt":"a ring","stepz":"2"}}""" + "\n" + """{"id":"c","acc""");
        using (var server = new RunningServer(folder))
        {
            Assert.Equal("lost", (string)(await server.Get("/api/jobs/a"))["state"]!);
            var refused = await server.Get("/api/jobs/b");
            Assert.Equal("failed", (string)refused["state"]!);
            Assert.Contains("stepz", (string)refused["error"]!, StringComparison.Ordinal);
        }
        using (var again = new RunningServer(folder))
            Assert.Equal("lost", (string)(await again.Get("/api/jobs/a"))["state"]!);
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task Images_that_a_killed_server_has_finished_are_not_made_twice()
    {
        string folder = Directory.CreateTempSubdirectory("glide-serve-").FullName;
        File.WriteAllBytes(Path.Combine(folder, "first.png"), ImageFile.ToPng(TestImages.Colors(8, 8)));
        File.WriteAllText(Path.Combine(folder, JobJournal.Name),
            """{"id":"a","accepted":{"prompt":"a ring","seed":"5","count":"2","steps":"2","no_upsample":"true"}}""" + "\n"
                + """{"id":"a","image":"first.png","seed":5}""" + "\n");
        using (var server = new RunningServer(folder))
        {
            var job = await server.Wait("a");
            Assert.Equal(["first.png", "a-ring-6.png"],
                job["images"]!.AsArray().Select(image => (string)image!["name"]!));
        }
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task A_second_server_on_a_folder_is_refused_until_the_first_has_died()
    {
        using var glide = new GlideProcess();
        var (first, client) = Serve(glide);
        string folder = Path.Combine(glide.Folder, "images"), journal = Path.Combine(folder, JobJournal.Name);
        File.WriteAllText(journal, """{"id":"a","accepted":{"prompt":"a ring"},"waited_for":true}""" + "\n");
        string before = await File.ReadAllTextAsync(journal);

        var second = glide.Run("serve", "--port", "0", "-m", "mini", "-o", "images");
        Assert.Equal((2, ""), (second.ExitCode, second.Output));
        Assert.Contains($"another server uses the folder '{folder}'", second.Error, StringComparison.Ordinal);
        Assert.Contains("--output", second.Error, StringComparison.Ordinal);
        Assert.Equal(before, await File.ReadAllTextAsync(journal));

        first.Kill();
        await first.WaitForExitAsync();
        first.Dispose();
        client.Dispose();
        using var server = new RunningServer(folder);
        Assert.Equal("lost", (string)(await server.Get("/api/jobs/a"))["state"]!);
    }

    private static (Process Process, HttpClient Client) Serve(GlideProcess glide)
    {
        var process = glide.Start(environment: null,
            "serve", "--port", "0", "-m", "mini", "--threads", "1", "-o", "images");
        string line = process.StandardError.ReadLine()!;
        Assert.StartsWith("serving on http://", line, StringComparison.Ordinal);
        return (process, new HttpClient { BaseAddress = new Uri(line.Split(' ')[2]) });
    }
}
