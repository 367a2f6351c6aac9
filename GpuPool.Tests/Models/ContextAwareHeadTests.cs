using GpuPool.Autograd;
using GpuPool.Kernels;
using GpuPool.Kernels.Ops;
using GpuPool.Models;
using GpuPool.Models.Layers;
using GpuPool.Models.Pooling.ContextAware;

namespace GpuPool.Tests.Models;

public sealed class ContextAwareHeadTests
{
    private static readonly Shape _map = new(2, 3, 4, 4);

    private static IEnumerable<TestCaseData> Parts =>
    [
        new TestCaseData(new MapAttention(4), _map).SetArgDisplayNames("pixel attention"),
        new TestCaseData(new RegionGrid(), _map).SetArgDisplayNames("regions"),
        new TestCaseData(new RegionAttention(3 * 3 * 2, 5), new Shape(2, 4, 3, 6)).SetArgDisplayNames("region attention"),
        new TestCaseData(new LstmLayer(3, 5), new Shape(2, 4, 3)).SetArgDisplayNames("lstm"),
        new TestCaseData(new ClusterPool(5, 3), new Shape(2, 4, 5)).SetArgDisplayNames("clusters"),
        new TestCaseData(new ContextAwareHead(4, 3), new Shape(3, 2, 3, 4)).SetArgDisplayNames("all"),
    ];

    [TestCaseSource(nameof(Parts))]
    public void Gradients_equal_differences_in_training_and_in_evaluation(Module module, Shape shape)
    {
        Allocate(module);
        foreach (bool training in new[] { true, false })
        {
            module.Training = training;
            ModuleCheck.Gradients(module, shape, Draw.Normal(shape.Count, 1));
        }
        module.Dispose();
    }

    [TestCaseSource(nameof(Parts))]
    public void Host_bodies_equal_portable_bodies_and_the_shape_is_foretold(Module module, Shape shape)
    {
        Allocate(module);
        ModuleCheck.HostEqualsPortable(module, shape, Draw.Normal(shape.Count, 2));
        Assert.That(ModuleCheck.Run(module, shape, Draw.Normal(shape.Count, 2)), Has.Length.EqualTo(module.Infer(shape).Count));
        module.Dispose();
    }

    [Test]
    public void Pixel_attention_adds_a_weighted_mean_of_values_to_each_pixel()
    {
        using var attention = new MapAttention(4);
        Allocate(attention);
        double[] x = Draw.Normal(_map.Count, 3), y = ModuleCheck.Run(attention, _map, x);
        double[][] Convolve(string name, double[] image) => [.. image.Chunk(4).Select(pixel => Enumerable.Range(0, Values(attention, $"{name}.bias").Length).Select(output =>
            Values(attention, $"{name}.bias")[output] + pixel.Select((value, input) => value * Values(attention, $"{name}.weight")[input * Values(attention, $"{name}.bias").Length + output]).Sum()).ToArray())];
        var expected = new List<double>();
        foreach (double[] image in x.Chunk(48))
        {
            (double[][] f, double[][] g, double[][] h) = (Convolve("f", image), Convolve("g", image), Convolve("h", image));
            for (int pixel = 0; pixel < 12; pixel++)
            {
                double[] weights = [.. f.Select(key => Math.Exp(key.Zip(g[pixel], (a, b) => a * b).Sum()))];
                for (int channel = 0; channel < 4; channel++)
                    expected.Add(image[pixel * 4 + channel] + Values(attention, "gamma")[0] * weights.Select((weight, other) => weight * h[other][channel]).Sum() / weights.Sum());
            }
        }
        Assert.That(OpCheck.RelativeError(y, [.. expected]), Is.Below(1e-13));
    }

    [Test]
    public void At_first_pixel_attention_passes_the_map_unchanged()
    {
        using var attention = new MapAttention(4);
        attention.Allocate(Devices.Cpu, DType.Float64);
        double[] x = Draw.Normal(_map.Count, 4);
        Assert.That(ModuleCheck.Run(attention, _map, x), Is.EqualTo(x));
    }

    [Test]
    public void Regions_are_cut_from_the_up_sampled_map()
    {
        using ArrayScope scope = Devices.Cpu.OpenScope();
        double[] values = Draw.Normal(_map.Count, 5), regions = ModuleCheck.Run(new RegionGrid(), _map, values);
        Tensor grid = Tensor.Leaf(Devices.Cpu.Upload(_map, values)).Upsample(42, 42, Interpolation.Bilinear);
        var expected = new List<double[]>();
        for (int left = 0; left < 3; left++)
        {
            for (int right = left + 1; right <= 3; right++)
            {
                for (int top = 0; top < 3; top++)
                {
                    for (int bottom = top + 1; bottom <= 3; bottom++)
                    {
                        if ((right - left >= 2 || bottom - top >= 2) && right - left + bottom - top < 6)
                            expected.Add(grid.Slice(1, 14 * top, 14 * (bottom - top)).Slice(2, 14 * left, 14 * (right - left)).Upsample(7, 7, Interpolation.Bilinear).Value.ToDoubles());
                    }
                }
            }
        }
        expected.Add(Tensor.Leaf(Devices.Cpu.Upload(_map, values)).Upsample(7, 7, Interpolation.Bilinear).Value.ToDoubles());
        Assert.That(expected, Has.Count.EqualTo(RegionGrid.Regions));
        int length = 7 * 7 * 4;
        double[] flat = [.. Enumerable.Range(0, 2).SelectMany(image => expected.SelectMany(region => region[(image * length)..((image + 1) * length)]))];
        Assert.That(regions, Is.EqualTo(flat).Within(1e-13));
    }

