using GpuPool.Autograd;
using GpuPool.Kernels;
using GpuPool.Models;
using GpuPool.Models.Costs;
using GpuPool.Models.Pooling;

namespace GpuPool.Samples;

/// <summary>A pooling method of one's own, in the places where MobileNetV2 has its pools.</summary>
public static class OwnPooling
{
    /// <summary>Makes the network, and takes a training step.</summary>
    /// <returns>0 where the slopes of all pools have got a gradient.</returns>
    public static int Main()
    {
        var slope = new PoolingMethod("slope", site => new WeightedPool(new SlopeLogit(site.Channels), site.Window));
        var known = Architecture.Parse("mobilenet_v2-maxp-1222121");
        var architecture = new Architecture(known.Family, known.Placement, new PoolingChoice(slope), known.Strides);
        using Device device = DeviceChoice.Auto.Open();
        using var network = Network.Create(device, architecture, new NetworkOptions(Classes: 10, Width: 0.35));
        using ArrayScope scope = device.OpenScope();
        float[] pixels = [.. Enumerable.Range(0, 2 * 64 * 64 * 3).Select(place => MathF.Sin(place))];
        network.Training = true;
        Tensor loss = network.Call(Tensor.Leaf(device.Upload(new Shape(2, 64, 64, 3), pixels))).SoftmaxCrossEntropy(Tensor.Leaf(device.Upload(new Shape(2), [3f, 7f])));
        loss.Backward();
        DeviceArray?[] gradients = [.. network.Parameters.Where(entry => entry.Name.EndsWith("slope", StringComparison.Ordinal)).Select(entry => entry.Parameter.Gradient)];
        Console.WriteLine(FormattableString.Invariant(
            $"{architecture}: {gradients.Length} pools, {Cost.Of(network, new Shape(1, 64, 64, 3)).MultiplyAdds} multiply-adds, loss {loss.Item():F3}"));
        return gradients.Length > 0 && gradients.All(gradient => gradient?.ToFloats().Any(value => value != 0) == true) ? 0 : 1;
    }

    /// <summary>Scores that a value gives itself: z = slope x, with a slope for each channel, so that pi = exp(sigmoid(slope x)). At 0 the pool is average pooling.</summary>
    private sealed class SlopeLogit : Module
    {
        private readonly ModuleState _slope;

        public SlopeLogit(int channels) => _slope = State("slope", ModuleState.Parameter(new Shape(1, 1, 1, channels), Distribution.Constant(0)));

        protected override Tensor Forward(Tensor x) => x.Multiply(_slope.Value.Broadcast(x.Shape));
    }
}
