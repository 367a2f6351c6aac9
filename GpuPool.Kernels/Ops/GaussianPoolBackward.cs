using System.Numerics;
using GpuPool.Kernels.Geometry;
using GpuPool.Kernels.Gpu;
using GpuPool.Kernels.Host;
using GpuPool.Kernels.Numerics;
using ILGPU;

namespace GpuPool.Kernels.Ops;

/// <summary>
/// One thread: one channel of one image, in which it computes dmu and dsigma, and for each element of y the slope dy w / (A s) that a cell's distance
/// from the mean meets; 0 where the variance has its least value. Sums of rows are summed.
/// </summary>
internal partial struct GaussianPoolBackwardWeight<T, R, W> : IChannelKernel<T>
    where T : unmanaged, INumber<T> where R : struct, IReal<T> where W : struct, IGaussianWeight
{
    public GaussianParameters<T, R, W> Parameters;
    public ArrayView<T> Deviation, OutputGradient, Slope, MuGradient, SigmaGradient;
    public MapWindows Windows;

    public readonly int Count => MuGradient.IntLength;

    public readonly void Run(int index)
    {
        int image = index / Windows.Channels, channel = index % Windows.Channels;
        T muSum = R.Of(0), sigmaSum = R.Of(0);
        for (int row = 0; row < Windows.Output.Height; row++)
        {
            T muRow = R.Of(0), sigmaRow = R.Of(0);
            for (int column = 0; column < Windows.Output.Width; column++)
            {
                Two<T> terms = Terms(Windows.Output.Offset(image, row, column, channel), index);
                muRow += terms.First;
                sigmaRow += terms.Second;
            }
            muSum += muRow;
            sigmaSum += sigmaRow;
        }
        MuGradient[index] = muSum;
        if (SigmaGradient.IntLength > 0)
            SigmaGradient[index] = sigmaSum;
    }

    /// <summary>What element y adds to dmu and dsigma of its pixel; stores its slope.</summary>
    private readonly Two<T> Terms(int y, int pixel)
    {
        T weight = Parameters.Weight(y, pixel, out T muSlope, out T sigmaSlope), dy = OutputGradient[y], deviation = Deviation[y];
        T least = R.Sqrt(R.Of(GaussianPoolForward<T, R, W>.Least));
        Slope[y] = R.IfLess(least, deviation, dy * weight / (R.Of(Windows.Area) * deviation), R.Of(0));
        return new(dy * deviation * muSlope, dy * deviation * sigmaSlope);
    }
}

/// <summary>One thread: one element of dx.</summary>
internal partial struct GaussianPoolBackward<T, R> : IChannelKernel<T> where T : unmanaged, INumber<T> where R : struct, IReal<T>
{
    public ArrayView<T> X, Mean, OutputGradient, Slope, Gradient;
    public MapWindows Windows;

    public readonly int Count => Gradient.IntLength;

    public readonly void Run(int index)
    {
        MapPlace x = Windows.Input.Place(index);
        Interval rows = Windows.Vertical.Holding(x.Row), columns = Windows.Horizontal.Holding(x.Column);
        T value = X[index], area = R.Of(Windows.Area), sum = R.Of(0);
        for (int row = rows.First; row < rows.End; row++)
        {
            for (int column = columns.First; column < columns.End; column++)
            {
                int window = Windows.Output.Offset(x.Image, row, column, x.Channel);
                sum += OutputGradient[window] / area + Slope[window] * (value - Mean[window]);
            }
        }
        Gradient[index] = sum;
    }
}
