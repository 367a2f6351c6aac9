using CsCheck;
using GpuPool.Autograd;
using GpuPool.Kernels;
using GpuPool.Kernels.Ops;

namespace GpuPool.Tests.Autograd;

/// <summary>Gradients over shapes that nobody chose: extents of 1, odd extents, batches of 1, windows that leave a remainder.</summary>
public sealed class RandomShapeGradientTests
{
    private const int Samples = 12;

    private static readonly Gen<(Shape X, Window Window)> Maps =
        from n in Gen.Int[1, 2]
        from h in Gen.Int[1, 6]
        from w in Gen.Int[1, 6]
        from c in Gen.Int[1, 5]
        from kh in Gen.Int[1, h]
        from kw in Gen.Int[1, w]
        from down in Gen.Int[1, 3]
        from right in Gen.Int[1, 3]
        select (new Shape(n, h, w, c), new Window((kh, kw), (down, right), (kh > 1 ? 1 : 0, kw > 1 ? 1 : 0)));

    [Test]
    public void Convolutions([Values] bool depthwise) => Check((x, window) => depthwise
        ? (new DepthwiseConv2d(window), [x, new Shape(window.Size.Height, window.Size.Width, x.Channels)])
        : (new Conv2d(window), [x, new Shape(window.Size.Height, window.Size.Width, x.Channels, 3), new Shape(3)]));

    [Test]
    public void Pools([Values("max", "average", "weighted")] string kind) => Check((x, window) => kind switch
    {
        "max" => (new MaxPool2d(window), [x]),
        "average" => (new AveragePool2d(window), [x]),
        _ => (new WeightedPool2d(window), [x, x]),
    });

    [Test]
    public void Upsampling([Values] Interpolation mode) => Check((x, window) => (new Upsample(x[1] * window.Stride.Height + 1, x[2] + window.Size.Width, mode), [x]));

    [Test]
    public void Attention() => Check((x, window) => (new Attention(window.Size.Height), [new Shape(x[0], x[1] * x[2], 3 * window.Size.Height * x.Channels)]));

    private static void Check(Func<Shape, Window, (Op Op, Shape[] Inputs)> build) => Maps.Sample(map =>
    {
        (Op op, Shape[] shapes) = build(map.X, map.Window);
        (Shape, double[])[] inputs = [.. shapes.Select((shape, index) => (shape, Draw.Distinct(shape.Count, index + 1, gap: 0.01)))];
        Assert.That(new GradientCheck(MostElements: 12).Run(Devices.Cpu, x => Tape.Record(op, x), inputs), Is.Null, $"{op} on {string.Join(", ", shapes)}");
    }, iter: Samples, threads: 1);
}
