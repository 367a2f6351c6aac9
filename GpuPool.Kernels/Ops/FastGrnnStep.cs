using System.Numerics;
using GpuPool.Kernels.Geometry;
using GpuPool.Kernels.Host;
using GpuPool.Kernels.Numerics;
using ILGPU;

namespace GpuPool.Kernels.Ops;

/// <summary>What one step of all sequences reads: a, h (empty at the first step, where it is 0) and the parameters that act on elements.</summary>
internal readonly record struct FastGrnnCellArrays<T>(
    ArrayView<T> Preactivation, ArrayView<T> State, ArrayView<T> GateBias, ArrayView<T> CandidateBias, ArrayView<T> Zeta, ArrayView<T> Nu) where T : unmanaged;

/// <summary>One thread: one element of a and h' of one step.</summary>
internal partial struct FastGrnnStep<T, R> : IChannelKernel<T> where T : unmanaged, INumber<T> where R : struct, IReal<T>
{
    /// <summary>x w of all positions, and h u of the sequences, empty at the first step.</summary>
    public ArrayView<T> Projection, Recurrent;

    /// <summary>h'</summary>
    public ArrayView<T> Next;

    public FastGrnnCellArrays<T> Cell;
    public Sweep Sweep;
    public int Step;

    public int Channels { readonly get; set; }

    public readonly int Count => Next.IntLength;

    public readonly void Run(int index)
    {
        int channel = index % Channels;
        T a = Projection[Sweep.Position(index / Channels, Step) * Channels + channel] + (Step > 0 ? Recurrent[index] : R.Of(0));
        var cell = FastGrnnCell<T, R>.Of(a, Cell.GateBias[channel], Cell.CandidateBias[channel],
            Elementary<T, R>.Sigmoid(Cell.Zeta[0]), Elementary<T, R>.Sigmoid(Cell.Nu[0]));
        Cell.Preactivation[index] = a;
        Next[index] = cell.Next(Step > 0 ? Cell.State[index] : R.Of(0));
    }
}

/// <summary>One thread: the gradients of one element of one step.</summary>
internal partial struct FastGrnnStepBackward<T, R> : IChannelKernel<T> where T : unmanaged, INumber<T> where R : struct, IReal<T>
{
    public FastGrnnCellArrays<T> Cell;

    /// <summary>dh' is the sum of both; the second is empty at the last step.</summary>
    public ArrayView<T> Arriving, Recurrent;

    /// <summary>dh' z</summary>
    public ArrayView<T> Carried;

    /// <summary>da</summary>
    public ArrayView<T> Gradient;

    /// <summary>Gradients of gate bias, candidate bias, zeta and nu, each <see cref="TermLength"/> after the one before.</summary>
    public ArrayView<T> Terms;

    public int TermLength;

    public int Channels { readonly get; set; }

    public readonly int Count => Gradient.IntLength;

    public readonly void Run(int index)
    {
        int channel = index % Channels;
        T next = Arriving[index] + (Recurrent.Length > 0 ? Recurrent[index] : R.Of(0));
        var cell = FastGrnnCell<T, R>.Of(Cell.Preactivation[index], Cell.GateBias[channel], Cell.CandidateBias[channel],
            Elementary<T, R>.Sigmoid(Cell.Zeta[0]), Elementary<T, R>.Sigmoid(Cell.Nu[0]));
        T gate = cell.GateGradient(next, Cell.State.Length > 0 ? Cell.State[index] : R.Of(0)), candidate = cell.CandidateGradient(next);
        Gradient[index] = gate + candidate;
        Carried[index] = next * cell.Gate;
        Terms[index] = gate;
        Terms[TermLength + index] = candidate;
        Terms[2 * TermLength + index] = cell.ZetaGradient(next);
        Terms[3 * TermLength + index] = cell.NuGradient(next);
    }
}

/// <summary>One thread: one element of the gradient of x w, summed over the windows that hold its position.</summary>
internal partial struct FastGrnnProjectionBackward<T, R> : IChannelKernel<T> where T : unmanaged, INumber<T> where R : struct, IReal<T>
{
    // In front: ILGPU takes arguments that are alike when they are flattened for one type, and fails where they are made of unlike parts, as those of a broadcast are.
    public int Sequences;

    /// <summary>da of all steps: (steps, sequences, channels).</summary>
    public ArrayView<T> StepGradient;

    public ArrayView<T> Gradient;
    public Sweep Sweep;

    public int Channels { readonly get; set; }

    public readonly int Count => Gradient.IntLength;

    public readonly void Run(int index)
    {
        int position = index / Channels;
        Interval windows = Sweep.Holding(position);
        T sum = R.Of(0);
        for (int window = windows.First; window < windows.End; window++)
            sum += StepGradient[(Sweep.Step(position, window) * Sequences + Sweep.Sequence(position, window)) * Channels + index % Channels];
        Gradient[index] = sum;
    }
}
