using GpuPool.Autograd;
using GpuPool.Kernels;
using GpuPool.Models.Costs;

namespace GpuPool.Models.Layers;

/// <summary>
/// A FastGRNN cell (Kusupati et al., 2018) with the same weights for gate and candidate, as EdgeML's RNNPool uses it: h' = z h + (1 - z) c, since
/// zeta starts at 100 and nu at -100, where the sigmoids are 1 and 0 and have no slope in float32.
/// </summary>
public sealed class FastGrnnLayer : Module
{
    private readonly int _inputs, _width;
    private readonly ModuleState[] _weights;

    /// <summary>A cell.</summary>
    /// <param name="inputs">Features of a cell of the sequence.</param>
    /// <param name="width">Features of the state.</param>
    /// <param name="start">Values before training.</param>
    public FastGrnnLayer(int inputs, int width, FastGrnnStart start)
    {
        (_inputs, _width) = (inputs, width);
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
    public Tensor Call(Tensor x, int axis, int length, int stride, bool reverse = false) =>
        x.FastGrnn(axis, length, stride, reverse, [.. _weights.Select(weight => weight.Value)]);

    /// <summary>The map of that; each step counts two products, although the first step's state is 0.</summary>
    public Map Measure(string step, Map x, CostBook book, int axis, int length, int stride)
    {
        Shape cells = x.Shape;
        Require.That(
            cells.Channels == _inputs && cells[axis] >= length, nameof(FastGrnnLayer), "x", cells, $"(..., {_inputs}) with at least {length} cells on axis {axis}");
        int[] extents = cells.Extents.ToArray();
        extents[axis] = (cells[axis] - length) / stride + 1;
        extents[^1] = _width;
        var y = new Shape(extents);
        return book.Enter(this, step, CostPart.Linear, (long)y.Rows * length * _width * (_inputs + _width), y, x);
    }

    /// <inheritdoc/>
    public override Map Measure(Map x, CostBook book) => Measure("sequence", x, book, 1, x.Shape[1], 1);

    /// <summary>The last state of whole sequences (N, L, I), as one window (N, 1, width).</summary>
    protected override Tensor Forward(Tensor x) => Call(x, 1, x.Shape[1], 1);
}
