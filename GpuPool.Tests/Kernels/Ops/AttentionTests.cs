using GpuPool.Kernels;
using GpuPool.Kernels.Ops;

namespace GpuPool.Tests.Kernels.Ops;

public sealed class AttentionTests
{
    [TestCase(1, 1, 1, 3)]
    [TestCase(2, 5, 2, 3)]
    [TestCase(1, 70, 1, 2)]
    public void Gradient_equals_differences(int images, int length, int heads, int depth) =>
        OpCheck.Gradients(() => new Attention(heads), Tokens(images, length, heads, depth));

    [TestCase(1, 1, 1, 1)]
    [TestCase(3, 7, 2, 5)]
    [TestCase(2, 257, 3, 12)]
    [TestCase(1, 130, 2, 80)]
    public void Output_equals_plain_softmax_attention(int images, int length, int heads, int depth)
    {
        (Shape shape, double[] qkv) = Tokens(images, length, heads, depth);
        double[] expected = Oracle(shape, qkv, heads, Enumerable.Range(0, images * length));
        Assert.That(OpCheck.RelativeError(Output(heads, shape, qkv, DType.Float64), expected), Is.Below(OpCheck.Float64Tolerance));
        Assert.That(OpCheck.RelativeError(Output(heads, shape, qkv, DType.Float32), expected), Is.Below(OpCheck.Float32Tolerance));
    }

    [Test]
    public void Gradient_over_many_blocks_of_keys_equals_plain_differentiation([Values] DType type)
    {
        (Shape shape, double[] qkv) = Tokens(1, 1_100, 1, 3);
        double[] dy = Draw.Normal(3_300, 5);
        using ArrayScope scope = Devices.Cpu.OpenScope();
        DeviceArray x = Devices.Cpu.Upload(shape, qkv, type);
        var op = new Attention(1);
        double[] gradient = op.Backward([x], op.Forward([x], keep: true), Devices.Cpu.Upload(new Shape(1, 1_100, 3), dy, type), [true])[0]!.ToDoubles();
        Assert.That(OpCheck.RelativeError(gradient, OracleGradient(qkv, dy, depth: 3)),
            Is.Below(type == DType.Float32 ? OpCheck.Float32Tolerance : OpCheck.Float64Tolerance));
    }

    [Test]
    public void Weights_of_two_keys_are_exponentials_to_float32_accuracy([Range(0, 80, 0.7)] double difference)
    {
        // One channel: query 1, keys 0 and -difference, values 0 and 1.
        double[] qkv = [1, 0, 0, 1, -(float)difference, 1];
        double expected = 1 / (1 + Math.Exp((float)difference));
        Assert.That(Output(1, new Shape(1, 2, 3), qkv, DType.Float32)[0], Is.EqualTo(expected).Within(expected * (3e-7 + 1e-7 * difference)));
    }

    [Test]
    public void Attention_over_equal_values_returns_the_value([Values] DType type)
    {
        (Shape shape, double[] qkv) = Tokens(2, 100, 2, 3);
        for (int element = 0; element < qkv.Length; element++)
        {
            if (element % 18 >= 12)
                qkv[element] = element % 18;
        }
        double[] y = Output(2, shape, qkv, type);
        Assert.That(y, Is.EqualTo(Enumerable.Range(0, y.Length).Select(element => 12.0 + element % 6)).Within(type == DType.Float32 ? 1e-4 : 1e-12));
    }

    [Test]
    public void One_token_returns_its_value()
    {
        (Shape shape, double[] qkv) = Tokens(3, 1, 2, 2);
        Assert.That(Output(2, shape, qkv, DType.Float64), Is.EqualTo(qkv.Chunk(12).SelectMany(token => token[8..])));
    }

    [Test]
    public void Adding_one_vector_to_all_keys_changes_nothing()
    {
        (Shape shape, double[] qkv) = Tokens(1, 90, 1, 4);
        double[] shifted = [.. qkv.Select((value, element) => element % 12 is >= 4 and < 8 ? value + element % 4 : value)];
        Assert.That(OpCheck.RelativeError(Output(1, shape, shifted, DType.Float64), Output(1, shape, qkv, DType.Float64)), Is.Below(1e-13));
    }

    [Test]
    public void Exchanging_two_tokens_exchanges_their_outputs()
    {
        (Shape shape, double[] qkv) = Tokens(1, 80, 2, 4);
        double[][] tokens = [.. qkv.Chunk(24)];
        (tokens[3], tokens[77]) = (tokens[77], tokens[3]);
        double[][] y = [.. Output(2, shape, qkv, DType.Float64).Chunk(8)];
        double[][] exchanged = [.. Output(2, shape, [.. tokens.SelectMany(token => token)], DType.Float64).Chunk(8)];
        (y[3], y[77]) = (y[77], y[3]);
        for (int token = 0; token < y.Length; token++)
            Assert.That(OpCheck.RelativeError(exchanged[token], y[token]), Is.Below(1e-13));
    }

