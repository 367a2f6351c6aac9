using System.Numerics;
using GpuPool.Kernels.Host;
using GpuPool.Kernels.Numerics;
using ILGPU;

namespace GpuPool.Kernels.Ops;

/// <summary>Normalises each channel of each image by its own mean and variance, in training and evaluation alike (Ulyanov et al., 2016).</summary>
/// <remarks>
/// Equation: y = gamma xhat + beta, xhat = (x - mean) rstd, rstd = 1 / sqrt(variance + epsilon), over the M = H W values of a channel of an image
/// (biased variance, as PyTorch's InstanceNorm2d).
/// Gradient, with a = sum of dy and b = sum of dy xhat over the image: dx = gamma rstd (dy - a / M - xhat b / M); dgamma = sum of b, dbeta = sum of a
/// over the images. Saved: mean and rstd, (N, C) each.
/// Sums are of blocks of 4,096 pixels, which keeps rounding small. The mean is kept between the least and the largest value, so that a map of equal values,
/// however large, gives exactly beta; where it is off by more than 2^-14 of the deviation the sum of the differences from it corrects it and the variance.
/// Shapes: x, y (N, H, W, C); gamma, beta (C).
/// Errors: ShapeException where that does not hold or a map is empty. A map of one value becomes beta.
/// </remarks>
/// <param name="Epsilon">Added to the variance.</param>
public sealed record InstanceNorm(double Epsilon = 1e-5) : Op
{
    /// <summary>Pixels that are summed one by one before their sum joins those of other blocks.</summary>
    internal const int Block = 4096;

    /// <summary>Square of an error of the mean, in variances, from which on it is corrected.</summary>
    internal const double Tolerance = 1.0 / (1 << 28);

    /// <inheritdoc/>
    public override Shape Infer(ReadOnlySpan<Shape> inputs)
    {
        Require.Inputs(Name, inputs, 3, 3);
        Shape x = inputs[0];
        Require.Rank(Name, "x", x, "N, H, W, C");
        Require.That(x[1] > 0 && x[2] > 0, Name, "x", x, "(N, H, W, C) with H, W >= 1", ShapeFault.TooSmall);
        Require.Same(Name, "gamma", inputs[1], new Shape(x.Channels), "(C)");
        Require.Same(Name, "beta", inputs[2], new Shape(x.Channels), "(C)");
        return x;
    }

    internal override void Forward<T, R>(ForwardCall call)
    {
        Shape x = call.Input(0).Shape, statistics = new(x[0], x[3]);
        call.Device.Launch(new InstanceNormForward<T, R>
        {
            X = call.Input(0).View<T>(),
            Gamma = call.Input(1).View<T>(),
            Beta = call.Input(2).View<T>(),
            Mean = call.Keep ? call.Save(statistics).View<T>() : default,
            Rstd = call.Keep ? call.Save(statistics).View<T>() : default,
            Y = call.Output.View<T>(),
            Images = x[0],
            Pixels = x[1] * x[2],
            Epsilon = R.Of(Epsilon),
        });
    }

    internal override void Backward<T, R>(BackwardCall call)
    {
        DeviceArray mean = call.Saved(0), rstd = call.Saved(1);
        using DeviceArray sums = call.Scratch(mean.Shape), products = call.Scratch(mean.Shape);
        call.Device.Launch(new InstanceNormBackward<T, R>
        {
            X = call.Input(0).View<T>(),
            Gamma = call.Input(1).View<T>(),
            Mean = mean.View<T>(),
            Rstd = rstd.View<T>(),
            OutputGradient = call.OutputGradient.View<T>(),
            Gradient = call.GradientIfWanted<T>(0),
            Sums = sums.View<T>(),
            Products = products.View<T>(),
            Pixels = call.Input(0).Shape[1] * call.Input(0).Shape[2],
        });
        if (call.Wants(1))
            ColumnSum.Launch<T>(call.Device, products, call.Gradient(1));
        if (call.Wants(2))
            ColumnSum.Launch<T>(call.Device, sums, call.Gradient(2));
    }
}

