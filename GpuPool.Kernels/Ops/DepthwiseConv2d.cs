using System.Numerics;
using GpuPool.Kernels.Geometry;
using ILGPU;

namespace GpuPool.Kernels.Ops;

/// <summary>Convolution of each channel with a kernel of its own.</summary>
/// <remarks>
/// Equation: y[n,i,j,c] = sum_{k,l} x[n, i s + k - p, j s + l - p, c] w[k,l,c]; stride s and padding p are those of each axis, and pixels outside x
/// are zero.
/// Gradient: dx[n,h,w,c] = sum over the (k,l) with h = i s + k - p, w = j s + l - p of dy[n,i,j,c] w[k,l,c];
/// dw[k,l,c] = sum_{n,i,j} x[n, i s + k - p, j s + l - p, c] dy[n,i,j,c]. Nothing is saved.
/// Shapes: x (N, H, W, C); w (kh, kw, C), of the window's height and width; y (N, Ho, Wo, C).
/// Errors: ShapeException where that does not hold, or for a window with dilation or Ceil.
/// </remarks>
/// <param name="Window">Size, stride and zero padding of the kernel.</param>
public sealed record DepthwiseConv2d(Window Window) : Op
{
    /// <inheritdoc/>
    public override Shape Infer(ReadOnlySpan<Shape> inputs)
    {
        Require.Inputs(Name, inputs, 2, 2);
        Window.Refuse(Name, dilation: true, ceil: true);
        Shape y = Window.Output(Name, inputs[0], inputs[0].Channels);
        Require.Same(Name, "w", inputs[1], new Shape(Window.Size.Height, Window.Size.Width, inputs[0].Channels), "(kh, kw, C)");
        return y;
    }

    /// <inheritdoc/>
    public override long MultiplyAdds(IReadOnlyList<Shape> inputs) => (long)Infer([.. inputs]).Count * Window.Size.Area;

    /// <inheritdoc/>
    public override CostPart Part => CostPart.Convolution;

    /// <inheritdoc/>
    public override ChannelRole Channels(int operand, IReadOnlyList<Shape> inputs) => operand == 0 ? ChannelRole.Kept : ChannelRole.Weighs;

    internal override void Forward<T, R>(ForwardCall call)
    {
        (ArrayView<T> x, Normalisation<T> normalisation) = call.Input(0).Operand<T>();
        call.Device.Launch(new DepthwiseForward<T>
        {
            X = x,
            Normalisation = normalisation,
            Weight = call.Input(1).View<T>(),
            Y = call.Output.View<T>(),
            G = Geometry(call.Input(0)),
        });
    }

    internal override void Backward<T, R>(BackwardCall call)
    {
        ConvolutionGeometry geometry = Geometry(call.Input(0));
        bool both = call.Wants(0) && call.Wants(1) && call.Device.RunsHostBodies && DepthwiseBackward<T>.Suits(geometry);
        (ArrayView<T> dy, Normalisation<T> gradient) = both ? call.OutputGradient.Operand<T>() : (call.OutputGradient.View<T>(), default);
        var input = new DepthwiseBackwardInput<T> { OutputGradient = dy, Weight = call.Input(1).View<T>(), G = geometry };
        if (call.Wants(0))
            input.Gradient = call.Gradient(0).View<T>();
        if (call.Wants(0) && !both)
            call.Device.Launch(input);
        if (!call.Wants(1))
            return;
        (ArrayView<T> x, Normalisation<T> normalisation) = call.Input(0).Operand<T>();
        var weight = new DepthwiseBackwardWeight<T> { X = x, Normalisation = normalisation, OutputGradient = dy, Gradient = call.Gradient(1).View<T>(), G = geometry };
        if (both)
            call.Device.Launch(new DepthwiseBackward<T> { Input = input, Weight = weight, Normalisation = gradient, Sums = call.GradientSums<T>(DepthwiseBackward<T>.TilePixels(geometry)) });
        else
            call.Device.Launch(weight);
    }

    private ConvolutionGeometry Geometry(DeviceArray x) => new(Window, x.Shape, x.Shape.Channels);
}

/// <summary>One thread: one element of y.</summary>
internal partial struct DepthwiseForward<T> : IHostKernel where T : unmanaged, INumber<T>
{
    public ArrayView<T> X, Weight, Y;

    /// <summary>What becomes of x as it is read.</summary>
    public Normalisation<T> Normalisation;

    public ConvolutionGeometry G;

    public readonly int Count => Y.IntLength;

    public readonly void Run(int index) => Y[index] = Sum(index);

    /// <summary>The element of y.</summary>
    public readonly T Sum(int index) => Sum(index, new StoredElements<T>(X));

    /// <summary>The element of y of a map that need not be stored.</summary>
    public readonly T Sum<M>(int index, M x) where M : struct, IElements<T>
    {
        int c = index % G.C, pixel = index / G.C, j = pixel % G.Wo, i = pixel / G.Wo % G.Ho, n = pixel / (G.Wo * G.Ho);
        T sum = T.Zero;
        for (int tap = 0; tap < G.Taps; tap++)
        {
            int h = i * G.Stride.Height + G.Row(tap), w = j * G.Stride.Width + G.Column(tap);
            if (h >= 0 && h < G.H && w >= 0 && w < G.W)
                sum += x.At(((n * G.H + h) * G.W + w) * G.C + c) * Weight[tap * G.C + c];
        }
        return sum;
    }
}

/// <summary>One thread: one element of dx.</summary>
internal partial struct DepthwiseBackwardInput<T> : IHostKernel where T : unmanaged, INumber<T>
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
            if (top >= 0 && top % G.Stride.Height == 0 && i < G.Ho && left >= 0 && left % G.Stride.Width == 0 && j < G.Wo)
                sum += OutputGradient[((n * G.Ho + i) * G.Wo + j) * G.C + c] * Weight[tap * G.C + c];
        }
        Gradient[index] = sum;
    }
}

/// <summary>One thread: one element of dw.</summary>
internal partial struct DepthwiseBackwardWeight<T> : IStagedHostKernel<T> where T : unmanaged, INumber<T>
{
    public ArrayView<T> X, OutputGradient, Gradient;

    /// <summary>What becomes of x as it is read.</summary>
    public Normalisation<T> Normalisation;

    public ConvolutionGeometry G;

    public readonly int Count => Gradient.IntLength;

    public readonly void Run(int index)
    {
        int c = index % G.C, tap = index / G.C;
        T sum = T.Zero;
        for (int pixel = 0; pixel < G.OutputPixels; pixel++)
        {
            int j = pixel % G.Wo, i = pixel / G.Wo % G.Ho, n = pixel / (G.Wo * G.Ho);
            int h = i * G.Stride.Height + G.Row(tap), w = j * G.Stride.Width + G.Column(tap);
            if (h >= 0 && h < G.H && w >= 0 && w < G.W)
                sum += X[((n * G.H + h) * G.W + w) * G.C + c] * OutputGradient[pixel * G.C + c];
        }
        Gradient[index] = sum;
    }
}
