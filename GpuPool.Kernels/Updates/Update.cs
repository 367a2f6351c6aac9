using System.Numerics;
using GpuPool.Kernels.Numerics;

namespace GpuPool.Kernels.Updates;

/// <summary>One step of an optimiser: a value (its fields are the rates of the step) that changes weight and state in place.</summary>
public abstract record Update
{
    /// <summary>Name in messages.</summary>
    public string Name => GetType().Name;

    /// <summary>Number of state arrays beside the weight, all of its shape and 0 before the first step.</summary>
    public abstract int States { get; }

    /// <summary>Changes weight and state.</summary>
    /// <exception cref="ShapeException">The arrays do not have the shape of the weight.</exception>
    public void Apply(DeviceArray weight, DeviceArray gradient, IReadOnlyList<DeviceArray> states) => Apply([(weight, gradient, states)]);

    /// <summary>Changes weights and states of several parameters: in one launch those that lie behind one another, see <see cref="Device.AllocateTogether"/>.</summary>
    /// <exception cref="ShapeException">The arrays of one do not have the shape of its weight.</exception>
    public void Apply(IEnumerable<(DeviceArray Weight, DeviceArray Gradient, IReadOnlyList<DeviceArray> States)> parameters) =>
        ArrayRuns.Each(parameters.Select(Checked), run =>
        {
            if (run[0].DType == DType.Float32)
                Launch<float, Real32>(run[0], run[1], run[2..]);
            else
                Launch<double, Real64>(run[0], run[1], run[2..]);
        });

    internal abstract void Launch<T, R>(DeviceArray weight, DeviceArray gradient, IReadOnlyList<DeviceArray> states)
        where T : unmanaged, INumber<T> where R : struct, IReal<T>;

    private IReadOnlyList<DeviceArray> Checked((DeviceArray Weight, DeviceArray Gradient, IReadOnlyList<DeviceArray> States) parameter)
    {
        (DeviceArray weight, DeviceArray gradient, IReadOnlyList<DeviceArray> states) = parameter;
        if (states.Count != States)
            throw new ArgumentException($"{Name}: takes {States} state arrays, but got {states.Count}.");
        foreach (DeviceArray array in states.Prepend(gradient))
        {
            Require.Same(Name, "gradient and state", array.Shape, weight.Shape, "the shape of the weight");
            Require.Together(Name, weight, array);
        }
        return [weight, gradient, .. states];
    }
}
