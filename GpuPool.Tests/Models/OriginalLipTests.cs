using GpuPool.Autograd;
using GpuPool.Kernels;
using GpuPool.Models;
using GpuPool.Models.Pooling;
using GpuPool.Tests.Kernels.Ops;

namespace GpuPool.Tests.Models;

public sealed class OriginalLipTests
{
    [Test]
    public void Training_starts_from_the_average_of_each_window([Values("lip_original", "lip_original_bottleneck")] string word, [Values(1, 2, 3, 4)] int stride)
    {
        using ArrayScope scope = Devices.Cpu.OpenScope();
        var map = new Shape(2, 9, 8, 4);
        double[] x = Draw.Normal(map.Count, 1);
        using Module pool = PoolingMethod.All.Single(method => method.Word == word).Create(new PoolingSite(4, stride, new SelfAttentiveOptions()));
        pool.Allocate(Devices.Cpu, DType.Float64);
        double[] expected = PoolOracle.Forward(new Window(2 * (stride / 2) + 1, stride, stride / 2), map, cells => cells.Average(cell => x[cell]));
        Assert.That(pool.Call(Tensor.Leaf(Devices.Cpu.Upload(map, x))).Value.ToDoubles(), Is.EqualTo(expected).Within(1e-13));
    }

    [TestCase("prepool-lip_original-2-mobilenet_v2-lip_original_bottleneck-1222121")]
    [TestCase("prepool-lip_original-2-resnet18-lip_original_bottleneck-1222")]
    public void So_it_does_within_a_network(string label)
    {
        var network = new Network(Architecture.Parse(label), new NetworkOptions());
        string[] names = ["logit.conv", "logit.conv3"];
        ModuleState[] last = [.. network.States.Where(entry => names.Any(name => entry.Name.EndsWith($"{name}.weight", StringComparison.Ordinal))).Select(entry => entry.State)];
        Assert.That(last, Has.Length.GreaterThan(3));
        Assert.That(last.Select(state => state.Start), Is.All.EqualTo(Distribution.Constant(0)));
    }

    [Test]
    public void An_image_alone_decides_about_its_weights()
    {
        using ArrayScope scope = Devices.Cpu.OpenScope();
        double[] x = Draw.Normal(2 * 64, 2);
        using Module pool = PoolingMethodTests.Create("lip_original", 4);
        double[] Run(int images) => pool.Call(Tensor.Leaf(Devices.Cpu.Upload(new Shape(images, 4, 4, 4), x.AsSpan(0, images * 64)))).Value.ToDoubles();
        Assert.That(Run(2)[..16], Is.EqualTo(Run(1)).Within(1e-14));
    }
}
