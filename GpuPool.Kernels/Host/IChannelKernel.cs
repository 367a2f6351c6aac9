using System.Numerics;
using System.Runtime.Intrinsics;
using GpuPool.Kernels.Numerics;

namespace GpuPool.Kernels.Host;

/// <summary>
/// A kernel whose host body walks along the channels of a map in vectors no longer than there are channels. A last vector that would run over the
/// end starts earlier instead and computes some elements twice, so no tile writes beyond its pixels.
/// </summary>
internal interface IChannelKernel<T> : IHostKernel where T : unmanaged
{
    /// <summary>Length of the runs of channels.</summary>
    int Channels { get; }

    /// <summary>The work of one tile, in vectors L.</summary>
    void RunTile<V, L>(int tile) where V : struct where L : struct, ILanes<T, V>;
}

/// <summary>Chooses the longest vector that fits into the channels.</summary>
internal static class ChannelLanes<T, R> where T : unmanaged, INumber<T> where R : struct, IReal<T>
{
    public static void RunTile<K>(in K kernel, int tile) where K : struct, IChannelKernel<T>
    {
        if (Vector512.IsHardwareAccelerated && kernel.Channels >= Vector512<T>.Count)
            kernel.RunTile<Vector512<T>, Lanes512<T>>(tile);
        else if (kernel.Channels >= Vector256<T>.Count)
            kernel.RunTile<Vector256<T>, Lanes256<T>>(tile);
        else
            kernel.RunTile<T, SingleLane<T, R>>(tile);
    }
}
