using GpuPool.Kernels.Boxes;

namespace GpuPool.Models.Detection;

/// <summary>A region that is trained, and what it shows.</summary>
/// <param name="Region">Where, in pixels of the network's input.</param>
/// <param name="Label">Its class; the number of classes for the background.</param>
/// <param name="Deltas">Differences of the object's box from the region; null for the background.</param>
public readonly record struct RoiTarget(Box Region, int Label, BoxDeltas<float>? Deltas);
