using Glide.Runtime;
using Glide.Tests.Runtime.Fakes;
using Glide.Tests.Support;
using static TorchSharp.torch;

namespace Glide.Tests.Runtime;

/// <summary>What libglide_cuda tells libtorch, over a libtorch that only takes notes.</summary>
[Collection(TorchCollection.Name)]
public sealed class CudaLibraryTests(FakeLibraries libraries) : IClassFixture<FakeLibraries>
{
    private const string EmptyCache = "empty the cache of pool 0:0";

    [CompilerFact]
    public void A_recording_begins_ends_and_is_replayed_on_a_stream_of_its_own()
    {
        var fake = new FakeLibtorch(libraries);
        using (var graph = CudaGraph.Record(fake.Library, 0, () => Assert.EndsWith("mode 1", fake.TakeNotes()[^1])))
        {
            Assert.NotNull(graph);
            Assert.Equal(["end capture", "go to stream 0 of device 0"], fake.TakeNotes());
            graph.Replay();
            Assert.Equal(["event 1 is done", "replay", "record event 1 on stream 0"], fake.TakeNotes());
        }
        Assert.Equal(["destroy event 2", "destroy event 1", "delete graph", EmptyCache], fake.TakeNotes());
    }

    // Memory that passes leave behind goes back first, and in mode 1 only this thread's calls can spoil a recording.
    [CompilerFact]
    public void Before_a_recording_the_device_is_done_and_has_its_memory_back()
    {
        var fake = new FakeLibtorch(libraries);
        nint recording = fake.Library!.BeginGraph(2);
        Assert.Equal(
            [
                "go to device 2", "new graph", "create event 1, flags 2", "create event 2, flags 2",
                "wait for stream 0", EmptyCache, "new stream of device 2", "go to stream 101 of device 2",
                "begin to capture on device 2 into pool 0:7, mode 1", "go back to device 0",
            ],
            fake.TakeNotes());
        fake.Library.ReleaseGraph(recording);
        Assert.Equal(
            ["go to device 2", "end capture", "go to stream 0 of device 2", "go back to device 0"],
            fake.TakeNotes()[..4]);
    }

    [CompilerFact]
    public void The_third_replay_waits_for_the_first()
    {
        var fake = new FakeLibtorch(libraries);
        using var graph = CudaGraph.Record(fake.Library, 0, () => { })!;
        fake.TakeNotes();
        fake.KeepBusy(3);
        graph.Replay();
        graph.Replay();
        Assert.DoesNotContain("event 1 is not ready", fake.TakeNotes());
        graph.Replay();
        string[] waiting = ["event 1 is not ready", "forget the error"];
        Assert.Equal(
            [.. waiting, .. waiting, .. waiting, "event 1 is done", "replay", "record event 1 on stream 0"],
            fake.TakeNotes());
    }

    [CompilerFact]
    public void A_recording_that_cannot_end_is_given_up_and_stays()
    {
        var fake = new FakeLibtorch(libraries);
        fake.Fail("capture_end");
        Assert.Null(CudaGraph.Record(fake.Library, 0, () => fake.TakeNotes()));
        Assert.Equal(
            [
                "end capture", "end pool 0:7 on device 0", "release pool 0:7 on device 0",
                "go to stream 0 of device 0", EmptyCache,
            ],
            fake.TakeNotes());
    }

    [CompilerFact]
    public void A_recording_that_libtorch_has_given_up_itself_is_deleted()
    {
        var fake = new FakeLibtorch(libraries);
        fake.Fail("capture_end");
        fake.Fail("endAllocateToPool");
        Assert.Null(CudaGraph.Record(fake.Library, 0, () => { }));
        Assert.Contains("delete graph", fake.TakeNotes());
    }

    [CompilerFact]
    public void A_recording_that_cannot_begin_is_given_up_and_leaves_the_stream_as_it_was()
    {
        var fake = new FakeLibtorch(libraries);
        fake.Fail("capture_begin");
        bool isDone = false;
        Assert.Null(CudaGraph.Record(fake.Library, 0, () => isDone = true));
        Assert.False(isDone);
        string[] notes = fake.TakeNotes();
        Assert.Equal(
            ["end pool 0:7 on device 0", "release pool 0:7 on device 0", "go to stream 0 of device 0", EmptyCache],
            notes[^4..]);
        Assert.DoesNotContain("delete graph", notes);
        using var next = CudaGraph.Record(fake.Library, 0, () => { });
        Assert.NotNull(next);
    }

    // Nothing that libtorch throws may reach managed code, from wherever it comes.
    [CompilerFact]
    public void What_libtorch_throws_before_recording_is_no_recording()
    {
        var fake = new FakeLibtorch(libraries);
        string[] functions =
        [
            "ExchangeDevice", "cudaEventCreateWithFlags", "cudaStreamSynchronize", "getStreamFromPool",
            "setCurrentCUDAStream",
        ];
        foreach (string function in functions)
        {
            fake.Fail(function);
            Assert.Null(CudaGraph.Record(fake.Library, 0, () => { }));
        }
        fake.Fail("emptyCache");
        using var graph = CudaGraph.Record(fake.Library, 0, () => { });
        Assert.NotNull(graph);
    }

    [CompilerFact]
    public void A_replay_that_fails_says_so()
    {
        var fake = new FakeLibtorch(libraries);
        using var graph = CudaGraph.Record(fake.Library, 0, () => { })!;
        foreach (string function in (string[])["replay", "cudaEventQuery", "cudaEventRecord", "ExchangeDevice"])
        {
            fake.Fail(function);
            Assert.Throws<InvalidOperationException>(graph.Replay);
        }
        graph.Replay();
    }

