using System.Collections.Concurrent;
using System.Security.Cryptography;
using Glide.ModelSets;

namespace Glide.Tests.ModelSets;

/// <summary>A file, a folder to download it to, and settings that wait for nothing.</summary>
public abstract class DownloadTests : IDisposable
{
    private protected const string Tag = "\"first\"";

    private protected DownloadTests() => Settings = new DownloadSettings
    {
        StallTimeout = TimeSpan.FromSeconds(30),
        Wait = (wait, _) =>
        {
            Waits.Enqueue(wait);
            return Task.CompletedTask;
        },
        FreeSpace = _ => long.MaxValue,
        Handler = settings => new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseProxy = false,
            ConnectTimeout = settings.ConnectTimeout
        },
    };

    private protected DownloadSettings Settings { get; set; }

    private protected ScratchFolder Scratch { get; } = new();

    /// <summary>What the server has.</summary>
    protected byte[] Content { get; } = RandomNumberGenerator.GetBytes(3_000_000);

    /// <summary>How long the downloads wanted to wait between tries.</summary>
    protected ConcurrentQueue<TimeSpan> Waits { get; } = new();

    private protected NoticeList Notices { get; } = new();

    protected string Target => Scratch.PathOf("base.pt");

    protected string Hash => Convert.ToHexStringLower(SHA256.HashData(Content));

    public void Dispose()
    {
        Scratch.Dispose();
        GC.SuppressFinalize(this);
    }

    private protected Task<DownloadedFile> Download(LocalServer server, bool pinned = false, bool withBytes = true,
        bool offline = false, bool withHash = true) =>
        Download(server.Url("base.pt"), null, pinned, withBytes, offline, withHash);

    private protected async Task<DownloadedFile> Download(Uri url, string? from = null, bool pinned = false,
        bool withBytes = true, bool offline = false, bool withHash = true)
    {
        using var downloader = new ModelDownloader(Settings);
        var files = await downloader.DownloadAsync(Set(url, pinned, withBytes, withHash),
            new DownloadOptions { From = from, Offline = offline, Only = ["base"] }, Notices);
        return Assert.Single(files);
    }

    private protected ModelSet Set(Uri url, bool pinned, bool withBytes, bool withHash = true)
    {
        var set = ModelSet.Read(Path.Combine(Checkout.Models, "openai"));
        var file = new ModelFile
        {
            File = "base.pt",
            Url = url,
            Bytes = pinned && withBytes ? Content.Length : null,
            Sha256 = pinned && withHash ? Hash : null
        };
        return set with
        {
            Networks = new Dictionary<string, NetworkEntry> { ["base"] = set.Networks["base"] with { Weights = file } },
            Folder = Scratch.Path,
            DefinitionFolder = Scratch.Path,
        };
    }

    private protected void LeavePart(string id, int length, Uri url, bool damaged = false, int more = 0)
    {
        string path = $"{Target}.{id}.part";
        byte[] bytes = [.. Content.AsSpan(0, length), .. new byte[more]];
        if (damaged)
            bytes[length / 2] ^= 0xff;

        File.WriteAllBytes(path, bytes);
        FileRecords.WriteJson(path + ".json", new PartialRecord
        {
            Url = url.ToString(),
            ETag = Tag,
            Bytes = more == 0
            ? Content.Length : null
        }, ModelSetJson.Default.PartialRecord);
    }

    private protected void AssertArrived(DownloadedFile result)
    {
        Assert.Equal(Target, result.Path);
        Assert.Equal(Hash, result.Sha256);
        Assert.Equal(Content.Length, result.Bytes);
        Assert.Equal(Hash, Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(Target))));
        Assert.Equal([Target, FileRecords.PathFor(Target)], Directory.GetFiles(Scratch.Path).Order());
    }

    private protected void AssertNothingLeft() => Assert.Empty(Directory.GetFiles(Scratch.Path));

    private protected static async Task<string> Fails<T>(Func<Task> action)
        where T : GlideException => (await Assert.ThrowsAsync<T>(action)).Message;

    private protected sealed class NoticeList(Action<DownloadProgress>? told = null) : IProgress<DownloadProgress>
    {
        public ConcurrentQueue<DownloadProgress> All { get; } = new();

        public void Report(DownloadProgress value)
        {
            All.Enqueue(value);
            told?.Invoke(value);
        }
    }
}
