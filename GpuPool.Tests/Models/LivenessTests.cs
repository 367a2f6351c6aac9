using CsCheck;
using GpuPool.Autograd;
using GpuPool.Kernels;
using GpuPool.Models;
using GpuPool.Models.Costs;
using GpuPool.Models.Pooling;

namespace GpuPool.Tests.Models;

/// <summary>Memory by liveness: against a simulation that frees each map after its last reader, by hand, and against what evaluation really takes.</summary>
public sealed class LivenessTests
{
    // A graph: for each layer the elements of its output, the earlier maps that it reads, and one that is added to its output in place, or itself.
    private static readonly Gen<(int Elements, int[] Inputs, int Added)[]> _graphs =
        from count in Gen.Int[1, 12]
        from layers in Gen.Select(Gen.Int[1, 4], Gen.Int[0, 1000].Array[1, 3], Gen.Int[0, 1000]).Array[count]
        select layers.Select((layer, index) => (layer.Item1, layer.Item2.Select(input => input % (index + 1)).Distinct().ToArray(), Added(layers, index))).ToArray();

    private static int Added((int Elements, int[], int Added)[] layers, int index)
    {
        int added = layers[index].Added % (index + 2);
        return added > 0 && layers[added - 1].Elements == layers[index].Elements ? added : index + 1;
    }

    [Test]
    public void The_peak_is_that_of_a_simulation_that_frees_each_map_after_its_last_reader() => _graphs.Sample(graph =>
    {
        Cost cost = Cost.Of(new Graph(graph), new Shape(7), elementBytes: 4);
        Assert.That(cost.Layers.Select(layer => layer.Name), Is.EqualTo(Enumerable.Range(1, graph.Length).Select(map => $".{map}")));
        Assert.That(cost.Layers.Select(layer => layer.LiveBytes), Is.EqualTo(Simulate(graph)));
    });

    [Test]
    public void A_shortcut_is_live_to_the_end_of_its_branch()
    {
        // The second block of stage 2 at 16 pixels: 24 channels, expanded to 144, added in place of the projection's output.
        Cost cost = Cost.Of(Architecture.Parse("mobilenet_v2-skip-1222121"), new NetworkOptions(), 16);
        LayerCost Layer(string name) => cost.Layers.Single(layer => layer.Name == $"net.features.1.1.conv.{name}");
        long narrow = 4 * 4 * 24 * sizeof(float), wide = 6 * narrow;
        Assert.That(Layer("0").LiveBytes, Is.EqualTo(narrow + wide));
        Assert.That(Layer("3").LiveBytes, Is.EqualTo(narrow + wide + wide));
        Assert.That(Layer("6").LiveBytes, Is.EqualTo(narrow + wide + narrow));
        Assert.That(Layer("3").Live.Select(map => map.Name), Is.EqualTo(new[] { "net.features.1.0.conv.6", "net.features.1.1.conv.0", "net.features.1.1.conv.3" }));
        Assert.That(Layer("3").WorkingBytes, Is.EqualTo(2 * wide), "the shortcut is no part of the layer");
    }

    [Test]
    public void A_map_that_is_pooled_is_live_while_its_weights_are_computed()
    {
        Cost cost = Cost.Of(SelfAttentiveLogit.Pool(24, new Window(2, 2), new SelfAttentiveOptions()), new Shape(1, 8, 8, 24), elementBytes: 1);
        const long map = 8 * 8 * 24;
        Assert.That(cost.Layers.Select(layer => layer.LiveBytes), Is.EqualTo(new[]
        {
            2 * map, // embedding
            3 * map, // position
            5 * map, // query, key and value
            5 * map, // attention
            3 * map, // output projection
            3 * map, // restoration
            2 * map + map / 4, // the weighted means
        }));
        Assert.That(cost.PeakLayer.Name, Is.EqualTo("logit.pool_weight.multihead_attn.in_proj"), "the first of several");
    }

    [TestCase("mobilenet_v2-nlp_headfix2-1222121")]
    [TestCase("resnet18-lip-1222")]
    public void Less_than_one_layer_reads_and_writes_is_never_live(string label)
    {
        Cost cost = Cost.Of(Architecture.Parse(label), new NetworkOptions(), 96);
        Assert.That(cost.Layers.Select(layer => layer.LiveBytes - layer.WorkingBytes), Is.All.GreaterThanOrEqualTo(0).And.Some.Positive);
        Assert.That(cost.PeakLayer.Live.Select(map => map.Name), Does.Contain(cost.PeakLayer.Name));
    }

