using GpuPool.Autograd;
using GpuPool.Kernels;

namespace GpuPool.Models.Layers;

/// <summary>
/// A FastGRNN cell (Kusupati et al., 2018) with the same weights for gate and candidate, as EdgeML's RNNPool uses it: h' = z h + (1 - z) c, since
/// zeta starts at 100 and nu at -100, where the sigmoids are 1 and 0 and have no slope in float32.
/// </summary>
public sealed class FastGrnnLayer : Module
{
    private readonly ModuleState[] _weights;

    /// <summary>A cell.</summary>
    /// <param name="inputs">Features of a cell of the sequence.</param>
    /// <param name="width">Features of the state.</param>
    /// <param name="start">Values before training.</param>
    public FastGrnnLayer(int inputs, int width, FastGrnnStart start)
    {
        Shape w = new(inputs, width), u = new(width, width);
        _weights =
        [
            State("W", ModuleState.Parameter(w, start.Matrix(w))),
            State("U", ModuleState.Parameter(u, start.Matrix(u))),
            State("bias_gate", ModuleState.Parameter(new Shape(width), Distribution.Constant(1))),
            State("bias_update", ModuleState.Parameter(new Shape(width), Distribution.Constant(start.CandidateBias))),
            State("zeta", ModuleState.Parameter(new Shape(1), Distribution.Constant(100))),
            State("nu", ModuleState.Parameter(new Shape(1), Distribution.Constant(-100))),
        ];
    }

    /// <summary>The last state in each window of an axis, in the place of the axis.</summary>
    /// <param name="step">Name of this sweep.</param>
    /// <param name="x">The cells.</param>
    /// <param name="axis">The axis.</param>
    /// <param name="length">Cells of a window.</param>
    /// <param name="stride">Cells from one window to the next.</param>
    /// <param name="reverse">Whether to run from the last cell of a window to the first.</param>
    public Tensor Call(string step, Tensor x, int axis, int length, int stride, bool reverse = false) =>
        Step(step, () => x.FastGrnn(axis, length, stride, reverse, [.. _weights.Select(weight => weight.Value)]));

    /// <summary>The last state of whole sequences (N, L, I), as one window (N, 1, width).</summary>
    protected override Tensor Forward(Tensor x) => Call("sequence", x, 1, x.Shape[1], 1);
}
