using System.Numerics;
using GpuPool.Kernels.Numerics;

namespace GpuPool.Kernels.Updates;

/// <summary>One step of an optimiser on one parameter: a value (its fields are the rates of the step) that changes weight and state in place.</summary>
public abstract record Update
{
    /// <summary>Name in messages.</summary>
    public string Name => GetType().Name;

    /// <summary>Number of state arrays beside the weight, all of its shape and 0 before the first step.</summary>
    public abstract int States { get; }

    /// <summary>Changes weight and state.</summary>
    /// <exception cref="ShapeException">The arrays do not have the shape of the weight.</exception>
    public void Apply(DeviceArray weight, DeviceArray gradient, IReadOnlyList<DeviceArray> states)
    {
        if (states.Count != States)
            throw new ArgumentException($"{Name}: takes {States} state arrays, but got {states.Count}.");
        foreach (DeviceArray array in states.Prepend(gradient))
        {
            Require.Same(Name, "gradient and state", array.Shape, weight.Shape, "the shape of the weight");
            Require.Together(Name, weight, array);
        }
        if (weight.DType == DType.Float32)
            Launch<float, Real32>(weight, gradient, states);
        else
            Launch<double, Real64>(weight, gradient, states);
    }

    internal abstract void Launch<T, R>(DeviceArray weight, DeviceArray gradient, IReadOnlyList<DeviceArray> states)
        where T : unmanaged, INumber<T> where R : struct, IReal<T>;
}
