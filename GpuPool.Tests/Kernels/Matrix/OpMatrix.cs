using GpuPool.Kernels;
using GpuPool.Kernels.Ops;

namespace GpuPool.Tests.Kernels.Matrix;

/// <summary>Every op, with shapes around the thresholds of its bodies and the equation that it is held to. A new op is one more row.</summary>
public static class OpMatrix
{
    public static readonly OpRow[] Rows =
    [
        OpRow.Of<Conv2d>(Conv2d, Equations.Conv2d) with { Samples = 150, NightlySamples = 3_000 },
        OpRow.Of<Conv2d>(WinogradConv2d, Equations.Conv2d) with { Form = ", Winograd", Samples = 40, SharesRoundings = true },
        OpRow.Of<DepthwiseConv2d>(DepthwiseConv2d, Equations.DepthwiseConv2d) with { Samples = 60 },
        OpRow.Of<Linear>(Linear, Equations.Linear) with { Samples = 60 },
        OpRow.Of<BatchNorm>(BatchNorm, Equations.BatchNorm) with { Samples = 60 },
        OpRow.Of<BatchProduct>(BatchProduct, Equations.BatchProduct) with { Samples = 40 },
        OpRow.Of<Attention>(Attention, Equations.Attention) with { Samples = 30 },
        OpRow.Of<WeightedPool2d>(WeightedPool2d, Equations.WeightedPool2d) with { Samples = 40 },
        OpRow.Of<MaxPool2d>(MaxPool2d, Equations.MaxPool2d) with { Samples = 40 },
        OpRow.Of<AveragePool2d>(AveragePool2d, Equations.AveragePool2d) with { Samples = 40 },
        OpRow.Of<GlobalAveragePool>(draw => draw.Sample(new GlobalAveragePool(), draw.Map()), Equations.GlobalAveragePool),
        OpRow.Of<AdaptiveAveragePool2d>(
            draw => draw.Sample(new AdaptiveAveragePool2d(1 + draw.Below(9), 1 + draw.Below(9)), draw.Map(most: 4_000)), Equations.AdaptiveAveragePool2d),
        OpRow.Of<LayerNorm>(draw => Norm(draw, new LayerNorm(), draw.Rows()), Equations.LayerNorm) with { Samples = 40 },
        OpRow.Of<InstanceNorm>(
            draw => Norm(draw, new InstanceNorm(), draw.Coin() ? draw.Map() : draw.Image(InstanceNorm.Block)), Equations.InstanceNorm) with { Samples = 24 },
        OpRow.Of<UnitNorm>(draw => draw.Sample(new UnitNorm(), draw.Rows()), Equations.UnitNorm),
        OpRow.Of<Softmax>(draw => draw.Sample(new Softmax(), draw.Rows()), Equations.Softmax),
        OpRow.Of<SoftmaxCrossEntropy>(SoftmaxCrossEntropy, Equations.SoftmaxCrossEntropy),
        OpRow.Of<CrossEntropy>(CrossEntropy, Equations.CrossEntropy),
        OpRow.Of<ElementLoss>(ElementLoss, Equations.ElementLoss) with { Samples = 28 },
        OpRow.Of<Gather>(Gather, Equations.Gather),
        OpRow.Of<RoiAlign>(RoiAlign, Equations.RoiAlign) with { Samples = 40 },
        OpRow.Of<Upsample>(Upsample, Equations.Upsample) with { Samples = 40 },
        OpRow.Of<GaussianPool2d>(GaussianPool2d, Equations.GaussianPool2d),
        OpRow.Of<LpPool2d>(LpPool2d, Equations.LpPool2d),
        OpRow.Of<DetailPreservingPool2d>(DetailPreservingPool2d, Equations.DetailPreservingPool2d),
        OpRow.Of<MixedChoice>(MixedChoice, Equations.MixedChoice),
        OpRow.Of<FastGrnn>(FastGrnn, Equations.FastGrnn),
        OpRow.Of<PositionEmbedding>(PositionEmbedding, Equations.PositionEmbedding),
        OpRow.Of<Add>(draw => Alike(draw, new Add(), 2), Equations.Add),
        OpRow.Of<Subtract>(draw => Alike(draw, new Subtract(), 2), Equations.Subtract),
        OpRow.Of<Divide>(draw => Alike(draw, new Divide(), 2), Equations.Divide),
        OpRow.Of<Scale>(draw => draw.Sample(new Scale(draw.Choose(-2.5, 0, 1, 3)), draw.Elements()), Equations.Scale),
        OpRow.Of<Multiply>(draw => Alike(draw, new Multiply(), 2), Equations.Multiply),
        OpRow.Of<Blend>(draw => Alike(draw, new Blend(), 3), Equations.Blend),
        OpRow.Of<Pointwise>(Pointwise, Equations.Pointwise) with { Samples = 28 },
        OpRow.Of<Dropout>(draw => draw.Sample(new Dropout(draw.Choose(0, 0.2, 0.9), 3, 1, (uint)draw.Below(100)), draw.Elements()), Equations.Dropout),
        OpRow.Of<Broadcast>(Broadcast, Equations.Broadcast),
        OpRow.Of<Sum>(Sum, Equations.Sum),
        OpRow.Of<Transpose>(Transpose, Equations.Transpose),
        OpRow.Of<Reshape>(Reshape, Equations.Reshape),
        OpRow.Of<Concat>(Concat, Equations.Concat),
        OpRow.Of<Slice>(Slice, Equations.Slice),
    ];

