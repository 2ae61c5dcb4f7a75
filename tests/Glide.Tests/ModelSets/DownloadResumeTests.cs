using Glide.ModelSets;

namespace Glide.Tests.ModelSets;

/// <summary>Downloads that were cut, stopped or changed go on, or start over.</summary>
public sealed class DownloadResumeTests : DownloadTests
{
    [Fact]
    public async Task A_cut_connection_is_continued_by_range()
    {
        using var server = new LocalServer(request =>
            LocalServer.Serve(request, Content, Tag) with
            {
                CutAfter = request.Number == 1 ? Content.Length * 6 / 10
                : null
            });

        AssertArrived(await Download(server));

        Assert.Equal(2, server.Requests.Count);
        var second = server.Requests.Last();
        Assert.Equal(Content.Length * 6 / 10, second.RangeStart);
        Assert.Equal(Tag, second.Headers["if-range"]);
        Assert.Equal([TimeSpan.FromSeconds(1)], Waits);
        Assert.Contains(Notices.All, notice => notice.Notice?.Contains("trying again in 1 s",
            StringComparison.Ordinal) == true);
    }

    [Fact]
    public async Task Progress_resets_the_patience()
    {
        Settings = Settings with { Attempts = 2 };
        using var server = new LocalServer(request =>
            LocalServer.Serve(request, Content, Tag) with
            {
                CutAfter = request.RangeStart > 1_900_000 ? null
                : 1_100_000
            });

        AssertArrived(await Download(server));

        Assert.Equal(3, server.Requests.Count);
    }

    [Fact]
    public async Task A_download_that_gets_nowhere_ends_and_keeps_what_came()
    {
        using var server = new LocalServer(request =>
            LocalServer.Serve(request, Content, Tag) with { CutAfter = request.Number == 1 ? 1000 : 10 });

        string message = await Fails<DownloadException>(() => Download(server));

        Assert.Contains(server.Url("base.pt").ToString(), message, StringComparison.Ordinal);
        Assert.Contains("are kept", message, StringComparison.Ordinal);
        Assert.Equal([1, 2, 4, 8, 16], Waits.Select(wait => wait.TotalSeconds));
        Assert.False(File.Exists(Target));
        Assert.Equal([".json", ".lock", ".part"], Directory.GetFiles(Scratch.Path).Select(Path.GetExtension).Order());
    }

    [Fact]
    public async Task A_later_run_goes_on_where_an_earlier_one_stopped()
    {
        bool broken = true;
        using var server = new LocalServer(request => broken && request.Number > 1
            ? new ServedResponse(404, [])
            : LocalServer.Serve(request, Content, Tag) with { CutAfter = broken ? 2_000_000 : null });
        await Fails<DownloadException>(() => Download(server));
        broken = false;

        AssertArrived(await Download(server));

        Assert.Equal(2_000_000, server.Requests.Last().RangeStart);
    }

    [Fact]
    public async Task The_rest_of_a_killed_run_is_used_and_shorter_ones_are_removed()
    {
        using var server = new LocalServer(request => LocalServer.Serve(request, Content, Tag));
        LeavePart("aaaaaaaa", 100, server.Url("base.pt"));
        LeavePart("bbbbbbbb", 2_500_000, server.Url("base.pt"));
        LeavePart("cccccccc", 200, server.Url("base.pt"));
        LeavePart("dddddddd", 2_900_000, server.Url("other.pt"));
        File.WriteAllBytes(Target + ".eeeeeeee.part", Content);
        File.WriteAllText(Target + ".ffffffff.part.json", "{}");

        AssertArrived(await Download(server));

        Assert.Equal(2_500_000, server.Requests.Single().RangeStart);
    }

    [Fact]
    public async Task A_200_to_a_range_starts_over()
    {
        using var server = new LocalServer(request => new ServedResponse(200, Content, $"ETag: {Tag}"));
        LeavePart("aaaaaaaa", 1_000_000, server.Url("base.pt"), damaged: true);

        AssertArrived(await Download(server));

        Assert.Equal(1_000_000, server.Requests.Single().RangeStart);
    }

    [Fact]
    public async Task A_changedContent_starts_over()
    {
        using var server = new LocalServer(request => LocalServer.Serve(request, Content, "\"second\""));
        LeavePart("aaaaaaaa", 1_000_000, server.Url("base.pt"), damaged: true);

        AssertArrived(await Download(server));
    }

    public static TheoryData<string> BadRanges =>
        new() { "bytes 5-2999999/3000000", "bytes 1000000-2999998/2999999", "other" };

    [Theory, MemberData(nameof(BadRanges))]
    public async Task A_206_that_does_not_fit_starts_over(string range)
    {
        using var server = new LocalServer(request => request.RangeStart is { } start
            ? range == "other"
                ? new ServedResponse(206, Content[(int)start..], "ETag: \"second\"",
                    $"Content-Range: bytes {start}-{Content.Length - 1}/{Content.Length}")
                : new ServedResponse(206, Content[(int)start..], $"ETag: {Tag}", $"Content-Range: {range}")
            : LocalServer.Serve(request, Content, Tag));
        LeavePart("aaaaaaaa", 1_000_000, server.Url("base.pt"), damaged: true);

        AssertArrived(await Download(server));

        Assert.Equal(2, server.Requests.Count);
        Assert.Null(server.Requests.Last().RangeStart);
    }

