using System.Numerics;
using GpuPool.Kernels.Host;
using GpuPool.Kernels.Numerics;
using ILGPU;

namespace GpuPool.Kernels.Ops;

/// <summary>Fills an array with normal draws of mean 0 and deviation 1 (see <see cref="Philox"/>). One thread: one element.</summary>
internal struct NormalDraws<T, R> : IHostKernel where T : unmanaged, INumber<T> where R : struct, IReal<T>
{
    private const int Piece = 256;

    public ArrayView<T> Y;
    public ulong Seed;
    public uint Stream, Step;

    public readonly int Count => Y.IntLength;

    public readonly int Tiles => ElementTiles.Count(Count);

    public readonly void Run(int index) => Y[index] = R.Of(Philox.Normal(Seed, Stream, Step, (uint)index));

    public readonly void RunTile(int tile)
    {
        (int start, int end) = ElementTiles.Range(tile, Count);
        Span<double> draws = stackalloc double[Piece];
        for (int first = start; first < end; first += Piece)
        {
            Span<double> piece = draws[..Math.Min(Piece, end - first)];
            PhiloxRun.Normal(Seed, Stream, Step, (uint)first, piece);
            for (int i = 0; i < piece.Length; i++)
                Y[first + i] = R.Of(piece[i]);
        }
    }
}
