using System.Diagnostics;
using GpuPool.Autograd;
using GpuPool.Kernels;
using GpuPool.Kernels.Ops;
using GpuPool.Models;
using GpuPool.Models.Backbones;
using GpuPool.Models.Costs;
using GpuPool.Models.Layers;
using GpuPool.Models.Pooling;

namespace GpuPool.Tests.Models;

[NonParallelizable]
public sealed class ModuleTraceTests
{
    [Test]
    public void A_network_is_followed_without_memory_and_in_no_time([ValueSource(nameof(Backbones))] string backbone, [ValueSource(nameof(Poolings))] string pooling)
    {
        long live = Devices.Cpu.LiveBytes;
        Devices.Cpu.ResetPeak();
        var network = new Network(Architecture.Parse($"{backbone}-{pooling}-{new string('2', BackboneFamily.Parse(backbone).Family.Places)}"), new NetworkOptions(1000));
        var x = new Shape(1, 256, 256, Network.ImageChannels);
        ModuleTrace.Of(network, x);
        var watch = Stopwatch.StartNew();
        ModuleTrace trace = ModuleTrace.Of(network, x);
        Assert.That(watch.Elapsed.TotalSeconds, Is.NoMoreThan(0.5));
        Assert.That(trace.Output.Shape, Is.EqualTo(new Shape(1, 1000)));
        Assert.That(trace.Ops.Select(op => op.Output.Device), Is.All.SameAs(Device.ShapeOnly));
        Assert.That(Devices.Cpu.PeakBytes, Is.EqualTo(live));
    }

    [Test]
    public void A_trace_has_the_ops_of_a_forward_pass_with_their_operands_and_their_place()
    {
        var block = new InvertedResidual(8, 8, 2, 1);
        ModuleTrace trace = ModuleTrace.Of(block, new Shape(1, 4, 4, 8));
        Assert.That(trace.Ops.Select(op => (op.Op.Name, trace.Name(op.Frame!.Layer))), Is.EqualTo(new[]
        {
            ("Conv2d", "conv.0"), ("BatchNorm", "conv.1"), ("DepthwiseConv2d", "conv.3"), ("BatchNorm", "conv.4"), ("Conv2d", "conv.6"), ("BatchNorm", "conv.7"),
        }));
        Assert.That(trace.Ops[0].Inputs[0], Is.SameAs(trace.Input));
        Assert.That(trace.Ops[^1].Inputs[3], Is.SameAs(trace.Input), "the shortcut");
        Assert.That(trace.Ops[^1].Output, Is.SameAs(trace.Output));
        Dictionary<string, ModuleState> states = block.States.ToDictionary(entry => entry.Name, entry => entry.State);
        Assert.That(trace.State(trace.Ops[2].Inputs[1].Value), Is.SameAs(states["conv.3.weight"]));
        Assert.That(trace.Ops[1].Op.States.Select(trace.State), Is.EqualTo(new[] { states["conv.1.running_mean"], states["conv.1.running_var"] }));
    }

    [Test]
    public void A_module_with_memory_is_followed_in_evaluation_and_left_as_it_was()
    {
        using var module = Sequential.Of([new BatchNormLayer(3), new MixedPool(3, new Window(2, 2))]);
        module.Allocate(Devices.Cpu);
        module.Training = true;
        var mixed = (MixedPool)module.Modules.Last().Module;
        ModuleTrace trace = ModuleTrace.Of(module, new Shape(1, 4, 4, 3));
        Assert.That(((BatchNorm)trace.Ops[0].Op).Training, Is.False);
        Assert.That(module.Modules.Select(entry => entry.Module.Training), Is.All.True);
        Assert.That(mixed.Step, Is.Zero, "no random number was drawn");
        Assert.That(module.Parameters.First().Parameter.Value.ToDoubles(), Is.All.EqualTo(1));
    }

    [Test]
    public void What_is_read_again_later_is_not_changed_in_place()
    {
        // The relu may overwrite neither the input of the sum nor, while the sum still reads it, its own.
        Cost shared = Cost.Of(new Branches(), new Shape(1, 2, 2, 5), elementBytes: 1);
        Assert.That(shared.Layers.Select(layer => (layer.Name, layer.LiveBytes)), Is.EqualTo(new[] { ("pool", 40L), ("", 40L) }));
        Assert.That(shared.ActivationBytes, Is.EqualTo(40));
    }

    [Test]
    public void A_step_is_one_layer_with_all_that_it_calls_and_counts_what_it_says()
    {
        Cost cost = Cost.Of(new Stepping(), new Shape(1, 2, 2, 5), elementBytes: 1);
        LayerCost layer = cost.Layers.Single();
        Assert.That((layer.Name, layer.Part, layer.MultiplyAdds, layer.LiveBytes), Is.EqualTo((".both", CostPart.Projection, 7L, 40L)));
    }

    private static IEnumerable<string> Backbones() => BackboneFamily.All.SelectMany(family => family.Words).Select(entry => entry.Word);

    private static IEnumerable<string> Poolings() => PoolingMethod.All.Select(method => method.Word);

    private sealed class Branches : Module
    {
        private readonly AveragePool _pool;

        public Branches() => _pool = Child("pool", new AveragePool(new Window(1)));

        protected override Tensor Forward(Tensor x)
        {
            Tensor y = _pool.Call(x);
            return y.Relu().Add(y);
        }
    }

    private sealed class Stepping : Module
    {
        private readonly Conv2dLayer _first, _second;

        public Stepping()
        {
            _first = Child("first", new Conv2dLayer(5, 50, new Window(1)));
            _second = Child("second", new Conv2dLayer(50, 5, new Window(1)));
        }

        protected override Tensor Forward(Tensor x) => Step("both", () => _second.Call(_first.Call(x)), CostPart.Projection, multiplyAdds: 7);
    }
}
