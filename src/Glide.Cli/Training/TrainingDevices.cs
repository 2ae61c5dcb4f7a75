using Glide.Cli.Batches;
using Glide.ModelSets;
using Glide.Pipelines;
using Glide.Training;

namespace Glide.Cli.Training;

/// <summary>The devices of a run, each with a copy of the network.</summary>
internal sealed class TrainingDevices : IDisposable
{
    private readonly IReadOnlyList<TorchRuntime> _runtimes;
    private readonly List<TrainingSession> _sessions = [];

    /// <param name="wanted">The user's device, or <c>cuda:all</c>.</param>
    /// <exception cref="UsageException">A device is not available, or does not support the number type.</exception>
    public TrainingDevices(DeviceOptions wanted)
    {
        IEnumerable<string> names = wanted.Device == WorkerDevice.All
            ? WorkerDevice.Find(DeviceOptions.CountGpus, Environment.GetEnvironmentVariable)
                .Select(device => device.Name)
            : [wanted.Device];
        _runtimes = [.. names.Select(name => TorchRuntime.Start(wanted with { Device = name }))];
    }

    /// <summary>The copy that is saved and that draws samples.</summary>
    public TrainingSession First => _sessions[0];

    public IReadOnlyList<IObjective> Objectives => _sessions.ConvertAll(session => session.Objective);

    /// <summary>The plan for these devices, of which each takes the same number of a step's batches.</summary>
    /// <param name="plan">What is trained.</param>
    /// <param name="isBegun">Whether it is the plan of a run that goes on.</param>
    /// <param name="notice">Told what is chosen for the user.</param>
    /// <exception cref="UsageException">The batches of a step cannot be divided.</exception>
    public TrainingPlan Divide(TrainingPlan plan, bool isBegun, Action<string> notice)
    {
        int devices = _runtimes.Count, batches = plan.Settings.Accumulate;
        plan = plan.On(_runtimes[0]);
        if (batches % devices == 0)
            return plan;
        if (isBegun || batches > 1)
        {
            throw new UsageException($"a step of {Counted.Of(batches, "batch", "batches")} cannot be divided among "
                + $"{devices} devices; begin the run with --accumulate and a multiple of {devices}, or name fewer "
                + $"devices with {WorkerDevice.Variable}");
        }
        notice($"a step takes {devices} batches of {plan.Settings.BatchSize}, one on each device");
        return plan with { Settings = plan.Settings with { Accumulate = devices } };
    }

    /// <summary>Builds the networks.</summary>
    /// <inheritdoc cref="TrainingSession(TrainingPlan, ModelSet, TorchRuntime, Action{string})"/>
    public void Open(TrainingPlan plan, ModelSet models, Action<string> warn)
    {
        foreach (var runtime in _runtimes)
        {
            // What is odd about the weights is the same for every copy.
            _sessions.Add(new TrainingSession(plan, models, runtime, _sessions.Count == 0 ? warn : _ => { }));
        }
    }

    public void Dispose() => _sessions.ForEach(session => session.Dispose());
}
