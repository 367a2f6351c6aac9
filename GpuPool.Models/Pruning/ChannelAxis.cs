using GpuPool.Kernels;

namespace GpuPool.Models.Pruning;

/// <summary>The axis of a tensor along which the channels of a map lie: of a weight (k, k, in, out) axis 2 for its input, axis 3 for its output.</summary>
/// <param name="State">The tensor.</param>
/// <param name="Axis">The axis, from 0.</param>
public readonly record struct ChannelAxis(ModuleState State, int Axis)
{
    /// <summary>Number of channels.</summary>
    public int Channels => State.Shape[Axis];

    /// <summary>The channel of an element, counted row by row.</summary>
    public int ChannelOf(int element)
    {
        int inner = 1;
        for (int axis = Axis + 1; axis < State.Shape.Rank; axis++)
            inner *= State.Shape[axis];
        return element / inner % Channels;
    }

    /// <summary>F-norm of each channel's part of an array of the tensor's shape.</summary>
    public double[] Norms(DeviceArray array)
    {
        double[] values = array.ToDoubles(), squares = new double[Channels];
        for (int element = 0; element < values.Length; element++)
            squares[ChannelOf(element)] += values[element] * values[element];
        return Array.ConvertAll(squares, Math.Sqrt);
    }

    /// <summary>An array of the tensor's shape, 1 where the channel is kept and 0 elsewhere.</summary>
    public float[] Mask(IReadOnlyList<bool> kept)
    {
        float[] mask = new float[State.Shape.Count];
        for (int element = 0; element < mask.Length; element++)
            mask[element] = kept[ChannelOf(element)] ? 1 : 0;
        return mask;
    }
}
