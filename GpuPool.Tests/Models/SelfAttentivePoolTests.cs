using GpuPool.Autograd;
using GpuPool.Kernels;
using GpuPool.Kernels.Ops;
using GpuPool.Models;
using GpuPool.Models.Pooling;

namespace GpuPool.Tests.Models;

public sealed class SelfAttentivePoolTests
{
    private static readonly Shape _map = new(2, 6, 8, 4);

    [Test]
    public void Constant_scores_pool_to_the_average([Values(1, 2)] int patch)
    {
        double[] x = Draw.Normal(_map.Count, 1);
        using ArrayScope scope = Devices.Cpu.OpenScope();
        Module pool = Create(new SelfAttentiveOptions(patch));
        foreach ((string name, Parameter parameter) in pool.Parameters.Where(entry => entry.Name.Contains("restore.0", StringComparison.Ordinal)))
            parameter.Value.CopyFrom(new double[parameter.Shape.Count]);
        Assert.That(OpCheck.RelativeError(Run(pool, x), Run(new AveragePool(new Window(2, 2)), x)), Is.Below(1e-14));
    }

    [Test]
    public void A_constant_map_passes_unchanged_with_the_normaliser_and_grows_without([Values] Interpolation upsampling)
    {
        double[] ones = [.. Enumerable.Repeat(1.0, _map.Count)];
        using ArrayScope scope = Devices.Cpu.OpenScope();
        Assert.That(Run(Create(new SelfAttentiveOptions(2, Upsampling: upsampling)), ones), Is.All.EqualTo(1).Within(1e-14));
        Assert.That(Run(Create(new SelfAttentiveOptions(2, Normalise: false, Upsampling: upsampling)), ones), Is.All.InRange(1, Math.E));
    }

    [Test]
    public void The_output_lies_between_the_extremes_of_its_window()
    {
        double[] x = Draw.Normal(_map.Count, 2), negative = [.. x.Select(value => -value)];
        using ArrayScope scope = Devices.Cpu.OpenScope();
        double[] y = Run(Create(new SelfAttentiveOptions()), x), high = Run(new MaxPool(new Window(2, 2)), x), low = Run(new MaxPool(new Window(2, 2)), negative);
        for (int index = 0; index < y.Length; index++)
            Assert.That(y[index], Is.InRange(-low[index], high[index]));
    }

    [Test]
    public void Without_positions_moving_the_windows_moves_the_output()
    {
        double[] x = Draw.Normal(_map.Count, 3), mirrored = Mirror(x, _map);
        using ArrayScope scope = Devices.Cpu.OpenScope();
        Module pool = Create(new SelfAttentiveOptions(Position: false)), aware = Create(new SelfAttentiveOptions());
        var pooled = new Shape(2, 3, 4, 4);
        Assert.That(OpCheck.RelativeError(Run(pool, mirrored), Mirror(Run(pool, x), pooled)), Is.Below(1e-12));
        Assert.That(OpCheck.RelativeError(Run(aware, mirrored), Mirror(Run(aware, x), pooled)), Is.GreaterThan(1e-6));
    }

    [Test]
    public void Gradients_equal_differences([Values] Interpolation upsampling, [Values] bool training)
    {
        using ArrayScope scope = Devices.Cpu.OpenScope();
        Module pool = Create(new SelfAttentiveOptions(2, Upsampling: upsampling));
        pool.Training = training;
        Assert.That((new GradientCheck() { MostElements = 24 }).Run(Devices.Cpu, x => pool.Call(x[0]), (_map, Draw.Normal(_map.Count, 4))), Is.Null);
    }

    [Test]
    public void Gradients_of_equation_1_with_layer_norm_and_residual_equal_differences([Values] bool layerNorm, [Values] bool residual)
    {
        using ArrayScope scope = Devices.Cpu.OpenScope();
        using Module pool = Create(new SelfAttentiveOptions(LayerNorm: layerNorm, Residual: residual)), bare = Create(new SelfAttentiveOptions());
        double[] x = Draw.Normal(_map.Count, 6);
        Assert.That(pool.States.Count(), Is.EqualTo(bare.States.Count() + (layerNorm ? 2 : 0)));
        if (!layerNorm)
            Assert.That(OpCheck.RelativeError(Run(pool, x), Run(bare, x)), residual ? Is.GreaterThan(1e-4) : Is.Zero);
        Assert.That((new GradientCheck() { MostElements = 24 }).Run(Devices.Cpu, y => pool.Call(y[0]), (_map, x)), Is.Null);
    }

    [Test]
    public void Restoring_before_up_sampling_equals_restoring_after([Values] Interpolation upsampling)
    {
        using ArrayScope scope = Devices.Cpu.OpenScope();
        Tensor tokens = Leaf(new Shape(1, 2, 3, 4), 5), weight = Leaf(new Shape(1, 1, 4, 6), 6), bias = Leaf(new Shape(6), 7);
        var window = new Window(1);
        Assert.That(OpCheck.RelativeError(
            tokens.Conv2d(weight, bias, window).Upsample(5, 7, upsampling).Value.ToDoubles(),
            tokens.Upsample(5, 7, upsampling).Conv2d(weight, bias, window).Value.ToDoubles()), Is.Below(1e-14));
    }

    [TestCase(160, 1, 64, 128)]
    [TestCase(96, 1, 64, 128)]
    [TestCase(24, 0.25, 2, 6)]
    [TestCase(4, 0.25, 8, 8)]
    public void The_width_of_a_token_is_a_multiple_of_the_heads(int channels, double ratio, int heads, int width) =>
        Assert.That(new SelfAttentiveOptions(1, ratio, heads).Width(channels), Is.EqualTo(width));

    [Test]
    public void Options_that_make_no_tokens_are_refused()
    {
        Assert.That(() => SelfAttentiveLogit.Pool(4, new Window(2, 2), new SelfAttentiveOptions(Patch: 0)), Throws.InstanceOf<ArgumentException>());
        Assert.That(() => SelfAttentiveLogit.Pool(4, new Window(2, 2), new SelfAttentiveOptions(Heads: 0)), Throws.InstanceOf<ArgumentException>());
        Assert.That(() => SelfAttentiveLogit.Pool(5, new Window(2, 2), new SelfAttentiveOptions(Heads: 1)),
            Throws.ArgumentException.With.Message.Contains("must be even to hold a row and a column, but is 5"));
        Assert.That(() => SelfAttentiveLogit.Pool(5, new Window(2, 2), new SelfAttentiveOptions(Heads: 1, Position: false)), Throws.Nothing);
    }

    private static Module Create(SelfAttentiveOptions options)
    {
        Module pool = SelfAttentiveLogit.Pool(4, new Window(2, 2), options);
        pool.Allocate(Devices.Cpu, DType.Float64, 3);
        return pool;
    }

    private static double[] Run(Module pool, double[] x) => pool.Call(Tensor.Leaf(Devices.Cpu.Upload(_map, x))).Value.ToDoubles();

    private static Tensor Leaf(Shape shape, int seed) => Tensor.Leaf(Devices.Cpu.Upload(shape, Draw.Normal(shape.Count, seed)));

    /// <summary>Columns in the opposite order.</summary>
    private static double[] Mirror(double[] values, Shape shape) =>
        [.. values.Chunk(shape[2] * shape[3]).SelectMany(row => row.Chunk(shape[3]).Reverse().SelectMany(cell => cell))];
}
