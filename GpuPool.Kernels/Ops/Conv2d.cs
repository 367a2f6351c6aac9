using System.Numerics;
using GpuPool.Kernels.Geometry;
using GpuPool.Kernels.Host;
using ILGPU;

namespace GpuPool.Kernels.Ops;

/// <summary>Convolution with a dense kernel.</summary>
/// <remarks>
/// Equation: y[n,i,j,o] = b[o] + sum_{k,l,c} x[n, i s + d k - p, j s + d l - p, c] w[k,l,c,o], with stride s, dilation d and padding p of each axis;
/// pixels outside x are zero.
/// Gradient: dx[n,h,w,c] = sum over the (k,l) with h = i s + d k - p, w = j s + d l - p of dy[n,i,j,o] w[k,l,c,o];
/// dw[k,l,c,o] = sum_{n,i,j} x[n, i s + d k - p, j s + d l - p, c] dy[n,i,j,o]; db[o] = sum_{n,i,j} dy[n,i,j,o]. Nothing is saved.
/// Shapes: x (N, H, W, C); w (kh, kw, C, O), of the window's height and width; b (O) or absent; y (N, Ho, Wo, O).
/// Errors: ShapeException where that does not hold, or for a window with Ceil.
/// </remarks>
/// <param name="Window">Size, stride, zero padding and dilation of the kernel.</param>
public sealed record Conv2d(Window Window) : Op
{
    /// <summary>
    /// Whether the processor may compute a 3x3 window of stride 1, and its gradients, by Winograd's minimal filtering: a quarter of the products, and rounding errors some ten times as large.
    /// False by default.
    /// </summary>
    public bool Winograd { get; init; }

    /// <inheritdoc/>
    public override Shape Infer(ReadOnlySpan<Shape> inputs)
    {
        Require.Inputs(Name, inputs, 2, 3);
        Require.Rank(Name, "w", inputs[1], "kh, kw, C, O");
        Window.Refuse(Name, dilation: false, ceil: true);
        Shape y = Window.Output(Name, inputs[0], inputs[1][3]);
        Require.Same(Name, "w", inputs[1], new Shape(Window.Size.Height, Window.Size.Width, inputs[0][3], inputs[1][3]), "(kh, kw, C, O)");
        if (inputs.Length == 3)
            Require.Same(Name, "b", inputs[2], new Shape(y.Channels), "(O)");
        return y;
    }

    /// <inheritdoc/>
    public override long MultiplyAdds(IReadOnlyList<Shape> inputs) => (long)Infer([.. inputs]).Count * Window.Size.Area * inputs[0].Channels;

    /// <inheritdoc/>
    public override CostPart Part => CostPart.Convolution;

    /// <inheritdoc/>
    public override ChannelRole Channels(int operand, IReadOnlyList<Shape> inputs) => operand switch { 0 => ChannelRole.Mixed, 1 => ChannelRole.Mixes, _ => ChannelRole.Weighs };

    internal override void Forward<T, R>(ForwardCall call) => Convolution.Forward<T>(call, Geometry(call.Input(0), call.Input(1)), Winograd);

    internal override void Backward<T, R>(BackwardCall call) => Convolution.Backward<T>(call, Geometry(call.Input(0), call.Input(1)), Winograd);

    private ConvolutionGeometry Geometry(DeviceArray x, DeviceArray w) => new(Window, x.Shape, w.Shape.Channels);
}

/// <summary>Launches the kernels of a convolution; a linear layer is one of single pixels.</summary>
internal static class Convolution
{
    public static void Forward<T>(ForwardCall call, ConvolutionGeometry geometry, bool winograd = false) where T : unmanaged, INumber<T>
    {
        (ArrayView<T> x, Normalisation<T> normalisation) = Input<T>(call.Input(0), geometry);
        Forward(
            call.Device, x, call.Input(1).View<T>(), call.InputCount > 2 ? call.Input(2).View<T>() : default, call.Output.View<T>(), geometry, winograd, normalisation);
    }

