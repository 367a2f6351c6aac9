using GpuPool.Kernels;
using GpuPool.Kernels.Ops;
using GpuPool.Models;

namespace GpuPool.Experiments.Training;

/// <summary>The exponential moving average of a module's tensors, running statistics among them: a = decay a + (1 - decay) w after each step, from the start values on.</summary>
internal sealed class WeightAverage : IDisposable
{
    private const string Prefix = "average.";

    private readonly double _decay;
    private readonly (string Name, DeviceArray Value, DeviceArray Average)[] _arrays;

    /// <summary>An average that is the module as it stands.</summary>
    /// <param name="module">With memory.</param>
    /// <param name="decay">Share of the average that a step keeps, from 0 to 1.</param>
    public WeightAverage(Module module, double decay)
    {
        _decay = decay;
        _arrays = [.. module.States.Select(entry => (Prefix + entry.Name, entry.State.Value.Value, Copy(entry.State.Value.Value)))];
    }

    /// <summary>The averages, for a checkpoint.</summary>
    public IEnumerable<(string Name, DeviceArray Array)> State => _arrays.Select(entry => (entry.Name, entry.Average));

    /// <summary>Takes the module as it stands after a step into the average.</summary>
    public void Update()
    {
        foreach (ref (string Name, DeviceArray Value, DeviceArray Average) entry in _arrays.AsSpan())
        {
            using DeviceArray kept = Scaled(entry.Average, _decay), added = Scaled(entry.Value, 1 - _decay);
            entry.Average.Dispose();
            entry.Average = new Add().Forward([kept, added], keep: false).Output;
            entry.Average.LeaveScopes();
        }
    }

    /// <summary>Does some work while the module has the averages for its tensors.</summary>
    public T Averaged<T>(Func<T> work)
    {
        Exchange();
        try
        {
            return work();
        }
        finally
        {
            Exchange();
        }
    }

    /// <summary>Returns the memory.</summary>
    public void Dispose()
    {
        foreach ((_, _, DeviceArray average) in _arrays)
            average.Dispose();
    }

    private void Exchange()
    {
        foreach ((_, DeviceArray value, DeviceArray average) in _arrays)
        {
            float[] weights = value.ToFloats();
            value.CopyFrom(average.ToFloats());
            average.CopyFrom(weights);
        }
    }

    private static DeviceArray Scaled(DeviceArray array, double factor) => new Scale(factor).Forward([array], keep: false).Output;

    private static DeviceArray Copy(DeviceArray array)
    {
        DeviceArray copy = array.Device.Allocate(array.Shape, array.DType);
        copy.LeaveScopes();
        copy.CopyFrom(array.ToFloats());
        return copy;
    }
}