    [Test]
    public void Scores_of_ten_thousand_stay_finite_and_choose_the_best_key([Values] DType type)
    {
        using ArrayScope scope = Devices.Cpu.OpenScope();
        (Shape shape, double[] qkv) = Tokens(1, 130, 1, 4, deviation: 100);
        DeviceArray x = Devices.Cpu.Upload(shape, qkv, type);
        OpResult result = new Attention(1).Forward([x], keep: true);
        double[] gradient = new Attention(1).Backward([x], result, Devices.Cpu.Upload(result.Output.Shape, Draw.Normal(520, 3), type), [true])[0]!.ToDoubles();
        Assert.That(result.Output.ToDoubles(), Has.All.Matches<double>(double.IsFinite));
        Assert.That(gradient, Has.All.Matches<double>(double.IsFinite));
        // Float32 rounds scores of that size to a thousandth, which moves a weight by as much.
        double tolerance = type == DType.Float32 ? 1e-2 : 1e-10;
        Assert.That(OpCheck.RelativeError(result.Output.ToDoubles(), Oracle(shape, qkv, 1, Enumerable.Range(0, 130))), Is.Below(tolerance));
    }

    [Test]
    public void Keys_far_better_than_the_first_ones_outweigh_them([Values(5.0, 12.0, 60.0, 300.0)] double step, [Values] DType type)
    {
        // Each block of 64 keys is better than the one before by a score of step for the first query and worse by it for the second.
        (Shape shape, double[] qkv) = Tokens(1, 200, 1, 2);
        for (int token = 0; token < 200; token++)
            (qkv[6 * token], qkv[6 * token + 2]) = (token % 2 == 0 ? 1 : -1, step * Math.Sqrt(2) * (token / 64));
        double[] y = Output(1, shape, qkv, type);
        Assert.That(OpCheck.RelativeError(y, Oracle(shape, qkv, 1, Enumerable.Range(0, 200))), Is.Below(type == DType.Float32 ? 1e-5 : 1e-12));
    }

    [Test]
    public void Keys_of_weight_zero_at_the_start_leave_the_others_their_weights([Values] DType type)
    {
        (Shape shape, double[] qkv) = Tokens(1, 150, 1, 1);
        for (int token = 0; token < 150; token++)
            (qkv[3 * token], qkv[3 * token + 1]) = (1, token < 70 ? double.NegativeInfinity : qkv[3 * token + 1]);
        double[] rest = [.. qkv.Skip(3 * 70)];
        double[] y = Output(1, shape, qkv, type), expected = Output(1, new Shape(1, 80, 3), rest, type);
        Assert.That(y.Skip(70), Is.EqualTo(expected).Within(1e-6));
    }

    [Test]
    public void A_nan_in_a_query_makes_its_row_nan_and_no_other([Values] DType type)
    {
        (Shape shape, double[] qkv) = Tokens(1, 70, 1, 2);
        qkv[6 * 66] = double.NaN;
        double[] y = Output(1, shape, qkv, type);
        Assert.That(Enumerable.Range(0, y.Length).Where(element => double.IsNaN(y[element])), Is.EqualTo(new[] { 132, 133 }));
    }

    [Test]
    public void Results_do_not_depend_on_the_number_of_threads()
    {
        (Shape shape, double[] qkv) = Tokens(1, 300, 2, 12);
        double[] two = OutputAndGradient(Devices.Cpu, shape, qkv);
        using Device device = Device.Open(DeviceKind.Cpu, threads: 3);
        Assert.That(OutputAndGradient(device, shape, qkv), Is.EqualTo(two));
    }

    [Test]
    public void Four_thousand_tokens_need_memory_for_tokens_only()
    {
        (Shape shape, double[] qkv) = Tokens(2, 4096, 2, 4);
        long before = Devices.Cpu.LiveBytes;
        Devices.Cpu.ResetPeak();
        OutputAndGradient(Devices.Cpu, shape, qkv);
        // The map of one image and head alone would be 64 MiB.
        Assert.That(Devices.Cpu.PeakBytes - before, Is.Below(8 << 20));
    }

    [Test, Category("Nightly")]
    public void Ten_thousand_tokens_equal_plain_softmax_attention_in_sampled_rows()
    {
        (Shape shape, double[] qkv) = Tokens(1, 10_007, 2, 28);
        int[] rows = [0, 1, 63, 64, 5_000, 10_005, 10_006];
        double[][] y = [.. Output(2, shape, qkv, DType.Float32).Chunk(56)];
        Assert.That(OpCheck.RelativeError([.. rows.SelectMany(row => y[row])], Oracle(shape, qkv, 2, rows)), Is.Below(OpCheck.Float32Tolerance));
    }

