using System.Numerics;
using GpuPool.Kernels.Host;
using GpuPool.Kernels.Numerics;
using ILGPU;

namespace GpuPool.Kernels.Ops;

/// <summary>Fills an array with normal draws of mean 0 and deviation 1 (see <see cref="Philox"/>). One thread: one element.</summary>
internal struct NormalDraws<T, R> : IHostKernel where T : unmanaged, INumber<T> where R : struct, IReal<T>
{
    public ArrayView<T> Y;
    public ulong Seed;
    public uint Stream, Step;

    public readonly int Count => Y.IntLength;

    public readonly int Tiles => ElementTiles.Count(Count);

    public readonly void Run(int index) => Y[index] = R.Of(Philox.Normal(Seed, Stream, Step, (uint)index));

    public readonly void RunTile(int tile)
    {
        (int start, int end) = ElementTiles.Range(tile, Count);
        for (int first = start; first < end; first += 4)
        {
            PhiloxBlock block = Philox.Block(Seed, Stream, Step, 0, (uint)first >> 2);
            for (int index = first; index < Math.Min(first + 4, end); index++)
                Y[index] = R.Of(Philox.Normal(block.Draw(index - first)));
        }
    }
}