    [Test]
    public void Region_attention_is_the_attended_mean_of_the_regions()
    {
        using var attention = new RegionAttention(3 * 3 * 2, 5);
        Allocate(attention);
        double[] x = Draw.Normal(4 * 18, 6), y = ModuleCheck.Run(attention, new Shape(1, 4, 3, 6), x);
        double[][] regions = [.. x.Chunk(18)];
        double[] Project(double[] region, string name) => [.. Enumerable.Range(0, 5).Select(unit => region.Select((value, index) => value * Values(attention, name)[index * 5 + unit]).Sum())];
        double Score(double[] own, double[] other) => Sigmoid(Values(attention, "ba")[0] + Project(own, "Wt").Zip(Project(other, "Wx"), (a, b) => a + b)
            .Select((sum, unit) => Math.Tanh(sum + Values(attention, "bh")[unit]) * Values(attention, "Wa")[unit]).Sum());
        double[] expected = [.. regions.SelectMany(own =>
        {
            double[] weights = [.. regions.Select(other => Math.Exp(Score(own, other)))];
            // The context first and its mean over the nine pixels then, as the code of CAP has it.
            double[] context = [.. Enumerable.Range(0, 18).Select(index => regions.Select((region, number) => weights[number] * region[index]).Sum() / weights.Sum())];
            return Enumerable.Range(0, 2).Select(channel => context.Where((_, index) => index % 2 == channel).Average());
        })];
        Assert.That(y, Is.EqualTo(expected).Within(1e-13));
    }

    [Test]
    public void The_lstm_equals_its_cell_step_by_step()
    {
        using var lstm = new LstmLayer(3, 2);
        Allocate(lstm);
        double[] x = Draw.Normal(5 * 3, 7), state = new double[2], cell = new double[2];
        var expected = new List<double>();
        foreach (double[] input in x.Chunk(3))
        {
            double Gate(int gate, int unit) => Values(lstm, "bias_" + new[] { "input", "forget", "cell", "output" }[gate])[unit]
                + input.Select((value, index) => value * Values(lstm, "kernel")[index * 8 + gate * 2 + unit]).Sum()
                + state.Select((value, index) => value * Values(lstm, "recurrent_kernel")[index * 8 + gate * 2 + unit]).Sum();
            double[] next = [.. Enumerable.Range(0, 2).Select(unit => Sigmoid(Gate(1, unit)) * cell[unit] + Sigmoid(Gate(0, unit)) * Math.Tanh(Gate(2, unit)))];
            state = [.. Enumerable.Range(0, 2).Select(unit => Sigmoid(Gate(3, unit)) * Math.Tanh(next[unit]))];
            cell = next;
            expected.AddRange(state);
        }
        Assert.That(ModuleCheck.Run(lstm, new Shape(1, 5, 3), x), Is.EqualTo(expected).Within(1e-14));
    }

    [Test]
    public void Clusters_share_the_length_of_the_whole_equally()
    {
        using var pool = new ClusterPool(5, 3);
        Allocate(pool);
        double[] y = ModuleCheck.Run(pool, new Shape(1, 4, 5), Draw.Normal(20, 8));
        Assert.That(y.Chunk(5).Select(cluster => cluster.Sum(value => value * value)), Is.All.EqualTo(1.0 / 3).Within(1e-14));
    }

    [TestCase("resnet18-cap-1222", 1.0)]
    [TestCase("mobilenet_v2-cap-2222121", 0.1)]
    public void Networks_with_the_head_learn(string label, double width)
    {
        using ArrayScope scope = Devices.Cpu.OpenScope();
        using Network network = Network.Create(Devices.Cpu, Architecture.Parse(label), new NetworkOptions(Classes: 3, Width: width));
        network.Training = true;
        var images = new Shape(2, 64, 64, 3);
        Tensor logits = network.Call(Tensor.Leaf(Devices.Cpu.Upload(images, Draw.Normal(images.Count, 1), DType.Float32)));
        Assert.That(logits.Shape, Is.EqualTo(network.Infer(images)));
        logits.Backward(Devices.Cpu.Upload(logits.Shape, Draw.Normal(6, 3), DType.Float32));
        foreach ((string name, Parameter parameter) in network.Parameters)
            Assert.That(parameter.Gradient!.ToDoubles().All(double.IsFinite), name);
    }

    // gamma starts at 0, which hides the attention.
    private static void Allocate(Module module)
    {
        module.Allocate(Devices.Cpu, DType.Float64, 3);
        foreach ((string name, Parameter parameter) in module.Parameters.Where(entry => entry.Name.EndsWith("gamma", StringComparison.Ordinal)))
            parameter.Value.CopyFrom([0.7]);
    }

    private static double[] Values(Module module, string name) => module.Parameters.Single(entry => entry.Name == name).Parameter.Value.ToDoubles();

    private static double Sigmoid(double x) => 1 / (1 + Math.Exp(-x));
}
