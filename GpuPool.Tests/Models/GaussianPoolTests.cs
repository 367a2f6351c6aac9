using GpuPool.Autograd;
using GpuPool.Kernels;
using GpuPool.Models;

namespace GpuPool.Tests.Models;

public sealed class GaussianPoolTests
{
    private static readonly Shape _map = new(3, 4, 4, 6);
    private static readonly double[] _x = Draw.Normal(_map.Count, 1);

    [Test]
    public void Each_training_step_draws_other_noise_and_a_resumed_one_the_same([Values("gaussian_pool", "gaussian_pool_cn", "half_gaussian")] string word)
    {
        using ArrayScope scope = Devices.Cpu.OpenScope();
        using Module pool = PoolingMethodTests.Create(word, 6);
        pool.Training = true;
        double[] first = Run(pool), second = Run(pool);
        Assert.That(second, Is.Not.EqualTo(first));
        pool.ResumeAt(1);
        Assert.That(Run(pool), Is.EqualTo(second));
        pool.ResumeAt(0);
        Assert.That(Run(pool), Is.EqualTo(first));
    }

    [Test]
    public void Evaluation_draws_nothing([Values("gaussian_pool", "half_gaussian")] string word)
    {
        using ArrayScope scope = Devices.Cpu.OpenScope();
        using Module pool = PoolingMethodTests.Create(word, 6);
        double[] y = Run(pool);
        Assert.That(Run(pool), Is.EqualTo(y));
        pool.ResumeAt(7);
        Assert.That(Run(pool), Is.EqualTo(y));
    }

    [Test]
    public void Noise_a_channel_keeps_the_order_of_windows_of_equal_deviation()
    {
        using ArrayScope scope = Devices.Cpu.OpenScope();
        using Module pool = PoolingMethodTests.Create("gaussian_pool_cn", 6);
        pool.Training = true;
        // Every window holds 0, 1, 2, 3: so that all outputs of a channel are equal.
        double[] x = [.. Enumerable.Range(0, _map.Count).Select(index => index / 6 % 4 % 2 + 2.0 * (index / 24 % 2))];
        double[] y = pool.Call(Tensor.Leaf(Devices.Cpu.Upload(_map, x))).Value.ToDoubles();
        for (int index = 0; index < y.Length; index++)
            Assert.That(y[index], Is.EqualTo(y[index / 24 * 24 + index % 6]).Within(1e-14));
    }

    [Test]
    public void Pools_of_one_network_and_networks_of_other_seeds_draw_other_noise()
    {
        var architecture = Architecture.Parse("mobilenet_v2-gaussian_pool-1222121");
        using ArrayScope scope = Devices.Cpu.OpenScope();
        using Network network = Network.Create(Devices.Cpu, architecture, new NetworkOptions(3, 0.25, Seed: 1)), other = Network.Create(Devices.Cpu, architecture, new NetworkOptions(3, 0.25, Seed: 2));
        Module[] pools = [Pool(network, 0), Pool(network, 1), Pool(other, 0)];
        double[][] y = [.. pools.Select(pool =>
        {
            foreach ((_, ModuleState state) in pool.States)
                state.Value.Value.CopyFrom([.. Enumerable.Repeat(1.0, state.Shape.Count)]);
            pool.Training = true;
            return pool.Call(Tensor.Leaf(Devices.Cpu.Upload(new Shape(2, 4, 4, 8), Draw.Normal(256, 1), DType.Float32))).Value.ToDoubles();
        })];
        Assert.That(y, Is.Unique);
    }

    [Test]
    public void A_single_image_is_refused_in_training() =>
        Assert.That(() =>
        {
            using ArrayScope scope = Devices.Cpu.OpenScope();
            using Module pool = PoolingMethodTests.Create("gaussian_pool", 6);
            pool.Training = true;
            pool.Call(Tensor.Leaf(Devices.Cpu.Upload(new Shape(1, 4, 4, 6), new double[96])));
        }, Throws.TypeOf<ShapeException>().With.Message.EqualTo("BatchNorm: x must be more than one value a channel in training, but is (1, 1, 1, 3)."));

    private static double[] Run(Module pool) => pool.Call(Tensor.Leaf(Devices.Cpu.Upload(_map, _x))).Value.ToDoubles();

    private static Module Pool(Network network, int number) => network.Modules.Where(entry => entry.Module is StochasticModule).ElementAt(number).Module;
}
