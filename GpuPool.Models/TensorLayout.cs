using GpuPool.Kernels;

namespace GpuPool.Models;

/// <summary>What the axes of a tensor are, and thus how it lies in PyTorch and in files made by it.</summary>
public enum TensorLayout
{
    /// <summary>The same in both.</summary>
    Plain,

    /// <summary>Weights (in, out); in PyTorch (out, in).</summary>
    Linear,

    /// <summary>Weights (k, k, in, out); in PyTorch (out, in, k, k).</summary>
    Convolution,

    /// <summary>Weights (h, w, in, out) of a linear layer over a map; in PyTorch (out, in h w).</summary>
    MapLinear,

    /// <summary>Weights (k, k, channels); in PyTorch (channels, 1, k, k).</summary>
    DepthwiseConvolution,

    /// <summary>Activations (N, H, W, C); in PyTorch (N, C, H, W).</summary>
    Map,
}

/// <summary>The border between our layouts and PyTorch's; nothing else in the library knows the latter.</summary>
public static class TensorLayouts
{
    /// <summary>PyTorch's shape of a tensor of our shape.</summary>
    public static Shape ToPyTorch(this TensorLayout layout, Shape shape) => layout switch
    {
        TensorLayout.Linear => new Shape(shape[1], shape[0]),
        TensorLayout.Convolution => new Shape(shape[3], shape[2], shape[0], shape[1]),
        TensorLayout.MapLinear => new Shape(shape[3], shape[2] * shape[0] * shape[1]),
        TensorLayout.DepthwiseConvolution => new Shape(shape[2], 1, shape[0], shape[1]),
        TensorLayout.Map => new Shape(shape[0], shape[3], shape[1], shape[2]),
        _ => shape,
    };

    /// <summary>The elements of a tensor of our shape in PyTorch's order.</summary>
    public static T[] ToPyTorch<T>(this TensorLayout layout, Shape shape, T[] values)
    {
        (int blocks, int a, int b, int c) = layout.Groups(shape);
        return Reverse(values, blocks, a, b, c);
    }

    /// <summary>Elements in PyTorch's order in our order, for a tensor of our shape.</summary>
    public static T[] FromPyTorch<T>(this TensorLayout layout, Shape shape, T[] values)
    {
        (int blocks, int a, int b, int c) = layout.Groups(shape);
        return Reverse(values, blocks, c, b, a);
    }

    // With some neighbouring axes taken as one, every layout is a list of blocks (a, b, c) whose axes PyTorch has in the opposite order.
    private static (int Blocks, int A, int B, int C) Groups(this TensorLayout layout, Shape shape) => layout switch
    {
        TensorLayout.Linear => (1, shape[0], 1, shape[1]),
        TensorLayout.Convolution or TensorLayout.MapLinear => (1, shape[0] * shape[1], shape[2], shape[3]),
        TensorLayout.DepthwiseConvolution => (1, shape[0] * shape[1], 1, shape[2]),
        TensorLayout.Map => (shape[0], shape[1] * shape[2], 1, shape[3]),
        _ => (1, 1, 1, shape.Count),
    };

    private static T[] Reverse<T>(T[] values, int blocks, int a, int b, int c)
    {
        var result = new T[values.Length];
        int from = 0;
        for (int block = 0; block < blocks; block++)
        {
            for (int i = 0; i < a; i++)
            {
                for (int j = 0; j < b; j++)
                {
                    for (int k = 0; k < c; k++)
                        result[((block * c + k) * b + j) * a + i] = values[from++];
                }
            }
        }
        return result;
    }
}
