using GpuPool.Kernels;
using GpuPool.Kernels.Ops;

namespace GpuPool.Tests.Kernels.Ops;

/// <summary>Every op under every subset of wanted gradients: those that come back are the wanted ones, with the bits that they have where all are wanted.</summary>
public sealed class WantedGradientTests
{
    private static readonly Shape Map = new(2, 5, 6, 4);

    private static IEnumerable<OpCase> Cases()
    {
        yield return OpCase.Of(() => new Add(), Map, Map);
        yield return OpCase.Of(() => new Attention(2), new Shape(2, 7, 12));
        yield return OpCase.Of(() => new AveragePool2d(new(3, 2, 1)), Map);
        foreach (bool training in new[] { true, false })
        {
            yield return OpCase.Of(() => Norm(training), Map, new Shape(4), new Shape(4));
            yield return OpCase.Of(() => Norm(training), Map, new Shape(4), new Shape(4), Map);
        }
        yield return OpCase.Of(() => new BatchProduct(), new Shape(2, 3, 4), new Shape(2, 4, 5));
        yield return OpCase.Of(() => new Blend(), Map, Map, Map);
        yield return OpCase.Of(() => new Broadcast(Map), new Shape(2, 1, 1, 4));
        yield return OpCase.Of(() => new Concat(1), Map, new Shape(2, 2, 6, 4), Map);
        yield return OpCase.Of(() => new Conv2d(new(3, 2, 1)), Map, new Shape(3, 3, 4, 5), new Shape(5));
        yield return OpCase.Of(() => new DepthwiseConv2d(new(3, 2, 1)), Map, new Shape(3, 3, 4));
        yield return OpCase.Of(() => new DetailPreservingPool2d(new(2, 2)), Map, new Shape(2, 2, 3, 4), new Shape(4), new Shape(4));
        yield return OpCase.Of(() => new Divide(), Map, Map);
        yield return OpCase.Of(() => new Dropout(0.5, 1, 2, 3), Map);
        yield return OpCase.Of(() => new Dropout(0, 1, 2, 3), Map);
        yield return OpCase.Of(() => new FastGrnn(2, 3, 2), Map, new Shape(4, 3), new Shape(3, 3), new Shape(3), new Shape(3), new Shape(1), new Shape(1));
        yield return OpCase.Of(() => new GaussianPool2d(new(3, 2, 1), Noise: PoolingNoise.Element), Map, new Shape(2, 1, 1, 4), new Shape(2, 1, 1, 4));
        yield return OpCase.Of(() => new GaussianPool2d(new(3, 2, 1), GaussianWeight.HalfGaussian), Map, new Shape(2, 1, 1, 4));
        yield return OpCase.Of(() => new GlobalAveragePool(), Map);
        yield return OpCase.Of(() => new InstanceNorm(), Map, new Shape(4), new Shape(4));
        yield return OpCase.Of(() => new LayerNorm(), Map, new Shape(4), new Shape(4));
        yield return OpCase.Of(() => new Linear(), new Shape(3, 4), new Shape(4, 5), new Shape(5));
        yield return OpCase.Of(() => new LpPool2d(new(3, 2, 1)), Map, new Shape(4));
        yield return OpCase.Of(() => new MaxPool2d(new(3, 2, 1)), Map);
        yield return OpCase.Of(() => new MixedChoice(Constant(new Shape(4, 2), 0), Training: true), Map);
        yield return OpCase.Of(() => new Multiply(), Map, Map);
        yield return OpCase.Of(() => new Pointwise(PointwiseFunction.Softplus), Map);
        yield return OpCase.Of(() => new PositionEmbedding(), Map, new Shape(8, 2), new Shape(8, 2));
        yield return OpCase.Of(() => new Reshape(new Shape(2, 120)), Map);
        yield return OpCase.Of(() => new Scale(2), Map);
        yield return OpCase.Of(() => new Slice(1, 1, 2), Map);
        yield return OpCase.Of(() => new Softmax(), Map);
        yield return OpCase.Of(() => new SoftmaxCrossEntropy(), new Shape(4, 3), new Shape(4));
        yield return OpCase.Of(() => new Subtract(), Map, Map);
        yield return OpCase.Of(() => Sum.Over(Map, 1, 2), Map);
        yield return OpCase.Of(() => new Transpose(1, 3), Map);
        yield return OpCase.Of(() => new UnitNorm(), Map);
        yield return OpCase.Of(() => new Upsample(7, 9, Interpolation.Bilinear), Map);
        yield return OpCase.Of(() => new WeightedPool2d(new(3, 2, 1)), Map, Map);
    }

