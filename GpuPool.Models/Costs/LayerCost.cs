using GpuPool.Kernels;

namespace GpuPool.Models.Costs;

/// <summary>What one layer costs for one image.</summary>
/// <param name="Name">Place in the network.</param>
/// <param name="Part">Kind of its multiply-adds.</param>
/// <param name="MultiplyAdds">One multiplication with one addition counts 1; a bias counts 0.</param>
/// <param name="Output">Shape of its output.</param>
/// <param name="OutputBytes">Bytes of its output, which training keeps for the backward pass.</param>
/// <param name="WorkingBytes">Bytes of its inputs and output together: the least that must be in memory to run it.</param>
/// <param name="Live">
/// Its inputs, its output, and the maps that a later layer still reads, such as a shortcut: all that is in memory while it runs in evaluation.
/// </param>
public sealed record LayerCost(
    string Name, CostPart Part, long MultiplyAdds, Shape Output, long OutputBytes, long WorkingBytes, IReadOnlyList<LiveMap> Live)
{
    /// <summary>Bytes of <see cref="Live"/>.</summary>
    public long LiveBytes => Live.Sum(map => map.Bytes);
}
