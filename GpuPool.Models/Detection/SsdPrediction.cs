using GpuPool.Autograd;
using GpuPool.Kernels;

namespace GpuPool.Models.Detection;

/// <summary>What the head of an SSD says of each anchor.</summary>
/// <param name="Classes">For each level, logits (N, H, W, A (K + 1)) anchor by anchor, the background last.</param>
/// <param name="Boxes">For each level, deltas (N, H, W, 4 A) anchor by anchor.</param>
public sealed record SsdPrediction(IReadOnlyList<Tensor> Classes, IReadOnlyList<Tensor> Boxes)
{
    /// <summary>Rows and columns of each level.</summary>
    public IReadOnlyList<(int Height, int Width)> Sizes => [.. Classes.Select(map => (map.Shape[1], map.Shape[2]))];

    /// <summary>Maps as rows (N, anchors of all levels, columns).</summary>
    internal static Tensor Rows(IReadOnlyList<Tensor> maps, int columns)
    {
        Tensor[] rows = [.. maps.Select(map => map.Reshape(new Shape(map.Shape[0], map.Shape.Count / (map.Shape[0] * columns), columns)))];
        return rows[0].Concat(1, rows[1..]);
    }
}