    private const int MultiplyAdds = 100_000;

    private static OpSample Conv2d(OpDraw draw)
    {
        (Window window, Shape x, int outputs) = draw.Convolution(MultiplyAdds, depthwise: false);
        return Biased(draw, new Conv2d(window), x, new Shape(window.Size.Height, window.Size.Width, x.Channels, outputs));
    }

    // Whole vectors of channels, and squares of 4 x 4 targets of which the last are cut off by some.
    private static OpSample WinogradConv2d(OpDraw draw)
    {
        int channels = 16 * (1 + draw.Below(3)), outputs = 16 * (1 + draw.Below(3));
        int[] grid = draw.Split(draw.Extent(MultiplyAdds / (9 * channels * outputs), 4, 16, 24), 3);
        var window = new Window(3, 1, new Axes(draw.Below(3), draw.Below(3)));
        var x = new Shape(grid[0], Math.Max(grid[1], 3 - 2 * window.Padding.Height), Math.Max(grid[2], 3 - 2 * window.Padding.Width), channels);
        return Biased(draw, new Conv2d(window) { Winograd = true }, x, new Shape(3, 3, channels, outputs));
    }

    private static OpSample DepthwiseConv2d(OpDraw draw)
    {
        (Window window, Shape x, _) = draw.Convolution(MultiplyAdds, depthwise: true);
        return draw.Sample(new DepthwiseConv2d(window), x, new Shape(window.Size.Height, window.Size.Width, x.Channels));
    }

    private static OpSample Linear(OpDraw draw)
    {
        (int rows, int inputs, int outputs) = Product(draw);
        return Biased(draw, new Linear(), new Shape([.. draw.Split(rows, 1 + draw.Below(3)), inputs]), new Shape(inputs, outputs));
    }

    private static OpSample BatchProduct(OpDraw draw)
    {
        (int rows, int depth, int columns) = Product(draw);
        int pairs = 1 + draw.Below(3);
        ProductForm form = draw.Choose<ProductForm>();
        return draw.Sample(new BatchProduct(form),
            form == ProductForm.FirstTransposed ? new Shape(pairs, depth, rows) : new Shape(pairs, rows, depth),
            form == ProductForm.SecondTransposed ? new Shape(pairs, columns, depth) : new Shape(pairs, depth, columns));
    }

    private static (int Rows, int Depth, int Columns) Product(OpDraw draw)
    {
        (Window _, Shape x, int outputs) = draw.Convolution(MultiplyAdds, depthwise: false);
        return (x.Rows, x.Channels, (int)Math.Clamp(MultiplyAdds / x.Count, 1, outputs));
    }

