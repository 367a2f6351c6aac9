using System.Numerics;

namespace GpuPool.Kernels.Boxes;

/// <summary>What a detector predicts of a box beside its anchor: four numbers in the order of its output, see <see cref="DeltaCoder"/> and <see cref="YoloCoder"/>.</summary>
/// <param name="X">Of the middle along x.</param>
/// <param name="Y">Of the middle along y.</param>
/// <param name="Width">Of the extent along x.</param>
/// <param name="Height">Of the extent along y.</param>
public readonly record struct BoxDeltas<T>(T X, T Y, T Width, T Height) where T : unmanaged, IFloatingPointIeee754<T>;
