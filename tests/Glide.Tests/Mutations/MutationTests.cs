using System.Diagnostics;
using System.Globalization;
using Glide.Tests.Support;

namespace Glide.Tests.Mutations;

/// <summary>Whatever happens to a file, it is read or refused in words, soon, and in little memory.</summary>
/// <remarks><c>GLIDE_MUTATION_SECONDS</c> is how long they run, all kinds of file together; 20 by default.</remarks>
[Collection(TorchCollection.Name)]
public sealed class MutationTests : IDisposable
{
    // For inputs under 1 MB; what the runtime keeps for itself, such as its heap's growth, is part of it.
    private const long MostBytes = 200 << 20;

    // A busy machine may take long for anything; a hang takes longer.
    private static readonly TimeSpan s_longest = TimeSpan.FromSeconds(20);

    private static readonly double s_seconds = double.Parse(
        Environment.GetEnvironmentVariable("GLIDE_MUTATION_SECONDS") ?? "20", CultureInfo.InvariantCulture);

    private readonly string _folder = Directory.CreateTempSubdirectory("glide-mutations-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    public static TheoryData<string> Kinds => [.. MutationSubjects.All.Select(subject => subject.Name)];

    [Theory, MemberData(nameof(Kinds))]
    public void A_damaged_file_is_read_or_refused(string name)
    {
        var subject = MutationSubjects.All.Single(one => one.Name == name);
        var seeds = subject.Seeds().ToList();
        Assert.All(seeds, seed => Assert.Null(Outcome(subject, seed)));
        var end = Stopwatch.StartNew();
        int count = 0;
        for (; end.Elapsed.TotalSeconds < s_seconds / MutationSubjects.All.Count; count++)
        {
            var damaged = new Mutator(count).Damage(seeds[count % seeds.Count], seeds[(count + 1) % seeds.Count]);
            // Half of them with right checksums.
            if (subject.IsPng && count % 2 == 0)
                damaged = Mutator.MendPng(damaged);
            var fault = Outcome(subject, damaged);
            if (fault is not (null or GlideException))
                Assert.Fail($"mutation {count} of {name}: {fault}; {Kept(damaged)}");
        }
        Assert.True(count > 1, "too slow to have tried anything");
    }

    private Exception? Outcome(MutationSubject subject, byte[] bytes, bool isSecondTry = false)
    {
        foreach (string old in Directory.GetFiles(_folder))
            File.Delete(old);
        string path = Path.Combine(_folder, subject.FileName);
        File.WriteAllBytes(path, bytes);
        long before = PeakMemory.Restart();
        Exception? fault = null;
        var reading = new Thread(() => fault = Record.Exception(() => subject.Read(path))) { IsBackground = true };
        reading.Start();
        if (!reading.Join(s_longest))
            Assert.Fail($"{subject.Name} hangs; {Kept(bytes)}");
        long taken = PeakMemory.Read() - before;
        if (taken <= MostBytes)
            return fault;
        // The garbage of many files counts too, until it is collected; only what one file takes comes back.
        if (isSecondTry)
            Assert.Fail($"{subject.Name} takes {taken >> 20} MB; {Kept(bytes)}");
        GC.Collect();
        return Outcome(subject, bytes, isSecondTry: true);
    }

    private static string Kept(byte[] bytes)
    {
        string path = Path.Combine(Path.GetTempPath(), $"glide-mutation-{Guid.NewGuid():n}");
        File.WriteAllBytes(path, bytes);
        return $"kept as {path}";
    }
}

/// <summary>The most memory that the process held since it was asked last, in bytes; 0 where the system does not
/// say.</summary>
internal static class PeakMemory
{
    private const string Reset = "/proc/self/clear_refs";

    /// <summary>Forgets the peak, and returns what is held now.</summary>
    public static long Restart()
    {
        if (!File.Exists(Reset))
            return 0;
        File.WriteAllText(Reset, "5");
        return Field("VmRSS:");
    }

    public static long Read() => File.Exists(Reset) ? Field("VmHWM:") : 0;

    private static long Field(string name)
    {
        string line = File.ReadLines("/proc/self/status")
            .First(text => text.StartsWith(name, StringComparison.Ordinal));
        return 1024 * long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2],
            CultureInfo.InvariantCulture);
    }
}
