using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using GpuPool.Kernels.Numerics;

namespace GpuPool.Kernels.Host;

/// <summary>Draws of <see cref="Philox"/> with successive numbers, each of the bits that it has alone: a block of random bits serves four of them, and vectors the quantiles.</summary>
public static class PhiloxRun
{
    /// <summary>Draws evenly in [0, 1), see <see cref="Philox.Uniform"/>.</summary>
    /// <param name="seed">Seed of the run.</param>
    /// <param name="stream">What is drawn.</param>
    /// <param name="step">Its turn.</param>
    /// <param name="first">Number of the first draw.</param>
    /// <param name="draws">Is filled.</param>
    public static void Uniform(ulong seed, uint stream, uint step, uint first, Span<double> draws) =>
        Fill<Even>(seed, stream, step, first, draws);

    /// <summary>Draws normal numbers, see <see cref="Philox.Normal(ulong, uint, uint, uint)"/>.</summary>
    /// <inheritdoc cref="Uniform"/>
    public static void Normal(ulong seed, uint stream, uint step, uint first, Span<double> draws)
    {
        Fill<Middle>(seed, stream, step, first, draws);
        if (Vector512.IsHardwareAccelerated)
            Quantiles<Vector512<double>, Lanes512<double>>(draws);
        else
            Quantiles<Vector256<double>, Lanes256<double>>(draws);
    }

    private static void Fill<N>(ulong seed, uint stream, uint step, uint first, Span<double> draws) where N : struct, INumberOfBits
    {
        PhiloxBlock block = default;
        for (int i = 0; i < draws.Length; i++)
        {
            uint index = first + (uint)i;
            if (i == 0 || (index & 3) == 0)
                block = Philox.Block(seed, stream, step, 0, index >> 2);
            draws[i] = N.Of(block.Draw((int)(index & 3)));
        }
    }

    private static unsafe void Quantiles<V, L>(Span<double> draws) where V : struct where L : struct, ILanes<double, V>
    {
        int i = 0;
        fixed (double* u = draws)
        {
            for (; i <= draws.Length - L.Count; i += L.Count)
                L.Store(u + i, Philox.NormalQuantile<V, L>(L.Load(u + i)));
        }
        for (; i < draws.Length; i++)
            draws[i] = Philox.NormalQuantile<double, Real64>(draws[i]);
    }

    private interface INumberOfBits
    {
        static abstract double Of(uint bits);
    }

    private readonly struct Even : INumberOfBits
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static double Of(uint bits) => Philox.Even(bits);
    }

    private readonly struct Middle : INumberOfBits
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static double Of(uint bits) => Philox.Middle(bits);
    }
}
