namespace GpuPool.Kernels.Numerics;

/// <summary>
/// Random numbers as a function: Philox 4x32-10 turns a key and a counter into 128 even bits (Salmon, Moraes, Dror and Shaw, "Parallel random
/// numbers: as easy as 1, 2, 3", 2011). The same source runs on the host and in kernels, so a number depends neither on the device nor on who asks first.
/// </summary>
/// <remarks>
/// The seed is the key; (stream, step, item, block) is the counter. A stream is one use of randomness (initialisation, shuffling, one dropout layer),
/// a step its turn (an epoch, a training step), an item what is drawn for (a picture), a block four draws of 32 bits.
/// </remarks>
public static class Philox
{
    /// <summary>Four draws.</summary>
    /// <param name="seed">Seed of the run.</param>
    /// <param name="stream">What is drawn.</param>
    /// <param name="step">Its turn.</param>
    /// <param name="item">What it is drawn for.</param>
    /// <param name="block">Number of the four draws among those of the item.</param>
    public static PhiloxBlock Block(ulong seed, uint stream, uint step, uint item, uint block)
    {
        uint a = stream, b = step, c = item, d = block, low = (uint)seed, high = (uint)(seed >> 32);
        for (int round = 0; round < 10; round++)
        {
            ulong left = 0xD2511F53UL * a, right = 0xCD9E8D57UL * c;
            a = (uint)(right >> 32) ^ b ^ low;
            b = (uint)right;
            c = (uint)(left >> 32) ^ d ^ high;
            d = (uint)left;
            low += 0x9E3779B9;
            high += 0xBB67AE85;
        }
        return new PhiloxBlock(a, b, c, d);
    }

    /// <summary>32 even bits: draw <paramref name="index"/> of item 0.</summary>
    public static uint Bits(ulong seed, uint stream, uint step, uint index) => Block(seed, stream, step, 0, index >> 2).Draw((int)(index & 3));

    /// <summary>Evenly in [0, 1), a multiple of 2^-32; the float32 nearest to it may be 1.</summary>
    public static double Uniform(ulong seed, uint stream, uint step, uint index) => Bits(seed, stream, step, index) * (1.0 / (1L << 32));

    /// <summary>Normal with mean 0 and deviation 1, at most 6.4 from it.</summary>
    public static double Normal(ulong seed, uint stream, uint step, uint index) => Normal(Bits(seed, stream, step, index));

    /// <summary>The normal number that 32 even bits choose.</summary>
    internal static double Normal(uint bits) => NormalQuantile((bits + 0.5) * (1.0 / (1L << 32)));

    /// <summary>The x with probability u below it, 1.2e-7 relative, for 2^-36 &lt; u &lt; 1 - 2^-36 (Wichura, algorithm AS 241, PPND7).</summary>
    private static double NormalQuantile(double u)
    {
        double q = u - 0.5, r = 0.180625 - q * q;
        if (r >= 0)
        {
            return q * (((59.109374720 * r + 159.29113202) * r + 50.434271938) * r + 3.3871327179)
                / (((67.187563600 * r + 78.757757664) * r + 17.895169469) * r + 1);
        }
        r = Real64.Sqrt(-Elementary<double, Real64>.Log(q < 0 ? u : 1 - u)) - 1.6;
        double size = (((0.17023821103 * r + 1.3067284816) * r + 2.7568153900) * r + 1.4234372777) / ((0.12021132975 * r + 0.73700164250) * r + 1);
        return q < 0 ? -size : size;
    }
}

/// <summary>Four draws of 32 even bits.</summary>
public readonly record struct PhiloxBlock(uint A, uint B, uint C, uint D)
{
    /// <summary>One of the four.</summary>
    /// <param name="index">0 to 3</param>
    public uint Draw(int index) => index == 0 ? A : index == 1 ? B : index == 2 ? C : D;
}