    private static OpSample Biased(OpDraw draw, Op op, Shape x, Shape w) =>
        draw.Coin() ? draw.Sample(op, x, w, new Shape(w.Channels)) : draw.Sample(op, x, w);

    private static OpSample Attention(OpDraw draw)
    {
        int images = 1 + draw.Below(3), heads = 1 + draw.Below(3), length = draw.Extent(300, 64, 128, 256);
        int depth = draw.Extent(Math.Max(1, 150_000 / (images * heads * length * length)), 4, 8, 12, 16, 32, 64);
        return draw.Sample(new Attention(heads), new Shape(images, length, 3 * heads * depth));
    }

    private static OpSample BatchNorm(OpDraw draw)
    {
        Shape x = draw.Map();
        x = x.Rows > 1 ? x : new Shape(x[0], 2, x[2], x[3]);
        var channels = new Shape(x.Channels);
        OpInput mean = draw.Normal(channels), variance = draw.Normal(channels, mean: 5);
        (bool training, Activation activation, bool residual) = (draw.Coin(), draw.Choose<Activation>(), draw.Coin());
        OpInput[] inputs = [draw.Normal(x, mean: draw.Choose(0, 0.5, 30), deviation: 2), draw.Normal(channels, mean: 1), draw.Normal(channels)];
        return new((device, type) => new BatchNorm(new(device.Upload(channels, mean.Values, type), device.Upload(channels, [.. variance.Values.Select(Math.Abs)], type)), training, activation),
            residual ? [.. inputs, draw.Normal(x)] : inputs);
    }

    private static OpSample Norm(OpDraw draw, Op op, Shape x) =>
        new((_, _) => op, draw.Normal(x, mean: draw.Choose(0, 0.5, 30), deviation: 2), draw.Normal(new Shape(x.Channels), mean: 1), draw.Normal(new Shape(x.Channels)));

    private static OpSample SoftmaxCrossEntropy(OpDraw draw) => new((_, _) => new SoftmaxCrossEntropy(), Classified(draw));

    private static OpSample CrossEntropy(OpDraw draw)
    {
        OpInput[] inputs = Classified(draw);
        return new((_, _) => new CrossEntropy(), draw.Coin() ? [.. inputs, Weights(draw, inputs[1].Shape)] : inputs);
    }

    private static OpInput[] Classified(OpDraw draw)
    {
        int classes = draw.Extent(2_000, 8, 16, 1_000), rows = draw.Extent(20_000 / classes, 32, 64);
        return [draw.Normal(new Shape(rows, classes), deviation: 2), Whole(draw, rows, classes)];
    }

    private static OpSample ElementLoss(OpDraw draw)
    {
        Shape shape = draw.Elements();
        var op = new ElementLoss(draw.Choose<ElementLossFunction>(), draw.Choose(0, 0.25, 1));
        OpInput target = draw.Normal(shape);
        // Probabilities, of which some are 0 or 1.
        if (op.Function == ElementLossFunction.BinaryCrossEntropy)
            target = target with { Values = [.. target.Values.Select(value => Math.Clamp(value, 0, 1))] };
        OpInput[] inputs = [draw.Normal(shape, deviation: 3), target];
        return new((_, _) => op, draw.Coin() ? [.. inputs, Weights(draw, shape)] : inputs);
    }

    private static OpSample Gather(OpDraw draw)
    {
        Shape x = draw.Rows(10_000);
        return new((_, _) => new Gather(), draw.Normal(x), Whole(draw, draw.Extent(10_000 / (x.Count / x[0]), 32, 2048), x[0]));
    }

    private static OpInput Whole(OpDraw draw, int count, int bound) => new(new Shape(count), [.. Enumerable.Range(0, count).Select(_ => (double)draw.Below(bound))]);

    // A third is 0.
    private static OpInput Weights(OpDraw draw, Shape shape)
    {
        OpInput weights = draw.Normal(shape);
        return weights with { Values = [.. weights.Values.Select(weight => draw.Below(3) == 0 ? 0 : weight)] };
    }

