using GpuPool.Autograd;
using GpuPool.Kernels;

namespace GpuPool.Models.Layers;

/// <summary>
/// Long short-term memory (Hochreiter and Schmidhuber, 1997; gates as in Keras): all states of sequences (N, L, I) as (N, L, width).
/// [i, f, g, o] = x w + h u + b; c' = sigmoid(f) c + sigmoid(i) tanh(g); h' = sigmoid(o) tanh(c'), from h = c = 0.
/// </summary>
/// <remarks>Composed of small operations, a step after the other: meant for short sequences.</remarks>
public sealed class LstmLayer : Module
{
    private readonly int _width;
    private readonly ModuleState _input, _recurrent;
    private readonly ModuleState[] _biases;

    /// <summary>
    /// A layer. The weight of the input starts Glorot-uniform and the forget gate's bias at 1, as in Keras; the recurrent weight normal with deviation
    /// 1 / sqrt(width), where Keras draws an orthogonal matrix of the same norm.
    /// </summary>
    public LstmLayer(int inputs, int width)
    {
        _width = width;
        _input = State("kernel", ModuleState.Parameter(new Shape(inputs, 4 * width), Distribution.Uniform(Math.Sqrt(6.0 / (inputs + 4 * width)))));
        _recurrent = State("recurrent_kernel", ModuleState.Parameter(new Shape(width, 4 * width), Distribution.Normal(1 / Math.Sqrt(width))));
        _biases = [.. new[] { "input", "forget", "cell", "output" }.Select(gate =>
            State($"bias_{gate}", ModuleState.Parameter(new Shape(width), Distribution.Constant(gate == "forget" ? 1 : 0))))];
    }

    /// <inheritdoc/>
    protected override Tensor Forward(Tensor x)
    {
        Tensor projected = Step("input", () => x.Linear(_input.Value, _biases[0].Value.Concat(0, [.. _biases[1..].Select(bias => bias.Value)])));
        // Each step counts its product, although the first step's state is 0.
        return Step("recurrence", () => Recurrence(projected), multiplyAdds: (long)x.Shape.Rows * _recurrent.Shape.Count);
    }

    private Tensor Recurrence(Tensor projected)
    {
        var states = new List<Tensor>();
        Tensor? cell = null;
        for (int step = 0; step < projected.Shape[1]; step++)
        {
            Tensor gates = projected.Slice(1, step, 1);
            if (step > 0)
                gates = gates.Add(states[^1].Linear(_recurrent.Value));
            Tensor written = Gate(gates, 0).Sigmoid().Multiply(Gate(gates, 2).Tanh());
            cell = cell is null ? written : Gate(gates, 1).Sigmoid().Multiply(cell).Add(written);
            states.Add(Gate(gates, 3).Sigmoid().Multiply(cell.Tanh()));
        }
        return states[0].Concat(1, [.. states[1..]]);
    }

    private Tensor Gate(Tensor gates, int index) => gates.Slice(-1, index * _width, _width);
}
