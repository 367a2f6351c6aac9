using GpuPool.Kernels;

namespace GpuPool.Tests.Kernels.Matrix;

/// <summary>An array of an equation, row major.</summary>
public sealed record Map(Shape Shape, Scalar[] Values)
{
    public Scalar this[int index] => Values[index];

    public Scalar this[int row, int column] => Values[row * Shape[1] + column];

    public Scalar this[int a, int b, int c] => Values[(a * Shape[1] + b) * Shape[2] + c];

    public Scalar this[int a, int b, int c, int d] => Values[((a * Shape[1] + b) * Shape[2] + c) * Shape[3] + d];

    /// <summary>The channel vectors.</summary>
    public IEnumerable<Scalar[]> Rows => Values.Chunk(Shape.Channels);

    /// <summary>Whether a pixel is on the map (N, H, W, C) and not in the padding.</summary>
    public bool Holds(int row, int column) => row >= 0 && row < Shape[1] && column >= 0 && column < Shape[2];
}
