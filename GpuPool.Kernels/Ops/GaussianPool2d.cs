using System.Numerics;
using GpuPool.Kernels.Geometry;
using GpuPool.Kernels.Numerics;

namespace GpuPool.Kernels.Ops;

/// <summary>
/// Mean of each window plus some of its deviations, as many as global features of the image say, with noise in training: Gaussian-based pooling
/// (Kobayashi, "Gaussian-based pooling for convolutional neural networks", NeurIPS 2019).
/// </summary>
/// <remarks>
/// Equation: y = m + w s with the window's mean m and deviation s = sqrt(max(v, 1e-6)), v its biased variance, and w of <paramref name="Weight"/>. In
/// evaluation e = 0, or sqrt(2 / pi), the mean of |e|, for the half-Gaussian. Padding counts as zeros in m and v, as PyTorch's count_include_pad has it.
/// v is summed as (x - m)^2; the source's mean of squares less the squared mean is the same without rounding.
/// Gradient, with A the area of the window: dx = sum over the windows that hold the cell of dy (1 / A + w (x - m) / (A s)), without the second term where v is at or
/// below 1e-6; dmu = sum over the map of dy s dw/dmu; dsigma likewise.
/// Saved: m, s and e, of y's size. Element i of e is normal draw i of (seed, stream, step), see <see cref="Philox"/>.
/// Shapes: x (N, H, W, C); mu and, for softplus with noise, sigma (N, 1, 1, C); y (N, Ho, Wo, C). Without noise sigma may be given, and changes nothing.
/// Errors: ShapeException for other shapes or numbers of inputs, an empty or too small map, or a window that may lie in the padding alone.
/// </remarks>
/// <param name="Window">Size = stride, no padding in the paper's comparison; 3, 2, 1 behind the source's stem.</param>
/// <param name="Weight">w</param>
/// <param name="Noise">What e is drawn for.</param>
/// <param name="Seed">Seed of the run.</param>
/// <param name="Stream">Number of this layer: layers of one stream get the same noise.</param>
/// <param name="Step">Number of the training step.</param>
public sealed record GaussianPool2d(
    Window Window, GaussianWeight Weight = GaussianWeight.Softplus, PoolingNoise Noise = PoolingNoise.None, ulong Seed = 0, uint Stream = 0, uint Step = 0) : Op
{
    /// <inheritdoc/>
    public override Shape Infer(ReadOnlySpan<Shape> inputs)
    {
        bool hasSigma = Weight == GaussianWeight.Softplus;
        Require.Inputs(Name, inputs, hasSigma && Noise != PoolingNoise.None ? 3 : 2, hasSigma ? 3 : 2);
        Shape y = Window.Pooled(Name, inputs[0]), pixel = new(y[0], 1, 1, y[3]);
        Require.Same(Name, "mu", inputs[1], pixel, "(N, 1, 1, C)");
        if (inputs.Length == 3)
            Require.Same(Name, "sigma", inputs[2], pixel, "(N, 1, 1, C)");
        return y;
    }

    /// <inheritdoc/>
    public override ChannelRole Channels(int operand, IReadOnlyList<Shape> inputs) => operand == 0 ? ChannelRole.Kept : ChannelRole.Weighs;

    internal override void Forward<T, R>(ForwardCall call)
    {
        DeviceArray mean = call.Save(call.Output.Shape), deviation = call.Save(call.Output.Shape);
        DeviceArray? noise = Noise == PoolingNoise.None ? null : call.Save(Noise == PoolingNoise.Element ? call.Output.Shape : call.Input(1).Shape);
        if (noise is not null)
            call.Device.Launch(new NormalDraws<T, R> { Y = noise.View<T>(), Seed = Seed, Stream = Stream, Step = Step });
        if (Weight == GaussianWeight.Softplus)
            Forward<T, R, SoftplusWeight>(call, mean, deviation, noise);
        else
            Forward<T, R, HalfGaussianWeight>(call, mean, deviation, noise);
        if (!call.Keep)
            call.DisposeSaved();
    }

    internal override void Backward<T, R>(BackwardCall call)
    {
        using DeviceArray slope = call.Scratch(call.Output.Shape);
        if (Weight == GaussianWeight.Softplus)
            Backward<T, R, SoftplusWeight>(call, slope);
        else
            Backward<T, R, HalfGaussianWeight>(call, slope);
        if (!call.Wants(0))
            return;
        call.Device.Launch(new GaussianPoolBackward<T, R>
        {
            X = call.Input(0).View<T>(),
            Mean = call.Saved(0).View<T>(),
            OutputGradient = call.OutputGradient.View<T>(),
            Slope = slope.View<T>(),
            Gradient = call.Gradient(0).View<T>(),
            Windows = MapWindows.Of(Window, call.Input(0).Shape),
        });
    }

    private void Forward<T, R, W>(ForwardCall call, DeviceArray mean, DeviceArray deviation, DeviceArray? noise)
        where T : unmanaged, INumber<T> where R : struct, IReal<T> where W : struct, IGaussianWeight =>
        call.Device.Launch(new GaussianPoolForward<T, R, W>
        {
            X = call.Input(0).View<T>(),
            Parameters = Parameters<T, R, W>(call.InputCount, call.Input, noise),
            Y = call.Output.View<T>(),
            Mean = mean.View<T>(),
            Deviation = deviation.View<T>(),
            Windows = MapWindows.Of(Window, call.Input(0).Shape),
        });

    private void Backward<T, R, W>(BackwardCall call, DeviceArray slope)
        where T : unmanaged, INumber<T> where R : struct, IReal<T> where W : struct, IGaussianWeight =>
        call.Device.Launch(new GaussianPoolBackwardWeight<T, R, W>
        {
            Parameters = Parameters<T, R, W>(call.InputCount, call.Input, Noise == PoolingNoise.None ? null : call.Saved(2)),
            Deviation = call.Saved(1).View<T>(),
            OutputGradient = call.OutputGradient.View<T>(),
            Slope = slope.View<T>(),
            MuGradient = call.GradientOrScratch(1).View<T>(),
            SigmaGradient = call.GradientIfWanted<T>(2),
            Windows = MapWindows.Of(Window, call.Input(0).Shape),
        });

    private GaussianParameters<T, R, W> Parameters<T, R, W>(int inputs, Func<int, DeviceArray> input, DeviceArray? noise)
        where T : unmanaged, INumber<T> where R : struct, IReal<T> where W : struct, IGaussianWeight => new()
        {
            Mu = input(1).View<T>(),
            Sigma = inputs > 2 ? input(2).View<T>() : default,
            Noise = noise is null ? default : noise.View<T>(),
            PerElement = Noise == PoolingNoise.Element ? 1 : 0,
        };
}