    [CompilerFact]
    public void A_copy_is_made_on_another_stream_and_work_waits_for_it()
    {
        var fake = new FakeLibtorch(libraries);
        using var scope = NewDisposeScope();
        var locked = ones([4]);
        for (int i = 1; i <= 2; i++)
        {
            Assert.NotNull(fake.Library!.CopyAhead(locked, CPU));
            string[] notes = [.. fake.TakeNotes().Where(note => i > 1 || note != "new stream of device 0")];
            Assert.Equal(
                [
                    "go to stream 101 of device 0", "go to stream 0 of device 0",
                    $"create event {i}, flags 2", $"record event {i} on stream 101", $"stream 0 waits for event {i}",
                    "tensor is used on stream 0 of device 0", $"destroy event {i}",
                ],
                notes);
        }
    }

    [CompilerFact]
    public void A_copy_that_work_cannot_wait_for_is_none()
    {
        var fake = new FakeLibtorch(libraries);
        using var scope = NewDisposeScope();
        string[] functions = ["getStreamFromPool", "cudaStreamWaitEvent", "record_stream", "cudaEventRecord"];
        foreach (string function in functions)
        {
            fake.Fail(function);
            Assert.Null(fake.Library!.CopyAhead(ones([4]), CPU));
        }
        Assert.Equal("forget the error", fake.TakeNotes()[^2]);
    }

    // libtorch has 32 streams for all, and keeps memory for each.
    [CompilerFact]
    public void A_thread_has_one_stream_for_each_device_and_purpose()
    {
        var fake = new FakeLibtorch(libraries);
        void Use()
        {
            for (int i = 0; i < 3; i++)
            {
                foreach (int device in (int[])[0, 1])
                    CudaGraph.Record(fake.Library, device, () => { })!.Dispose();
                fake.Library!.CopyAhead(ones([4]), CPU)!.Dispose();
            }
        }
        Use();
        var other = new Thread(Use);
        other.Start();
        other.Join();
        string[] notes = fake.TakeNotes();
        Assert.Equal(4, notes.Count(note => note == "new stream of device 0"));
        Assert.Equal(2, notes.Count(note => note == "new stream of device 1"));
    }

    [CompilerFact]
    public void The_peak_is_taken_once_and_only_where_it_is_credible()
    {
        var fake = new FakeLibtorch(libraries);
        Assert.Equal(4003, fake.Library!.TakePeakBytes(3));
        Assert.Equal(["forget the peak of device 3"], fake.TakeNotes());
        foreach (string trouble in (string[])["getDeviceStats", "order of the statistics"])
        {
            fake.Fail(trouble);
            Assert.Null(fake.Library.TakePeakBytes(3));
        }
    }

    [CompilerFact]
    public void Another_version_may_have_the_allocators_functions_in_another_order()
    {
        var fake = new FakeLibtorch(libraries, "FAKE_MORE_FUNCTIONS");
        fake.Fail("capture_end");
        Assert.Null(CudaGraph.Record(fake.Library, 1, () => { }));
        string[] notes = fake.TakeNotes();
        Assert.Contains("end pool 0:7 on device 1", notes);
        Assert.Contains("release pool 0:7 on device 1", notes);
        Assert.Equal(EmptyCache, notes[^1]);
        Assert.Equal(4000, fake.Library!.TakePeakBytes(0));
    }

    [CompilerFact]
    public void What_libtorch_lacks_is_named_and_the_plain_way_taken()
    {
        var fake = new FakeLibtorch(libraries, "FAKE_WITHOUT_REPLAY");
        Assert.Equal("this libtorch lacks at::cuda::CUDAGraph::replay()", fake.Fault);
        Assert.Null(fake.Library);
        Assert.Null(CudaGraph.Record(fake.Library, 0, () => Assert.Fail("nothing is recorded")));
    }

    // Of the real libtorch for the CPU, which is the only one at hand here, it finds what lies there.
    [CompilerFact]
    public void In_the_libtorch_of_the_tests_it_finds_the_operation_on_tensors()
    {
        _ = zeros([1]);
        var (library, fault) = CudaLibrary.Load(libraries.NewLibrary(), "libtorch_cpu.so");
        Assert.Null(library);
        Assert.Contains("at::cuda::CUDAGraph::capture_end()", fault);
        Assert.Contains("c10::cuda::getCurrentCUDAStream(signed char)", fault);
        Assert.DoesNotContain("record_stream", fault);
    }

    [CompilerFact]
    public void A_libtorch_that_is_not_loaded_is_named() =>
        Assert.Equal("this libtorch lacks libtorch_x.so", FaultOf(libraries.NewLibrary(), "libtorch_x.so"));

    [Fact]
    public void A_library_that_is_not_there_is_named() =>
        Assert.StartsWith("libglide_cuda.so is not there", FaultOf("/nowhere/libglide_cuda.so", "libtorch_cuda.so"));

    [Fact]
    public void The_user_hears_of_it_once()
    {
        var heard = new List<string>();
        var notice = new FallbackNotice("the GPU does it kernel by kernel", "this libtorch lacks f()");
        notice.Say(null);
        notice.Say(heard.Add);
        notice.Say(heard.Add);
        Assert.Equal(
            "the GPU does it kernel by kernel, which takes longer: this libtorch lacks f()", Assert.Single(heard));
    }

    [Fact]
    public void Of_what_is_there_nobody_hears() => new FallbackNotice("", null).Say(text => Assert.Fail(text));

    private static string? FaultOf(string file, string libtorch) => CudaLibrary.Load(file, libtorch).Fault;
}
