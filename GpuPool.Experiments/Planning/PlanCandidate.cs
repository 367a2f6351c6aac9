using GpuPool.Models.Costs;

namespace GpuPool.Experiments.Planning;

/// <summary>A network that may fit into a memory.</summary>
/// <param name="Architecture">Its label.</param>
/// <param name="S1">Stride of the first stage.</param>
/// <param name="Width">Width multiplier.</param>
/// <param name="Pooling">Word of its pooling method.</param>
/// <param name="Dtype">Element type of maps and weights.</param>
/// <param name="PeakBytes">Most bytes of maps live at one time, for one image.</param>
/// <param name="PeakLayer">The layer that runs then.</param>
/// <param name="WeightBytes">Bytes of the parameters, for which a microcontroller has flash memory.</param>
/// <param name="MultiplyAdds">Multiply-adds of an image.</param>
/// <param name="BackboneMultiplyAdds">Multiply-adds of an image in the strided network of the same s1 and width.</param>
/// <param name="OvershootBytes">Bytes that it needs beyond the budget; 0 where it fits.</param>
internal sealed record PlanCandidate(
    string Architecture,
    int S1,
    double Width,
    string Pooling,
    ElementType Dtype,
    long PeakBytes,
    string PeakLayer,
    long WeightBytes,
    long MultiplyAdds,
    long BackboneMultiplyAdds,
    long OvershootBytes)
{
    /// <summary>Whether its maps fit into the budget.</summary>
    public bool Fits => OvershootBytes == 0;
}
