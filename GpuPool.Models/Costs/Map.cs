using GpuPool.Kernels;

namespace GpuPool.Models.Costs;

/// <summary>A map that <see cref="Module.Measure(Map, CostBook)"/> follows through a network: a tensor without elements.</summary>
/// <param name="Shape">Its extents.</param>
/// <param name="Number">Its memory, by the place in the <see cref="CostBook"/>; maps that share memory share the number.</param>
public readonly record struct Map(Shape Shape, int Number)
{
    /// <summary>The same memory under another shape.</summary>
    public Map Reshape(Shape shape) => this with { Shape = shape };
}