    public static void Backward<T>(BackwardCall call, ConvolutionGeometry geometry, bool winograd = false) where T : unmanaged, INumber<T>
    {
        if (call.Wants(2))
            ColumnSum.Launch<T>(call.Device, call.OutputGradient, call.Gradient(2));
        if (call.Wants(0) && call.Wants(1) && call.Device.RunsHostBodies && ProductBackward<T>.Suits(geometry))
        {
            (ArrayView<T> dy, Normalisation<T> gradient) = call.OutputGradient.Operand<T>();
            (ArrayView<T> x, Normalisation<T> normalisation) = call.Input(0).Operand<T>();
            call.Device.Launch(new ProductBackward<T>
            {
                Input = new() { OutputGradient = dy, Weight = call.Input(1).View<T>(), Gradient = call.Gradient(0).View<T>(), G = geometry },
                Weight = new() { X = x, Normalisation = normalisation, OutputGradient = dy, Gradient = call.Gradient(1).View<T>(), G = geometry },
                Normalisation = gradient,
                Sums = call.GradientSums<T>(ProductBackward<T>.TilePixels(geometry)),
            });
            return;
        }
        if (call.Wants(0))
            BackwardInput(call.Device, call.OutputGradient.View<T>(), call.Input(1).View<T>(), call.Gradient(0).View<T>(), geometry, winograd);
        if (call.Wants(1))
        {
            (ArrayView<T> x, Normalisation<T> normalisation) = Input<T>(call.Input(0), geometry);
            BackwardWeight(call.Device, x, call.OutputGradient.View<T>(), call.Gradient(1).View<T>(), geometry, winograd, normalisation);
        }
    }

    /// <summary>y of x and w, and of b unless that is empty.</summary>
    public static void Forward<T>(
        Device device, ArrayView<T> x, ArrayView<T> w, ArrayView<T> b, ArrayView<T> y, ConvolutionGeometry geometry, bool winograd = false, Normalisation<T> normalisation = default)
        where T : unmanaged, INumber<T>
    {
        var direct = new ConvolutionForward<T> { X = x, Normalisation = normalisation, Weight = w, Bias = b, Y = y, G = geometry };
        if (winograd && WinogradPlan.Suits(geometry))
            device.Launch(new WinogradForward<T> { Direct = direct });
        else
            device.Launch(direct);
    }

    /// <summary>dx of dy and w.</summary>
    public static void BackwardInput<T>(Device device, ArrayView<T> dy, ArrayView<T> w, ArrayView<T> dx, ConvolutionGeometry geometry, bool winograd = false)
        where T : unmanaged, INumber<T>
    {
        var direct = new ConvolutionBackwardInput<T> { OutputGradient = dy, Weight = w, Gradient = dx, G = geometry };
        if (winograd && WinogradPlan.Suits(geometry))
            device.Launch(new WinogradBackwardInput<T> { Direct = direct });
        else
            device.Launch(direct);
    }

    /// <summary>dw of x and dy.</summary>
    public static void BackwardWeight<T>(
        Device device, ArrayView<T> x, ArrayView<T> dy, ArrayView<T> dw, ConvolutionGeometry geometry, bool winograd = false, Normalisation<T> normalisation = default)
        where T : unmanaged, INumber<T>
    {
        var direct = new ConvolutionBackwardWeight<T> { X = x, Normalisation = normalisation, OutputGradient = dy, Gradient = dw, G = geometry };
        if (winograd && WinogradPlan.Suits(geometry))
            device.Launch(new WinogradBackwardWeight<T> { Direct = direct });
        else
            device.Launch(direct);
    }

    // A window of several pixels would normalise each of them several times.
    private static (ArrayView<T> X, Normalisation<T> Normalisation) Input<T>(DeviceArray x, in ConvolutionGeometry geometry) where T : unmanaged, INumber<T> =>
        geometry.IsProduct ? x.Operand<T>() : (x.View<T>(), default);
}

