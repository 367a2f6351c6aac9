using GpuPool.Autograd;
using GpuPool.Kernels;

namespace GpuPool.Models.Layers;

/// <summary>Product of the last axis with a weight, plus a bias.</summary>
public sealed class LinearLayer : Module
{
    /// <summary>A linear layer; weight and bias start uniform within 1 / sqrt(inputs), as in PyTorch.</summary>
    public LinearLayer(int inputs, int outputs) : this(new Shape(inputs, outputs), TensorLayout.Linear) { }

    private LinearLayer(Shape weight, TensorLayout layout)
    {
        var start = Distribution.Uniform(1 / Math.Sqrt(weight.Rows));
        Weight = State("weight", ModuleState.Parameter(weight, start, layout));
        Bias = State("bias", ModuleState.Parameter(new Shape(weight.Channels), start));
    }

    /// <summary>(in, out), or (h, w, in, out) over a map</summary>
    public ModuleState Weight { get; }

    /// <summary>(out)</summary>
    public ModuleState Bias { get; }

    /// <summary>A linear layer over whole maps (N, h, w, in), whose pixels it reads row by row; PyTorch's code flattens a map channel by channel.</summary>
    public static LinearLayer OverMap(int height, int width, int inputs, int outputs) => new(new Shape(height, width, inputs, outputs), TensorLayout.MapLinear);

    /// <inheritdoc/>
    protected override Tensor Forward(Tensor x)
    {
        if (Weight.Shape.Rank == 2)
            return x.Linear(Weight.Value, Bias.Value);
        Shape map = Weight.Shape;
        Require.That(x.Shape.Rank == 4 && x.Shape[1] == map[0] && x.Shape[2] == map[1], nameof(LinearLayer), "x", x.Shape, $"(N, {map[0]}, {map[1]}, {map[2]})");
        return x.Reshape(new Shape(x.Shape[0], map.Rows)).Linear(Weight.Value.Reshape(new Shape(map.Rows, map.Channels)), Bias.Value);
    }
}