    // Evaluation takes more than must be live: batch norm writes a map of its own, and the parts of a block return their memory when the block ends.
    // Convolutions have a copy of their weights in the order of the kernel, which is most of what ResNet18 takes in its last stage.
    [TestCase("mobilenet_v2-skip-1222121", 1, 2.0)]
    [TestCase("mobilenet_v2-skip-1222121", 0.35, 2.0)]
    [TestCase("mobilenet_v2-nlp_headfix2_reduced-1222121", 0.35, 1.3)]
    [TestCase("mobilenet-lip-1222121", 1, 1.5)]
    [TestCase("resnet18-skip-1222", 1, 2.8)]
    [TestCase("resnet18-nlp_headfix2_reduced-1222", 1, 2.6)]
    public void Evaluation_takes_what_is_live_and_not_much_more(string label, double width, double most)
    {
        const int size = 224;
        var architecture = Architecture.Parse(label);
        using Network network = Network.Create(Devices.Cpu, architecture, new NetworkOptions(Width: width));
        double ratio = Ratio(network, new Shape(1, size, size, Network.ImageChannels));
        TestContext.Out.WriteLine($"{label}, {width}: {ratio:F3}");
        Assert.That(ratio, Is.InRange(1, most));
    }

    [TestCaseSource(nameof(Words))]
    public void Evaluation_of_a_pool_takes_at_least_what_is_live(string word)
    {
        PoolingMethod method = PoolingMethod.All.Single(method => method.Word == word);
        var map = new Shape(1, 32, 32, 24);
        using Module pool = method.Head?.Invoke(map.Channels, 10) ?? method.Create(new PoolingSite(map.Channels, 2, new SelfAttentiveOptions(Patch: 2)));
        pool.Allocate(Devices.Cpu);
        Assert.That(Ratio(pool, map), Is.GreaterThanOrEqualTo(1));
    }

    private static IEnumerable<string> Words() => PoolingMethod.All.Where(method => method != PoolingMethod.Strided).Select(method => method.Word);

    // Most memory in use while one image is evaluated, weights apart, relative to the peak by analysis.
    private static double Ratio(Module module, Shape x)
    {
        using ArrayScope scope = Devices.Cpu.OpenScope();
        using IDisposable off = GradientMode.Off();
        long before = Devices.Cpu.LiveBytes;
        Devices.Cpu.ResetPeak();
        module.Call(Tensor.Leaf(Devices.Cpu.Upload(x, new float[x.Count])));
        return (double)(Devices.Cpu.PeakBytes - before) / Cost.Of(module, x).PeakBytes;
    }

    // Bytes in use during each layer: outputs are allocated, and freed when nobody that comes later reads them.
    private static List<long> Simulate((int Elements, int[] Inputs, int Added)[] graph)
    {
        int[] readers = new int[graph.Length + 1];
        foreach ((_, int[] inputs, int added) in graph)
        {
            foreach (int map in inputs.Append(added))
                readers[map]++;
        }
        var live = new Dictionary<int, long> { [0] = 7 * 4 };
        List<long> used = [];
        for (int layer = 0; layer < graph.Length; layer++)
        {
            live.Add(layer + 1, graph[layer].Elements * 4);
            used.Add(live.Values.Sum());
            foreach (int map in graph[layer].Inputs.Append(graph[layer].Added))
                readers[map]--;
            foreach (int map in live.Keys.Where(map => readers[map] == 0).ToArray())
                live.Remove(map);
        }
        return used;
    }

    private sealed class Graph((int Elements, int[] Inputs, int Added)[] layers) : Module
    {
        protected override Tensor Forward(Tensor x)
        {
            List<Tensor> maps = [x];
            foreach ((int elements, int[] inputs, int added) in layers)
            {
                Tensor y = Step($"{maps.Count}", () => First(inputs.Select(input => maps[input])).Broadcast(new Shape(elements)));
                maps.Add(added == maps.Count ? y : maps[added].Add(y));
            }
            return maps[^1];
        }

        // One number of several maps, all of which are read.
        private static Tensor First(IEnumerable<Tensor> maps)
        {
            Tensor[] firsts = [.. maps.Select(map => map.Slice(0, 0, 1))];
            return firsts[0].Concat(0, firsts[1..]).Slice(0, 0, 1);
        }
    }
}