    // Half of the maps are rounded and full of ties.
    private static OpSample MaxPool2d(OpDraw draw)
    {
        (Window window, Shape map) = draw.Pool();
        OpInput x = draw.Normal(map);
        bool ties = draw.Coin();
        var op = new MaxPool2d(window with { Ceil = draw.Coin() });
        return new((_, _) => op, ties ? x with { Values = Array.ConvertAll(x.Values, Math.Round) } : x);
    }

    private static OpSample AveragePool2d(OpDraw draw)
    {
        (Window window, Shape map) = draw.Pool();
        return draw.Sample(new AveragePool2d(window with { Ceil = draw.Coin() }, draw.Coin()), map);
    }

    // Scores stay positive, so that sums of weights do too where the weight is the score itself.
    private static OpSample WeightedPool2d(OpDraw draw)
    {
        (Window window, Shape map) = draw.Pool();
        var op = new WeightedPool2d(window, draw.Coin(), draw.Coin(), draw.Coin(), draw.Choose(1, 1, 3));
        return new((_, _) => op, draw.Normal(map), new(map, [.. draw.Normal(map).Values.Select(score => Math.Abs(score) + 0.1)]));
    }

    private static OpSample Upsample(OpDraw draw)
    {
        Shape x = draw.Map(3_000);
        int most = (int)Math.Sqrt(20_000 / (x[0] * x[3]));
        return draw.Sample(new Upsample(draw.Extent(Math.Min(most, 3 * x[1])), draw.Extent(Math.Min(most, 3 * x[2])), draw.Choose<Interpolation>()), x);
    }

    // Boxes are of all sizes up to twice the map, and some lie across its border or outside.
    private static OpSample RoiAlign(OpDraw draw)
    {
        Shape map = draw.Map(8_000);
        int height = 1 + draw.Below(4), width = 1 + draw.Below(4), count = 1 + draw.Below(Math.Clamp(4_000 / (height * width * map[3]), 1, 12));
        var op = new RoiAlign(height, width, draw.Choose(0.25, 1, 0.3), draw.Coin(), draw.Choose(0, 0, 1, 2));
        OpInput draws = draw.Normal(new Shape(count, 4));
        IEnumerable<double> Roi(double[] numbers)
        {
            double Side(double number, int extent) => Math.Min(Math.Abs(number), 2) * Math.Min(extent, 12) / op.Scale;
            double x1 = (numbers[0] + 1) / 2 * map[2] / op.Scale, y1 = (numbers[1] + 1) / 2 * map[1] / op.Scale;
            return [draw.Below(map[0]), x1, y1, x1 + Side(numbers[2], map[2]), y1 + Side(numbers[3], map[1])];
        }
        return new((_, _) => op, draw.Normal(map), new(new Shape(count, 5), [.. draws.Values.Chunk(4).SelectMany(Roi)]));
    }

    private static OpSample GaussianPool2d(OpDraw draw)
    {
        (Window window, Shape map) = draw.Pool();
        var pixel = new Shape(map[0], 1, 1, map[3]);
        var op = new GaussianPool2d(window, draw.Choose<GaussianWeight>(), draw.Choose<PoolingNoise>(), 3, 4, (uint)draw.Below(100));
        return op.Weight == GaussianWeight.Softplus && op.Noise != PoolingNoise.None ? draw.Sample(op, map, pixel, pixel) : draw.Sample(op, map, pixel);
    }

    private static OpSample LpPool2d(OpDraw draw)
    {
        (Window window, Shape map) = draw.Pool();
        return draw.Sample(new LpPool2d(window), map, new Shape(map[3]));
    }

    private static OpSample DetailPreservingPool2d(OpDraw draw)
    {
        (Window window, Shape map) = draw.Pool();
        var op = new DetailPreservingPool2d(window, draw.Coin());
        var channels = new Shape(map[3]);
        return new((_, _) => op, draw.Normal(map), draw.Normal(window.Output("", map, map[3])), draw.Normal(channels), draw.Normal(channels, deviation: 0.5));
    }

