using System.Numerics;
using GpuPool.Kernels.Geometry;
using GpuPool.Kernels.Host;
using GpuPool.Kernels.Numerics;
using ILGPU;

namespace GpuPool.Kernels.Ops;

/// <summary>One thread: the sums of one window, for one channel.</summary>
internal partial struct DetailPoolBackwardWindow<T, R> : IChannelKernel<T> where T : unmanaged, INumber<T> where R : struct, IReal<T>
{
    public DetailPoolOperands<T> Operands;
    public ArrayView<T> Y, OutputGradient;

    /// <summary>ln n, G and A.</summary>
    public ArrayView<T> LogMean, Share, Pull;

    /// <summary>dr, and what the window adds to dalpha and dlambda.</summary>
    public ArrayView<T> ReferenceGradient, AlphaTerms, LambdaTerms;

    public readonly int Count => Y.IntLength;

    public readonly void Run(int index)
    {
        MapPlace place = Operands.Windows.Output.Place(index);
        Interval rows = Operands.Windows.Vertical.Cells(place.Row), columns = Operands.Windows.Horizontal.Cells(place.Column);
        T y = Y[index], reference = Operands.Reference[index], logMean = DetailMean<T, R>.Log(Operands, place, reference);
        T power = DetailWeight<T, R>.Power(Operands.Lambda[place.Channel]), start = DetailWeight<T, R>.Base(Operands.Alpha[place.Channel], out T slope);
        T weights = R.Of(0), details = R.Of(0), errors = R.Of(0), weighted = R.Of(0), logarithmic = R.Of(0), drawn = R.Of(0);
        for (int row = rows.First; row < rows.End; row++)
        {
            for (int column = columns.First; column < columns.End; column++)
            {
                T x = Operands.X[Operands.Cell(place, row, column)], detail = DetailWeight<T, R>.Detail(x, reference, Operands.Floor);
                T square = DetailWeight<T, R>.Square(detail), contrast = DetailWeight<T, R>.Contrast(square, logMean, power, out T logRatio);
                T error = x - y, product = error * contrast;
                weights += contrast + start;
                details += detail;
                errors += error;
                weighted += product;
                logarithmic += product * logRatio;
                drawn += product * detail / square;
            }
        }
        T share = OutputGradient[index] / weights, cells = R.Of((rows.End - rows.First) * (columns.End - columns.First));
        T pull = share * power * weighted / (cells * Elementary<T, R>.Exp(logMean));
        LogMean[index] = logMean;
        Share[index] = share;
        Pull[index] = pull;
        ReferenceGradient[index] = R.Of(2) * (pull * details - share * power * drawn);
        AlphaTerms[index] = share * slope * errors;
        LambdaTerms[index] = share * power * logarithmic;
    }
}

/// <summary>One thread: one element of dx.</summary>
internal partial struct DetailPoolBackwardCell<T, R> : IChannelKernel<T> where T : unmanaged, INumber<T> where R : struct, IReal<T>
{
    /// <summary>The kernel that has run over the windows.</summary>
    public DetailPoolBackwardWindow<T, R> Windows;

    public ArrayView<T> InputGradient;

    public readonly int Count => InputGradient.IntLength;

    public readonly void Run(int index)
    {
        MapPlace place = Windows.Operands.Windows.Input.Place(index);
        Interval rows = Windows.Operands.Windows.Vertical.Holding(place.Row), columns = Windows.Operands.Windows.Horizontal.Holding(place.Column);
        T x = Windows.Operands.X[index], sum = R.Of(0);
        T power = DetailWeight<T, R>.Power(Windows.Operands.Lambda[place.Channel]), start = DetailWeight<T, R>.Base(Windows.Operands.Alpha[place.Channel], out _);
        for (int row = rows.First; row < rows.End; row++)
        {
            for (int column = columns.First; column < columns.End; column++)
            {
                int window = Windows.Operands.Windows.Output.Offset(place.Image, row, column, place.Channel);
                T detail = DetailWeight<T, R>.Detail(x, Windows.Operands.Reference[window], Windows.Operands.Floor), square = DetailWeight<T, R>.Square(detail);
                T contrast = DetailWeight<T, R>.Contrast(square, Windows.LogMean[window], power, out _);
                T slope = Windows.Share[window] * power * (x - Windows.Y[window]) * contrast / square - Windows.Pull[window];
                sum += Windows.Share[window] * (contrast + start) + R.Of(2) * detail * slope;
            }
        }
        InputGradient[index] = sum;
    }
}
