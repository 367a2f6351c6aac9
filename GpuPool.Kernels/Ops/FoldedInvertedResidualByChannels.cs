using System.Numerics;
using GpuPool.Kernels.Numerics;

namespace GpuPool.Kernels.Ops;

/// <summary>
/// An inverted residual of one image with few pixels, some of the expanded channels at a time: they depend on no others, so that a core reads of the maps in between only what it wrote itself, and each
/// weight is read by one core. Sums of the projection over groups of channels are added up at the end; the groups depend on the shape alone. Elsewhere than on the processor it is the
/// other kernel.
/// </summary>
internal partial struct FoldedInvertedResidualByChannels<T, R> : IStagedHostKernel<T> where T : unmanaged, INumber<T> where R : struct, IReal<T>
{
    public FoldedInvertedResidualForward<T, R> Whole;

    public readonly int Count => Whole.Count;

    public readonly void Run(int index) => Whole.Run(index);
}
