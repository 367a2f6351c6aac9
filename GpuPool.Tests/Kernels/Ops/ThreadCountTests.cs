using GpuPool.Kernels;
using GpuPool.Kernels.Ops;

namespace GpuPool.Tests.Kernels.Ops;

/// <summary>The bits of outputs and gradients do not depend on the number of threads.</summary>
public sealed class ThreadCountTests
{
    private static readonly Shape Map = new(3, 9, 7, 20);

    private static IEnumerable<TestCaseData> Cases()
    {
        yield return Case(new Conv2d(new(7, 2, 3)), new Shape(3, 40, 40, 3), new Shape(7, 7, 3, 20), new Shape(20));
        foreach (Shape x in new[] { new Shape(8, 4, 4, 96), new Shape(1, 49, 48, 96) })
            yield return Case(new Conv2d(new(3, 1, 1)) { Winograd = true }, x, new Shape(3, 3, 96, 144), new Shape(144));
        yield return Case(new MaxPool2d(new(3, 2, 1)), Map);
        yield return Case(new AveragePool2d(new(3, 2, 1)), Map);
        yield return Case(new GlobalAveragePool(), Map);
        yield return Case(new WeightedPool2d(new(3, 2, 1)), Map, Map);
        yield return Case(new GaussianPool2d(new(3, 2, 1), Noise: PoolingNoise.Element), Map, new Shape(3, 1, 1, 20), new Shape(3, 1, 1, 20));
        yield return Case(new LpPool2d(new(3, 2, 1)), Map, new Shape(20));
        yield return Case(new InstanceNorm(), Map, new Shape(20), new Shape(20));
        yield return Case(new LayerNorm(), Map, new Shape(20), new Shape(20));
        yield return Case(new Broadcast(Map), new Shape(1, 1, 1, 1));
        yield return Case(new Upsample(16, 15, Interpolation.Bilinear), Map);
        yield return Case(new DetailPreservingPool2d(new(2, 2)), Map, new Shape(3, 4, 3, 20), new Shape(20), new Shape(20));
        yield return Case(new FastGrnn(2, 3, 2), Map, new Shape(20, 9), new Shape(9, 9), new Shape(9), new Shape(9), new Shape(1), new Shape(1));
        yield return Case(new Softmax(), Map);
        yield return Case(new UnitNorm(), Map);
        yield return Case(new BatchProduct(), new Shape(2, 50, 20), new Shape(2, 20, 30));
        yield return Case(Sum.Over(Map, 0, 1, 2), Map);
        yield return Case(new Transpose(1, 3), Map);
        yield return Case(new PositionEmbedding(), Map, new Shape(16, 10), new Shape(16, 10));
    }

    [TestCaseSource(nameof(Cases))]
    public void Bits_are_those_of_one_thread(Op op, Shape[] inputs)
    {
        using Device one = Device.Open(DeviceKind.Cpu, threads: 1);
        using Device four = Device.Open(DeviceKind.Cpu, threads: 4);
        Assert.That(Run(four, op, inputs), Is.EqualTo(Run(one, op, inputs)));
    }

    private static TestCaseData Case(Op op, params Shape[] inputs) => new TestCaseData(op, inputs).SetArgDisplayNames(op.Name);

    private static float[][] Run(Device device, Op op, Shape[] inputs)
    {
        using ArrayScope scope = device.OpenScope();
        DeviceArray[] arrays = [.. inputs.Select((shape, index) => device.Upload(shape, Draw.Normal(shape.Count, index), DType.Float32))];
        OpResult result = op.Forward(arrays, keep: true);
        DeviceArray dy = device.Upload(result.Output.Shape, Draw.Normal(result.Output.Shape.Count, 99), DType.Float32);
        return [result.Output.ToFloats(), .. op.Backward(arrays, result, dy, [.. arrays.Select(_ => true)]).Select(gradient => gradient!.ToFloats())];
    }
}