    private static OpSample MixedChoice(OpDraw draw)
    {
        Shape map = draw.Map(), counts = new(map[3], 2);
        (bool training, uint step) = (draw.Coin(), (uint)draw.Below(100));
        double[] before = [.. Enumerable.Range(0, counts.Count).Select(_ => (double)draw.Below(5))];
        return new((device, type) => new MixedChoice(device.Upload(counts, before, type), training, 3, 4, step), draw.Normal(map));
    }

    private static OpSample FastGrnn(OpDraw draw)
    {
        int width = draw.Extent(40, 4, 8, 16, 32), features = draw.Extent(40, 4, 8, 16, 32), length = 1 + draw.Below(6), rank = 2 + draw.Below(3), axis = draw.Below(rank - 1);
        int[] extents = draw.Split(draw.Extent(Math.Max(1, 10_000 / (width * (width + features))), 32, 64), rank - 1);
        extents[axis] += length;
        Shape[] weights = [new(features, width), new(width, width), new(width), new(width), new(1), new(1)];
        var op = new FastGrnn(draw.Coin() ? axis : axis - rank, length, 1 + draw.Below(length + 1), draw.Coin());
        return new((_, _) => op, [draw.Normal(new Shape([.. extents, features])), .. weights.Select(weight => draw.Normal(weight, deviation: 0.3))]);
    }

    private static OpSample PositionEmbedding(OpDraw draw)
    {
        Shape map = draw.Map(10_000);
        map = map.WithChannels(2 * map[3]);
        return draw.Sample(new PositionEmbedding(), map, new Shape(map[1] + draw.Below(3), map[3] / 2), new Shape(map[2] + draw.Below(3), map[3] / 2));
    }

    private static OpSample Pointwise(OpDraw draw)
    {
        PointwiseFunction function = draw.Choose<PointwiseFunction>();
        OpInput x = draw.Normal(draw.Elements(), deviation: 3);
        return new((_, _) => new Pointwise(function), function == PointwiseFunction.Log ? x with { Values = [.. x.Values.Select(value => Math.Abs(value) + 0.01)] } : x);
    }

    private static OpSample Broadcast(OpDraw draw)
    {
        Shape target = draw.Elements();
        return draw.Sample(new Broadcast(target), Shrunk(draw, target));
    }

    private static OpSample Sum(OpDraw draw)
    {
        Shape x = draw.Elements();
        return draw.Sample(new Sum(Shrunk(draw, x)), x);
    }

    private static Shape Shrunk(OpDraw draw, Shape shape) => new([.. shape.Extents.ToArray().Select(extent => draw.Coin() ? 1 : extent)]);

    private static OpSample Transpose(OpDraw draw)
    {
        Shape x = draw.Elements();
        return draw.Sample(new Transpose(draw.Below(x.Rank), draw.Below(x.Rank) - x.Rank), x);
    }

    private static OpSample Reshape(OpDraw draw)
    {
        Shape x = draw.Elements();
        return draw.Sample(new Reshape(new Shape([1, .. x.Extents, 1])), x);
    }

    private static OpSample Concat(OpDraw draw)
    {
        Shape x = draw.Elements();
        int axis = draw.Below(x.Rank);
        return draw.Sample(new Concat(draw.Coin() ? axis : axis - x.Rank), [.. Enumerable.Range(0, 1 + draw.Below(3)).Select(_ =>
        {
            int[] extents = x.Extents.ToArray();
            extents[axis] = draw.Extent(extents[axis] + 3);
            return new Shape(extents);
        })]);
    }

    private static OpSample Slice(OpDraw draw)
    {
        Shape x = draw.Elements();
        int axis = draw.Below(x.Rank), start = draw.Below(x[axis]);
        return draw.Sample(new Slice(draw.Coin() ? axis : axis - x.Rank, start, draw.Below(x[axis] - start + 1)), x);
    }

    private static OpSample Alike(OpDraw draw, Op op, int inputs)
    {
        Shape shape = draw.Elements();
        return draw.Sample(op, [.. Enumerable.Repeat(shape, inputs)]);
    }
}