/// <summary>One thread: one element of y.</summary>
internal partial struct ConvolutionForward<T> : IHostKernel where T : unmanaged, INumber<T>
{
    public ArrayView<T> X, Weight, Bias, Y;

    /// <summary>What becomes of x as it is read.</summary>
    public Normalisation<T> Normalisation;

    public ConvolutionGeometry G;

    public readonly int Count => Y.IntLength;

    public readonly void Run(int index) => Y[index] = Sum(index);

    /// <summary>The element of y.</summary>
    public readonly T Sum(int index)
    {
        int o = index % G.O, pixel = index / G.O, j = pixel % G.Wo, i = pixel / G.Wo % G.Ho, n = pixel / (G.Wo * G.Ho);
        T sum = Bias.IntLength > 0 ? Bias[o] : T.Zero;
        for (int tap = 0; tap < G.Taps; tap++)
        {
            int h = i * G.Stride.Height + G.Row(tap), w = j * G.Stride.Width + G.Column(tap);
            if (h < 0 || h >= G.H || w < 0 || w >= G.W)
                continue;
            int x = ((n * G.H + h) * G.W + w) * G.C, weight = tap * G.C * G.O + o;
            for (int c = 0; c < G.C; c++)
                sum += X[x + c] * Weight[weight + c * G.O];
        }
        return sum;
    }
}

/// <summary>One thread: one element of dx.</summary>
internal partial struct ConvolutionBackwardInput<T> : IStagedHostKernel<T> where T : unmanaged, INumber<T>
{
    public ArrayView<T> OutputGradient, Weight, Gradient;

    public ConvolutionGeometry G;

    public readonly int Count => Gradient.IntLength;

    public readonly void Run(int index)
    {
        int c = index % G.C, pixel = index / G.C, w = pixel % G.W, h = pixel / G.W % G.H, n = pixel / (G.W * G.H);
        T sum = T.Zero;
        for (int tap = 0; tap < G.Taps; tap++)
        {
            int top = h - G.Row(tap), i = top / G.Stride.Height, left = w - G.Column(tap), j = left / G.Stride.Width;
            if (top < 0 || top % G.Stride.Height != 0 || i >= G.Ho || left < 0 || left % G.Stride.Width != 0 || j >= G.Wo)
                continue;
            int dy = ((n * G.Ho + i) * G.Wo + j) * G.O, weight = (tap * G.C + c) * G.O;
            for (int o = 0; o < G.O; o++)
                sum += OutputGradient[dy + o] * Weight[weight + o];
        }
        Gradient[index] = sum;
    }
}

/// <summary>One thread: one element of dw.</summary>
internal partial struct ConvolutionBackwardWeight<T> : IStagedHostKernel<T> where T : unmanaged, INumber<T>
{
    public ArrayView<T> X, OutputGradient, Gradient;

    /// <summary>What becomes of x as it is read.</summary>
    public Normalisation<T> Normalisation;

    public ConvolutionGeometry G;

    public readonly int Count => Gradient.IntLength;

    public readonly void Run(int index)
    {
        int o = index % G.O, c = index / G.O % G.C, tap = index / (G.O * G.C);
        T sum = T.Zero;
        for (int n = 0; n < G.N; n++)
        {
            for (int i = 0; i < G.Ho; i++)
            {
                int h = i * G.Stride.Height + G.Row(tap);
                if (h < 0 || h >= G.H)
                    continue;
                for (int j = 0; j < G.Wo; j++)
                {
                    int w = j * G.Stride.Width + G.Column(tap);
                    if (w >= 0 && w < G.W)
                        sum += X[((n * G.H + h) * G.W + w) * G.C + c] * OutputGradient[((n * G.Ho + i) * G.Wo + j) * G.O + o];
                }
            }
        }
        Gradient[index] = sum;
    }
}