    [TestCase(2, "Attention: qkv must be (N, L, 3E) with E a multiple of 2 heads, but is (1, 5, 14).", 1, 5, 14)]
    [TestCase(2, "Attention: qkv must be (N, L, 3E) with E a multiple of 2 heads, but is (1, 5, 9).", 1, 5, 9)]
    [TestCase(1, "Attention: qkv must be (N, L, 3E), but is (5, 12).", 5, 12)]
    public void A_bad_shape_is_refused(int heads, string message, params int[] extents) =>
        Assert.That(() => new Attention(heads).Infer([new Shape(extents)]), Throws.TypeOf<ShapeException>().With.Message.EqualTo(message));

    private static (Shape Shape, double[] Values) Tokens(int images, int length, int heads, int depth, double deviation = 1)
    {
        var shape = new Shape(images, length, 3 * heads * depth);
        return (shape, Draw.Normal(shape.Count, 7, deviation: deviation));
    }

    private static double[] Output(int heads, Shape shape, double[] qkv, DType type)
    {
        using ArrayScope scope = Devices.Cpu.OpenScope();
        return new Attention(heads).Forward([Devices.Cpu.Upload(shape, qkv, type)], keep: false).Output.ToDoubles();
    }

    private static double[] OutputAndGradient(Device device, Shape shape, double[] qkv)
    {
        using ArrayScope scope = device.OpenScope();
        DeviceArray x = device.Upload(shape, qkv, DType.Float32);
        OpResult result = new Attention(2).Forward([x], keep: true);
        return [.. result.Output.ToDoubles(), .. new Attention(2).Backward([x], result, result.Output, [true])[0]!.ToDoubles()];
    }

    /// <summary>The equation as it stands, for rows (image, token) of y.</summary>
    private static double[] Oracle(Shape shape, double[] qkv, int heads, IEnumerable<int> rows)
    {
        int length = shape[1], width = shape[2] / 3, depth = width / heads;
        var y = new List<double>();
        foreach (int row in rows)
        {
            for (int head = 0; head < heads; head++)
            {
                int first = row / length * length;
                ReadOnlySpan<double> Part(int token, int third) => qkv.AsSpan(token * 3 * width + third * width + head * depth, depth);
                double Score(int token)
                {
                    double product = 0;
                    for (int c = 0; c < depth; c++)
                        product += Part(row, 0)[c] * Part(token, 1)[c];
                    return product / Math.Sqrt(depth);
                }
                double[] scores = [.. Enumerable.Range(first, length).Select(Score)];
                double maximum = scores.Max();
                double[] weights = [.. scores.Select(score => Math.Exp(score - maximum))];
                double sum = weights.Sum();
                for (int c = 0; c < depth; c++)
                    y.Add(weights.Select((weight, token) => weight * Part(first + token, 2)[c]).Sum() / sum);
            }
        }
        return [.. y];
    }

    /// <summary>The gradient of one image with one head, from the map of weights.</summary>
    private static double[] OracleGradient(double[] qkv, double[] dy, int depth)
    {
        double[][] tokens = [.. qkv.Chunk(3 * depth)], slopes = [.. dy.Chunk(depth)], gradient = [.. tokens.Select(_ => new double[3 * depth])];
        static double Dot(ReadOnlySpan<double> a, ReadOnlySpan<double> b)
        {
            double product = 0;
            for (int c = 0; c < a.Length; c++)
                product += a[c] * b[c];
            return product;
        }
        for (int i = 0; i < tokens.Length; i++)
        {
            double[] weights = [.. tokens.Select(token => Math.Exp(Dot(tokens[i].AsSpan(0, depth), token.AsSpan(depth, depth)) / Math.Sqrt(depth)))];
            double sum = weights.Sum();
            double[] products = [.. tokens.Select(token => Dot(slopes[i], token.AsSpan(2 * depth)))];
            double mean = weights.Zip(products, (weight, product) => weight / sum * product).Sum();
            for (int j = 0; j < tokens.Length; j++)
            {
                double weight = weights[j] / sum, slope = weight * (products[j] - mean) / Math.Sqrt(depth);
                for (int c = 0; c < depth; c++)
                {
                    gradient[i][c] += slope * tokens[j][depth + c];
                    gradient[j][depth + c] += slope * tokens[i][c];
                    gradient[j][2 * depth + c] += weight * slopes[i][c];
                }
            }
        }
        return [.. gradient.SelectMany(row => row)];
    }
}
