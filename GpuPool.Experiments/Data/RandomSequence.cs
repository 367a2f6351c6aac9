using GpuPool.Kernels.Numerics;

namespace GpuPool.Experiments.Data;

/// <summary>The random draws of one item, in order: a position in the counters of Philox 4x32-10, so that they depend on nothing but their key.</summary>
/// <remarks>
/// Key: seed. Counter: (stream, step, item, block), a block being four draws of 32 bits. Pass it by reference, else the same draws come again.
/// </remarks>
internal struct RandomSequence(ulong seed, uint stream, uint step, uint item) : IRandomDraws
{
    private uint _block, _left;
    private PhiloxBlock _draws;

    /// <summary>32 even bits.</summary>
    public uint NextBits()
    {
        if (_left == 0)
        {
            _draws = Philox.Block(seed, stream, step, item, _block++);
            _left = 4;
        }
        return _draws.Draw((int)(4 - _left--));
    }

    /// <summary>Evenly in [0, 1), a multiple of 2^-32.</summary>
    public double NextUnit() => NextBits() * (1.0 / (1L << 32));

    /// <summary>Evenly in [low, high).</summary>
    public double NextDouble(double low, double high) => low + (high - low) * NextUnit();

    /// <summary>Evenly in [0, count).</summary>
    public int Next(int count) => (int)((ulong)NextBits() * (ulong)count >> 32);

    /// <summary>Evenly in [low, high).</summary>
    public int Next(int low, int high) => low + Next(high - low);

    /// <summary>Puts <paramref name="items"/> into a random order, each order equally likely (Fisher and Yates).</summary>
    public void Shuffle(Span<int> items)
    {
        for (int last = items.Length - 1; last > 0; last--)
        {
            int other = Next(last + 1);
            (items[last], items[other]) = (items[other], items[last]);
        }
    }
}
