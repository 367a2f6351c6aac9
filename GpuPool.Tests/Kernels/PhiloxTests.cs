using GpuPool.Kernels;
using GpuPool.Kernels.Host;
using GpuPool.Kernels.Numerics;
using ILGPU;

namespace GpuPool.Tests.Kernels;

public sealed class PhiloxTests
{
    // Known answers of the authors' library Random123 (kat_vectors, philox4x32 with 10 rounds).
    [TestCase(0x0000000000000000UL, 0x00000000u, 0x00000000u, 0x00000000u, 0x00000000u, 0x6627e8d5u, 0xe169c58du, 0xbc57ac4cu, 0x9b00dbd8u)]
    [TestCase(0xffffffffffffffffUL, 0xffffffffu, 0xffffffffu, 0xffffffffu, 0xffffffffu, 0x408f276du, 0x41c83b0eu, 0xa20bc7c6u, 0x6d5451fdu)]
    [TestCase(0x299f31d0a4093822UL, 0x243f6a88u, 0x85a308d3u, 0x13198a2eu, 0x03707344u, 0xd16cfe09u, 0x94fdccebu, 0x5001e420u, 0x24126ea1u)]
    public void Known_answers_are_given(ulong seed, uint stream, uint step, uint item, uint block, uint a, uint b, uint c, uint d) =>
        Assert.That(Philox.Block(seed, stream, step, item, block), Is.EqualTo(new PhiloxBlock(a, b, c, d)));

    [Test]
    public void Bits_are_the_draws_of_the_blocks_in_order()
    {
        uint[] bits = [.. Enumerable.Range(0, 8).Select(index => Philox.Bits(7, 1, 2, (uint)index))];
        PhiloxBlock first = Philox.Block(7, 1, 2, 0, 0), second = Philox.Block(7, 1, 2, 0, 1);
        Assert.That(bits, Is.EqualTo(new[] { first.A, first.B, first.C, first.D, second.A, second.B, second.C, second.D }));
    }

    [Test]
    public void Uniform_draws_are_even()
    {
        double[] draws = [.. Enumerable.Range(0, 100_000).Select(index => Philox.Uniform(1, 2, 3, (uint)index))];
        Assert.That(draws, Has.All.InRange(0.0, Math.BitDecrement(1.0)));
        int[] tenths = new int[10];
        foreach (double draw in draws)
            tenths[(int)(10 * draw)]++;
        // Five deviations of a tenth of 100,000 draws.
        Assert.That(tenths, Has.All.InRange(10_000 - 475, 10_000 + 475));
    }

    [Test]
    public void Normal_draws_have_the_moments_and_tails_of_the_normal_distribution()
    {
        double[] draws = [.. Enumerable.Range(0, 200_000).Select(index => Philox.Normal(1, 2, 3, (uint)index))];
        Assert.That(draws.Average(), Is.EqualTo(0).Within(0.01));
        Assert.That(draws.Average(draw => draw * draw), Is.EqualTo(1).Within(0.016));
        Assert.That(draws.Average(draw => draw * draw * draw * draw), Is.EqualTo(3).Within(0.11));
        Assert.That(draws.Count(draw => Math.Abs(draw) < 1) / 200_000.0, Is.EqualTo(0.682689492).Within(0.005));
        Assert.That(draws.Count(draw => draw > 2) / 200_000.0, Is.EqualTo(0.0227501319).Within(0.002));
        Assert.That(draws.Count(draw => draw < -3) / 200_000.0, Is.EqualTo(0.00134989803).Within(0.0004));
    }

    [Test]
    public void Normal_draws_are_quantiles_of_the_uniform_ones()
    {
        for (uint index = 0; index < 10_000; index++)
        {
            double x = Philox.Normal(5, 0, 0, index), u = Philox.Uniform(5, 0, 0, index);
            Assert.That(NormalProbability(x), Is.EqualTo(u).Within(1e-7));
        }
    }

    [TestCase(0u)]
    [TestCase(3u)]
    public void A_run_of_draws_has_the_bits_of_each_draw_alone(uint first)
    {
        // Draws in the tails, in the middle, in vectors and behind the last one.
        double[] even = new double[1003], normal = new double[1003];
        PhiloxRun.Uniform(5, 1, 2, first, even);
        PhiloxRun.Normal(5, 1, 2, first, normal);
        Assert.That(even, Is.EqualTo(Enumerable.Range(0, 1003).Select(index => Philox.Uniform(5, 1, 2, first + (uint)index))));
        Assert.That(normal, Is.EqualTo(Enumerable.Range(0, 1003).Select(index => Philox.Normal(5, 1, 2, first + (uint)index))));
    }

    [Test]
    public void Normal_draws_round_as_the_published_formula_does()
    {
        for (uint index = 0; index < 10_000; index++)
            Assert.That(Philox.Normal(5, 0, 0, index), Is.EqualTo(Wichura((Philox.Bits(5, 0, 0, index) + 0.5) / 4294967296)));
    }

    // PPND7 of algorithm AS 241 in plain C#, with our own logarithm.
    private static double Wichura(double u)
    {
        double q = u - 0.5, r = 0.180625 - q * q;
        if (r >= 0)
        {
            return q * (((59.109374720 * r + 159.29113202) * r + 50.434271938) * r + 3.3871327179)
                / (((67.187563600 * r + 78.757757664) * r + 17.895169469) * r + 1);
        }
        r = Math.Sqrt(-Elementary<double, Real64>.Log(q < 0 ? u : 1 - u)) - 1.6;
        double size = (((0.17023821103 * r + 1.3067284816) * r + 2.7568153900) * r + 1.4234372777) / ((0.12021132975 * r + 0.73700164250) * r + 1);
        return q < 0 ? -size : size;
    }

    // 1/2 plus the density times x + x^3 / 3 + x^5 / (3 * 5) + ...
    private static double NormalProbability(double x)
    {
        double sum = x, term = x;
        for (int odd = 3; sum + term != sum; odd += 2)
            sum += term *= x * x / odd;
        return 0.5 + sum * Math.Exp(-x * x / 2) / Math.Sqrt(2 * Math.PI);
    }

    [Test]
    public void A_kernel_draws_the_same_numbers_as_the_host()
    {
        using ArrayScope scope = Devices.Cpu.OpenScope();
        DeviceArray array = Devices.Cpu.Allocate(new Shape(50), DType.Float64);
        Devices.Cpu.Launch(new DrawNormal { Seed = 11, Y = array.View<double>() });
        Assert.That(array.ToDoubles(), Is.EqualTo(Enumerable.Range(0, 50).Select(index => Philox.Normal(11, 1, 2, (uint)index))));
    }

    /// <summary>One thread: one draw.</summary>
    internal struct DrawNormal : IKernel
    {
        public ulong Seed;
        public ArrayView<double> Y;

        public readonly int Count => Y.IntLength;

        public readonly void Run(int index) => Y[index] = Philox.Normal(Seed, 1, 2, (uint)index);
    }
}
