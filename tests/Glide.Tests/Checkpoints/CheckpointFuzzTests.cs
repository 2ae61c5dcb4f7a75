using System.Diagnostics;
using System.Runtime.InteropServices;
using Glide.Checkpoints;
using Glide.Tests.Support;

namespace Glide.Tests.Checkpoints;

/// <summary>Whatever happens to a file, it loads or is refused: no other exception, no waiting.</summary>
public sealed unsafe class CheckpointFuzzTests
{
    private const int Flips = 2_000;
    // Milliseconds on an idle machine; a busy one may take long for anything.
    private static readonly TimeSpan s_longest = TimeSpan.FromSeconds(5);

    public static TheoryData<string> Golden => new()
    {
        "ordered_zip.pt", "nested_zip.pt", "newer_layout.pt", "ordered_legacy.pt", "expected.safetensors",
            "hostile_os_system.pt",
    };

    [Theory, MemberData(nameof(Golden))]
    public void Golden_files_cut_at_every_byte_are_refused(string name)
    {
        var whole = File.ReadAllBytes(GoldenFiles.PathOf("checkpoints/" + name));
        for (int length = 0; length < whole.Length; length++)
            Assert.False(Loads(whole.AsSpan(0, length)), $"{name} loads although it was cut at {length}");
    }

    [Theory, MemberData(nameof(Golden))]
    public void Golden_files_with_a_flipped_byte_load_or_are_refused(string name)
    {
        var whole = File.ReadAllBytes(GoldenFiles.PathOf("checkpoints/" + name));
        var random = new Random(11);
        for (int i = 0; i < Flips; i++)
        {
            var damaged = (byte[])whole.Clone();
            damaged[random.Next(damaged.Length)] ^= (byte)random.Next(1, 256);
            bool loads = Loads(damaged);
            Assert.False(loads && name.StartsWith("hostile", StringComparison.Ordinal), "a hostile file was loaded");
        }
    }

    private static bool Loads(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length == 0)
            return false;       // refused before its bytes are looked at
        var memory = (byte*)NativeMemory.Alloc((nuint)bytes.Length);
        bytes.CopyTo(new Span<byte>(memory, bytes.Length));
        var watch = Stopwatch.StartNew();
        try
        {
            using var checkpoint = Checkpoint.Open(FileBytes.FromMemory("fuzz", memory, bytes.Length));
            foreach (var entry in checkpoint.Tensors.Values)
                checkpoint.Read(entry, new byte[entry.ByteCount]);
            return true;
        }
        catch (CheckpointException)
        {
            return false;
        }
        finally
        {
            Assert.InRange(watch.Elapsed, TimeSpan.Zero, s_longest);
        }
    }
}
