using System.Numerics;
using GpuPool.Kernels.Numerics;
using GpuPool.Kernels.Ops;

namespace GpuPool.Kernels;

/// <summary>
/// The output of a batch norm that is not in memory: f((x - mean) scale + shift) of each channel. Host bodies that read a map in blocks compute it as they read x; for all
/// others the array is written when its elements are asked for. A map that nobody else reads so costs no memory, and neither a write nor a read of it.
/// </summary>
/// <remarks>It holds x and a copy of the coefficients, so that it means the same after x's scope has gone on or gamma has been trained.</remarks>
internal sealed class NormalisedMap : IDisposable
{
    // Rows of the coefficients: mean, scale, shift, and ones.
    private const int Rows = 4;

    private readonly DeviceArray _x, _coefficients;
    private readonly double _lower, _upper;

    private NormalisedMap(DeviceArray x, DeviceArray coefficients, double lower, double upper) => (_x, _coefficients, _lower, _upper) = (x, coefficients, lower, upper);

    /// <summary>The map of x (..., C) under a batch norm; all arrays are in host memory.</summary>
    public static unsafe NormalisedMap Of<T>(DeviceArray x, DeviceArray mean, DeviceArray rstd, DeviceArray gamma, DeviceArray beta, T lower, T upper) where T : unmanaged, INumber<T>
    {
        int channels = x.Shape.Channels, pitch = Normalisation<T>.Pitch(channels);
        DeviceArray coefficients = x.Device.Allocate(new Shape(Rows, pitch), x.DType);
        Span<T> target = coefficients.Elements<T>(), means = mean.Elements<T>(), rstds = rstd.Elements<T>(), gammas = gamma.Elements<T>(), betas = beta.Elements<T>();
        target.Clear();
        for (int channel = 0; channel < channels; channel++)
        {
            target[channel] = means[channel];
            target[pitch + channel] = gammas[channel] * rstds[channel];
            target[2 * pitch + channel] = betas[channel];
            target[3 * pitch + channel] = T.One;
        }
        return new NormalisedMap(x.Share(x.Shape), coefficients, double.CreateChecked(lower), double.CreateChecked(upper));
    }

    /// <summary>x, from which a host body computes the elements.</summary>
    public DeviceArray Source => _x;

    /// <summary>How it does.</summary>
    public Normalisation<T> Coefficients<T>() where T : unmanaged, INumber<T> =>
        new() { Coefficients = _coefficients.View<T>(), Lower = T.CreateChecked(_lower), Upper = T.CreateChecked(_upper) };

    /// <summary>Writes the elements.</summary>
    public void Write(DeviceArray y)
    {
        if (y.DType == DType.Float32)
            Write<float, Real32>(y);
        else
            Write<double, Real64>(y);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _x.Dispose();
        _coefficients.Dispose();
    }

    // The scale is the product of gamma and rstd already.
    private void Write<T, R>(DeviceArray y) where T : unmanaged, INumber<T> where R : struct, IReal<T>
    {
        int channels = y.Shape.Channels, pitch = Normalisation<T>.Pitch(channels);
        var rows = _coefficients.View<T>();
        y.Device.Launch(new BatchNormForward<T, R>
        {
            X = _x.View<T>(),
            Mean = rows.SubView(0, channels),
            Gamma = rows.SubView(pitch, channels),
            Beta = rows.SubView(2 * pitch, channels),
            Rstd = rows.SubView(3 * pitch, channels),
            Y = y.View<T>(),
            Channels = channels,
            Lower = T.CreateChecked(_lower),
            Upper = T.CreateChecked(_upper),
        });
    }
}
