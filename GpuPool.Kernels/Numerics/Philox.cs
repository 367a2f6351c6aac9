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
    public static double Uniform(ulong seed, uint stream, uint step, uint index) => Even(Bits(seed, stream, step, index));

    /// <summary>Normal with mean 0 and deviation 1, at most 6.4 from it.</summary>
    public static double Normal(ulong seed, uint stream, uint step, uint index) => Normal(Bits(seed, stream, step, index));

    /// <summary>The normal number that 32 even bits choose.</summary>
    internal static double Normal(uint bits) => NormalQuantile<double, Real64>(Middle(bits));

    /// <summary>The number in [0, 1) that 32 even bits choose.</summary>
    internal static double Even(uint bits) => bits * (1.0 / (1L << 32));

    /// <summary>The middle of those numbers in [0, 1) that 32 even bits stand for.</summary>
    internal static double Middle(uint bits) => (bits + 0.5) * (1.0 / (1L << 32));

    /// <summary>The x with probability u below it, 1.2e-7 relative, for 2^-36 &lt; u &lt; 1 - 2^-36 (Wichura, algorithm AS 241, PPND7).</summary>
    /// <typeparam name="V">float64, or a vector of them.</typeparam>
    /// <typeparam name="F">Its arithmetic.</typeparam>
    internal static V NormalQuantile<V, F>(V u) where V : struct where F : struct, IFormula<V>
    {
        V zero = F.Of(0), q = F.Subtract(u, F.Of(0.5)), r = F.Subtract(F.Of(0.180625), F.Multiply(q, q));
        V central = F.Divide(
            F.Multiply(q, Cubic<V, F>(r, 59.109374720, 159.29113202, 50.434271938, 3.3871327179)),
            Cubic<V, F>(r, 67.187563600, 78.757757664, 17.895169469, 1));
        V tail = F.IfLess(q, zero, u, F.Subtract(F.Of(1), u));
        V t = F.Subtract(F.Sqrt(F.Subtract(zero, Elementary<V, F>.Log(tail))), F.Of(1.6));
        V size = F.Divide(
            Cubic<V, F>(t, 0.17023821103, 1.3067284816, 2.7568153900, 1.4234372777),
            F.Add(F.Multiply(F.Add(F.Multiply(F.Of(0.12021132975), t), F.Of(0.73700164250)), t), F.Of(1)));
        return F.IfLess(r, zero, F.IfLess(q, zero, F.Subtract(zero, size), size), central);
    }

    private static V Cubic<V, F>(V x, double c3, double c2, double c1, double c0) where V : struct where F : struct, IFormula<V> =>
        F.Add(F.Multiply(F.Add(F.Multiply(F.Add(F.Multiply(F.Of(c3), x), F.Of(c2)), x), F.Of(c1)), x), F.Of(c0));
}

/// <summary>Four draws of 32 even bits.</summary>
public readonly record struct PhiloxBlock(uint A, uint B, uint C, uint D)
{
    /// <summary>One of the four.</summary>
    /// <param name="index">0 to 3</param>
    public uint Draw(int index) => index == 0 ? A : index == 1 ? B : index == 2 ? C : D;
}