/// <summary>One thread: one channel of one image.</summary>
internal partial struct InstanceNormForward<T, R> : IChannelKernel<T> where T : unmanaged, INumber<T> where R : struct, IReal<T>
{
    public ArrayView<T> X, Gamma, Beta, Mean, Rstd, Y;
    public int Images, Pixels;
    public T Epsilon;

    public readonly int Count => Images * Channels;

    public readonly int Channels => Gamma.IntLength;

    public readonly void Run(int index)
    {
        int image = index / Channels, channel = index % Channels, first = image * Pixels * Channels + channel, end = first + Pixels * Channels;
        T count = R.Of(Pixels), sum = R.Of(0), least = X[first], most = least;
        for (int block = 0; block < Pixels; block += InstanceNorm.Block)
        {
            T part = R.Of(0);
            for (int i = first + block * Channels, last = first + Math.Min(Pixels, block + InstanceNorm.Block) * Channels; i < last; i += Channels)
            {
                part += X[i];
                least = R.IfLess(X[i], least, X[i], least);
                most = R.IfLess(most, X[i], X[i], most);
            }
            sum += part;
        }
        T mean = sum / count, differences = R.Of(0), spread = R.Of(0);
        mean = R.IfLess(mean, least, least, R.IfLess(most, mean, most, mean));
        for (int block = 0; block < Pixels; block += InstanceNorm.Block)
        {
            T part = R.Of(0), squares = R.Of(0);
            for (int i = first + block * Channels, last = first + Math.Min(Pixels, block + InstanceNorm.Block) * Channels; i < last; i += Channels)
            {
                part += X[i] - mean;
                squares += (X[i] - mean) * (X[i] - mean);
            }
            differences += part;
            spread += squares;
        }
        T error = differences / count, excess = differences * error, tolerated = (spread + count * Epsilon) * R.Of(InstanceNorm.Tolerance);
        mean = R.IfLess(tolerated, excess, mean + error, mean);
        spread = R.IfLess(tolerated, excess, R.IfLess(spread, excess, R.Of(0), spread - excess), spread);
        T rstd = R.Of(1) / R.Sqrt(spread / count + Epsilon);
        for (int i = first; i < end; i += Channels)
            Y[i] = (X[i] - mean) * (rstd * Gamma[channel]) + Beta[channel];
        if (Mean.IntLength == 0)
            return;
        Mean[index] = mean;
        Rstd[index] = rstd;
    }
}

/// <summary>One thread: one channel of one image, with its shares of dgamma and dbeta.</summary>
internal partial struct InstanceNormBackward<T, R> : IChannelKernel<T> where T : unmanaged, INumber<T> where R : struct, IReal<T>
{
    public ArrayView<T> X, Gamma, Mean, Rstd, OutputGradient, Gradient, Sums, Products;
    public int Pixels;

    public readonly int Count => Mean.IntLength;

    public readonly int Channels => Gamma.IntLength;

    public readonly void Run(int index)
    {
        int image = index / Channels, channel = index % Channels, first = image * Pixels * Channels + channel, end = first + Pixels * Channels;
        T sum = R.Of(0), product = R.Of(0), mean = Mean[index], rstd = Rstd[index], pixels = R.Of(Pixels);
        for (int block = 0; block < Pixels; block += InstanceNorm.Block)
        {
            T part = R.Of(0), productPart = R.Of(0);
            for (int i = first + block * Channels, last = first + Math.Min(Pixels, block + InstanceNorm.Block) * Channels; i < last; i += Channels)
            {
                part += OutputGradient[i];
                productPart += OutputGradient[i] * ((X[i] - mean) * rstd);
            }
            sum += part;
            product += productPart;
        }
        Sums[index] = sum;
        Products[index] = product;
        if (Gradient.IntLength == 0)
            return;
        for (int i = first; i < end; i += Channels)
            Gradient[i] = Gamma[channel] * rstd * (OutputGradient[i] - (sum + (X[i] - mean) * rstd * product) / pixels);
    }
}
