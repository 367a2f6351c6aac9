using GpuPool.Kernels;

namespace GpuPool.Experiments.Data;

/// <summary>Pictures ready for a network, and their classes.</summary>
/// <param name="Images">(Count, Size, Size, 3) normalised colours, row major.</param>
/// <param name="Labels">Class of each picture.</param>
/// <param name="Size">Rows and columns.</param>
public sealed record Batch(float[] Images, int[] Labels, int Size)
{
    /// <summary>Number of pictures.</summary>
    public int Count => Labels.Length;

    /// <summary>Shape of <see cref="Images"/>.</summary>
    public Shape Shape => new(Count, Size, Size, 3);
}
