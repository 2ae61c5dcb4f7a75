using Glide.Cli.Batches;

namespace Glide.Cli.Tests.Batches;

/// <summary>Which devices --device cuda:all stands for. Machines with several GPUs are described, not needed.</summary>
public sealed class WorkerDeviceTests
{
    public static TheoryData<string, int, string> Machines => new()
    {
        { "", 2, "cuda:0=0 cuda:1=1" },
        { "CUDA_VISIBLE_DEVICES=3,5", 2, "cuda:0=3 cuda:1=5" },
        { "CUDA_VISIBLE_DEVICES=GPU-aa,GPU-bb GLIDE_DEVICES=cuda:1", 2, "cuda:1=GPU-bb" },
        { "GLIDE_DEVICES=cuda:2,cuda:2", 0, "cuda:2=2 cuda:2=2" },
        { "GLIDE_DEVICES=cpu,cpu", 0, "cpu= cpu=" },
    };

    [Theory, MemberData(nameof(Machines))]
    public void A_worker_sees_its_own_gpu_only(string variables, int gpus, string expected)
    {
        var devices = WorkerDevice.Find(() => gpus, Variables(variables));
        Assert.Equal(expected, string.Join(' ', devices.Select(device => $"{device.Name}={device.Visible}")));
        // Whichever it is, the worker calls it cuda:0: records of images do not tell which one made them.
        Assert.All(devices, device => Assert.Equal(device.Visible is null ? "cpu" : "cuda", device.Argument));
    }

    [Theory]
    [InlineData("", "--device cuda:all finds no GPU")]
    [InlineData("GLIDE_DEVICES=gpu0", "bad value in GLIDE_DEVICES; found 'gpu0'")]
    [InlineData("CUDA_VISIBLE_DEVICES=0 GLIDE_DEVICES=cuda:1", "bad value in GLIDE_DEVICES; found 'cuda:1'")]
    public void What_is_not_there_is_refused(string variables, string message) =>
        Assert.StartsWith(message, Assert.Throws<UsageException>(() =>
            WorkerDevice.Find(() => 0, Variables(variables))).Message, StringComparison.Ordinal);

    private static Func<string, string?> Variables(string text)
    {
        var values = text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(pair => pair.Split('='))
            .ToDictionary(pair => pair[0], pair => pair[1]);
        return name => values.GetValueOrDefault(name);
    }
}
