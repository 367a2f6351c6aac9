using System.Numerics;
using GpuPool.Kernels.Numerics;
using ILGPU;

namespace GpuPool.Kernels.Ops;

/// <summary>One thread: p and dp/drho of one channel.</summary>
internal struct LpExponent<T, R> : IHostKernel where T : unmanaged, INumber<T> where R : struct, IReal<T>
{
    public ArrayView<T> Rho, Exponent, Slope;
    public T Largest;

    public readonly int Count => Rho.IntLength;

    public readonly int Tiles => 1;

    public readonly void Run(int index)
    {
        T exponent = R.Of(1) + Elementary<T, R>.Softplus(Rho[index]);
        Exponent[index] = R.IfLess(Largest, exponent, Largest, exponent);
        Slope[index] = R.IfLess(Largest, exponent, R.Of(0), Elementary<T, R>.Sigmoid(Rho[index]));
    }

    public readonly void RunTile(int tile)
    {
        for (int channel = 0; channel < Count; channel++)
            Run(channel);
    }
}