    [Test]
    public void Wanted_gradients_and_no_others_come_back([ValueSource(nameof(Cases))] OpCase c, [Values] bool host)
    {
        if (host)
            RunEverySubset(c);
        else
            OpCheck.Portable(() => RunEverySubset(c));
    }

    [Test]
    public void Every_op_is_among_them()
    {
        IEnumerable<Type> ops = typeof(Op).Assembly.GetTypes().Where(type => type.IsSubclassOf(typeof(Op)) && !type.IsAbstract);
        Assert.That(ops, Is.SubsetOf(Cases().Select(c => c.Type)));
    }

    [Test]
    public void A_gradient_that_nobody_wants_cannot_be_written()
    {
        using ArrayScope scope = Devices.Cpu.OpenScope();
        DeviceArray x = Constant(Map, 1);
        var call = new BackwardCall([x, x], new OpResult(x, []), x, [false, true]);
        Assert.That(() => call.Gradient(0), Throws.InvalidOperationException.With.Message.EqualTo("Nobody wants the gradient of input 0."));
        Assert.That(() => call.Pass(0), Throws.InvalidOperationException);
        Assert.That(call.GradientIfWanted<float>(0).Length, Is.Zero);
    }

    private static void RunEverySubset(OpCase c)
    {
        using ArrayScope scope = Devices.Cpu.OpenScope();
        // An array of labels where the op takes them: 1 is a class, and a value as good as any elsewhere.
        DeviceArray[] inputs = [.. c.Inputs.Select((shape, index) =>
            c.Type == typeof(SoftmaxCrossEntropy) && index == 1 ? Constant(shape, 1) : Devices.Cpu.Upload(shape, Draw.Normal(shape.Count, index), DType.Float32))];
        Op op = c.Op();
        OpResult result = op.Forward(inputs, keep: true);
        DeviceArray dy = Devices.Cpu.Upload(result.Output.Shape, Draw.Normal(result.Output.Shape.Count, 99), DType.Float32);
        long live = Devices.Cpu.LiveBytes;
        float[]?[] all = Backward(Enumerable.Repeat(true, inputs.Length));
        for (int subset = 0; subset < 1 << inputs.Length; subset++)
        {
            bool[] wanted = [.. inputs.Select((_, index) => (subset >> index & 1) != 0)];
            float[]?[] gradients = Backward(wanted);
            Assert.That(gradients, Is.EqualTo(all.Select((gradient, index) => wanted[index] ? gradient : null)), $"{op.Name}, {string.Join(' ', wanted)}");
            Assert.That(Devices.Cpu.LiveBytes, Is.EqualTo(live), "memory behind the gradients");
        }

        float[]?[] Backward(IEnumerable<bool> wanted)
        {
            DeviceArray?[] gradients = op.Backward(inputs, result, dy, [.. wanted]);
            float[]?[] values = [.. gradients.Select(gradient => gradient?.ToFloats())];
            foreach (DeviceArray? gradient in gradients)
                gradient?.Dispose();
            return values;
        }
    }

    private static BatchNorm Norm(bool training) => new(new BatchNormStatistics(Constant(new Shape(4), 0), Constant(new Shape(4), 1)), training, Activation.Relu);

    private static DeviceArray Constant(Shape shape, double value) => Devices.Cpu.Upload(shape, Enumerable.Repeat(value, shape.Count).ToArray(), DType.Float32);

    /// <summary>An op, made anew for each use, and the shapes of its inputs.</summary>
    public sealed record OpCase(Type Type, Func<Op> Op, Shape[] Inputs)
    {
        public static OpCase Of<O>(Func<O> op, params Shape[] inputs) where O : Op => new(typeof(O), op, inputs);

        public override string ToString() => $"{Type.Name} of {string.Join(", ", Inputs)}";
    }
}
