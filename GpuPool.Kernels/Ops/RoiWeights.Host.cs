using System.Numerics;
using GpuPool.Kernels.Geometry;
using GpuPool.Kernels.Host;
using GpuPool.Kernels.Numerics;

namespace GpuPool.Kernels.Ops;

/// <summary>The cells that each bin of an axis reads, and the sums of the weights of its samples there; those of weight 0 are left out. It lies in a slot of scratch.</summary>
internal readonly unsafe ref struct RoiWeights<T, R> where T : unmanaged, INumber<T> where R : struct, IReal<T>
{
    private readonly int* _firsts;

    public RoiWeights(int slot, RoiAxis<T, R> axis)
    {
        int most = axis.Bins * (2 * axis.Samples);
        byte* memory = HostScratch.Rent<byte>(slot, most * (sizeof(T) + sizeof(int)) + (axis.Bins + 1) * sizeof(int));
        Weights = (T*)memory;
        Cells = (int*)(Weights + most);
        _firsts = Cells + most;
        int count = 0;
        for (int bin = 0; bin < axis.Bins; bin++)
        {
            _firsts[bin] = count;
            for (int sample = 0; sample < axis.Samples; sample++)
            {
                RoiTaps<T> taps = axis.Taps(bin, sample);
                Add(taps.Low, taps.LowWeight, _firsts[bin], ref count);
                Add(taps.High, taps.HighWeight, _firsts[bin], ref count);
            }
            MostTaps = Math.Max(MostTaps, count - _firsts[bin]);
        }
        _firsts[axis.Bins] = count;
    }

    /// <summary>Weights of all bins.</summary>
    public T* Weights { get; }

    /// <summary>Cells of all bins.</summary>
    public int* Cells { get; }

    /// <summary>Cells of the bin with the most.</summary>
    public int MostTaps { get; }

    /// <summary>Where the cells of a bin begin.</summary>
    public int First(int bin) => _firsts[bin];

    // Cells do not fall from sample to sample, so only the last two can be met again.
    private void Add(int cell, T weight, int first, ref int count)
    {
        if (weight == T.Zero)
            return;
        for (int tap = count - 1; tap >= Math.Max(first, count - 2); tap--)
        {
            if (Cells[tap] == cell)
            {
                Weights[tap] += weight;
                return;
            }
        }
        (Weights[count], Cells[count++]) = (weight, cell);
    }
}
