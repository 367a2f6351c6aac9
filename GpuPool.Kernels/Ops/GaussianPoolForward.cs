using System.Numerics;
using GpuPool.Kernels.Geometry;
using GpuPool.Kernels.Host;
using GpuPool.Kernels.Numerics;
using ILGPU;

namespace GpuPool.Kernels.Ops;

/// <summary>What makes the weights of <see cref="GaussianPool2d"/>: sigma and noise may be absent.</summary>
internal partial struct GaussianParameters<T, R, W> where T : unmanaged, INumber<T> where R : struct, IReal<T> where W : struct, IGaussianWeight
{
    public ArrayView<T> Mu, Sigma, Noise;

    /// <summary>1 where noise has an element for each of y, else 0.</summary>
    public int PerElement;

    /// <summary>Weight of element <paramref name="y"/> of the output, of which <paramref name="pixel"/> is the element of mu.</summary>
    public readonly T Weight(int y, int pixel, out T muSlope, out T sigmaSlope)
    {
        T sigma = Sigma.IntLength > 0 ? Sigma[pixel] : R.Of(0);
        T noise = Noise.IntLength > 0 ? Noise[PerElement != 0 ? y : pixel] : R.Of(W.Still);
        return W.Of<T, R>(Mu[pixel], sigma, noise, out muSlope, out sigmaSlope);
    }
}

/// <summary>One thread: one element of y, with the mean and the deviation of its window.</summary>
internal partial struct GaussianPoolForward<T, R, W> : IChannelKernel<T>
    where T : unmanaged, INumber<T> where R : struct, IReal<T> where W : struct, IGaussianWeight
{
    /// <summary>The least variance.</summary>
    public const double Least = 1e-6;

    public ArrayView<T> X, Y, Mean, Deviation;
    public GaussianParameters<T, R, W> Parameters;
    public MapWindows Windows;

    public readonly int Count => Y.IntLength;

    public readonly void Run(int index)
    {
        MapPlace y = Windows.Output.Place(index);
        Interval rows = Windows.Vertical.Cells(y.Row), columns = Windows.Horizontal.Cells(y.Column);
        T area = R.Of(Windows.Area), sum = R.Of(0), spread = R.Of(0);
        for (int row = rows.First; row < rows.End; row++)
        {
            for (int column = columns.First; column < columns.End; column++)
                sum += X[Windows.Input.Offset(y.Image, row, column, y.Channel)];
        }
        T mean = sum / area;
        for (int row = rows.First; row < rows.End; row++)
        {
            for (int column = columns.First; column < columns.End; column++)
            {
                T difference = X[Windows.Input.Offset(y.Image, row, column, y.Channel)] - mean;
                spread += difference * difference;
            }
        }
        T outside = R.Of(Windows.Area - (rows.End - rows.First) * (columns.End - columns.First));
        Finish(index, y.Image * Windows.Channels + y.Channel, mean, (spread + outside * mean * mean) / area);
    }

    private readonly void Finish(int index, int pixel, T mean, T variance)
    {
        T least = R.Of(Least), deviation = R.Sqrt(R.IfLess(variance, least, least, variance));
        Mean[index] = mean;
        Deviation[index] = deviation;
        Y[index] = mean + Parameters.Weight(index, pixel, out _, out _) * deviation;
    }
}
