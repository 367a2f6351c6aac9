using GpuPool.Kernels;

namespace GpuPool.Models.Costs;

/// <summary>A map that must be in memory while a layer runs.</summary>
/// <param name="Name">The layer that made it; <c>input</c> for the image.</param>
/// <param name="Shape">Its extents.</param>
/// <param name="Bytes">Its size.</param>
public sealed record LiveMap(string Name, Shape Shape, long Bytes);