    [Theory]
    [InlineData("W/\"weak\"")]
    [InlineData(null)]
    public async Task Without_a_strong_tag_nothing_is_continued(string? tag)
    {
        using var server = new LocalServer(request =>
            new ServedResponse(200, Content, tag is null ? [] : [$"ETag: {tag}"])
            {
                CutAfter = request.Number == 1
                ? 2_000_000 : null
            });

        AssertArrived(await Download(server));

        Assert.All(server.Requests, request => Assert.Null(request.RangeStart));
    }

    [Fact]
    public async Task A_416_on_a_wholeContent_is_checked_and_accepted()
    {
        using var server = new LocalServer(request => LocalServer.Serve(request, Content, Tag));
        LeavePart("aaaaaaaa", Content.Length, server.Url("base.pt"));

        AssertArrived(await Download(server, pinned: true));

        Assert.Single(server.Requests);
    }

    [Fact]
    public async Task A_416_on_a_damaged_wholeContent_starts_over_once()
    {
        using var server = new LocalServer(request => LocalServer.Serve(request, Content, Tag));
        LeavePart("aaaaaaaa", Content.Length, server.Url("base.pt"), damaged: true);

        AssertArrived(await Download(server, pinned: true));

        Assert.Equal(2, server.Requests.Count);
    }

    [Fact]
    public async Task A_416_of_a_changedContent_starts_over()
    {
        using var server = new LocalServer(request => request.RangeStart is null
            ? LocalServer.Serve(request, Content, "\"second\"")
            : new ServedResponse(416, [], "ETag: \"second\"", $"Content-Range: bytes */{Content.Length}"));
        LeavePart("aaaaaaaa", Content.Length, server.Url("base.pt"), damaged: true);

        AssertArrived(await Download(server));
    }

    [Fact]
    public async Task A_416_with_another_size_starts_over()
    {
        using var server = new LocalServer(request => LocalServer.Serve(request, Content, Tag));
        LeavePart("aaaaaaaa", Content.Length, server.Url("base.pt"), damaged: true, more: 7);

        AssertArrived(await Download(server));

        Assert.Equal(2, server.Requests.Count);
    }

    [Fact]
    public async Task Stopping_keeps_the_part_for_the_next_run()
    {
        using var stop = new CancellationTokenSource();
        using var server = new LocalServer(request =>
            LocalServer.Serve(request, Content, Tag) with { SilentAfter = request.Number == 1 ? 2_000_000 : null });
        var progress = new NoticeList(notice =>
        {
            if (notice.Received == 2_000_000)
                stop.Cancel();
        });

        using (var downloader = new ModelDownloader(Settings))
        {
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() =>
                downloader.DownloadAsync(Set(server.Url("base.pt"), false, false), new DownloadOptions(), progress,
                    stop.Token));
        }

        AssertArrived(await Download(server));
        Assert.Equal(2_000_000, server.Requests.Last().RangeStart);
    }

    [Fact]
    public async Task Two_downloads_at_once_both_end_well()
    {
        var gate = new TaskCompletionSource();
        using var server = new LocalServer(request =>
        {
            if (request.Number == 2)
                gate.TrySetResult();

            return LocalServer.Serve(request, Content, Tag) with { Midway = gate.Task };
        });

        var results = await Task.WhenAll(Task.Run(() => Download(server)), Task.Run(() => Download(server)));

        Assert.All(results, AssertArrived);
        Assert.All(server.Requests, request => Assert.Null(request.RangeStart));
    }

    [Fact]
    public async Task Many_downloads_at_once_never_take_each_others_parts()
    {
        using var server = new LocalServer(request => LocalServer.Serve(request, Content, Tag));
        for (int round = 0; round < 20; round++)
        {
            string target = Target;
            File.Delete(target);
            File.Delete(FileRecords.PathFor(target));
            var results = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
            {
                using var downloader = new FileDownloader(Settings);
                var file = new ModelFile { File = "base.pt", Url = server.Url("base.pt") };
                return await downloader.FetchAsync(new(file, IsCheckpoint: false, DownloadSource.Of(file, null), target,
                    Hash), null, default);
            })));

            Assert.All(results, hash => Assert.Equal(Hash, hash));
            Assert.Equal([target, FileRecords.PathFor(target)], Directory.GetFiles(Scratch.Path).Order());
        }
    }

    [Fact]
    public async Task A_part_that_somebody_removes_is_told_or_replaced_by_the_finishedContent()
    {
        bool finished = false;
        using var server = new LocalServer(request => LocalServer.Serve(request, Content, Tag));
        Settings = Settings with
        {
            Inspect = path =>
            {
                File.Delete(path);
                if (finished)
                    File.WriteAllBytes(Target, Content);
            },
        };

        Assert.Contains("was removed", await Fails<DownloadException>(() => Download(server)),
            StringComparison.Ordinal);
        finished = true;
        Assert.Equal(Hash, (await Download(server)).Sha256);
    }
}
