namespace GpuPool.Kernels.Geometry;

/// <summary>The integers First, ..., End - 1.</summary>
internal readonly record struct Interval(int First, int End)
{
    public int Length => End - First;
}
