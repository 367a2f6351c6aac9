using GpuPool.Kernels.Geometry;
using GpuPool.Kernels.Host;
using GpuPool.Kernels.Numerics;

namespace GpuPool.Kernels.Ops;

// Assumes what Views.Pointer promises: host memory. A tile is a row of windows; a vector of channels goes along it with its power and base at hand.
internal partial struct DetailPoolForward<T, R>
{
    public readonly int Tiles => Count / Operands.Windows.Output.RowLength;

    public readonly int Channels => Operands.Windows.Channels;

    public readonly void RunTile(int tile) => ChannelLanes<T, R>.RunTile(this, tile);

    public readonly unsafe void RunTile<V, L>(int tile) where V : struct where L : struct, ILanes<T, V>
    {
        MapWindows windows = Operands.Windows;
        int image = tile / windows.Output.Height, top = tile % windows.Output.Height, channels = Channels;
        Interval rows = windows.Vertical.Cells(top);
        V floor = L.Broadcast(Operands.Floor);
        for (int next = 0; next < channels; next += L.Count)
        {
            int channel = Math.Min(next, channels - L.Count);
            V power = DetailWeight<V, L>.Power(L.Load(Operands.Lambda.Pointer() + channel)), start = DetailWeight<V, L>.Base(L.Load(Operands.Alpha.Pointer() + channel), out _);
            for (int window = 0; window < windows.Output.Width; window++)
            {
                Interval columns = windows.Horizontal.Cells(window);
                int y = windows.Output.Offset(image, top, window, channel);
                T* corner = Operands.X.Pointer() + windows.Input.Offset(image, rows.First, columns.First, channel);
                V reference = L.Load(Operands.Reference.Pointer() + y), sum = L.Zero, weights = L.Zero;
                V logMean = DetailWindow<T, V, L>.LogMean(windows, corner, rows, columns, reference, floor);
                for (int row = rows.First; row < rows.End; row++)
                {
                    T* cell = corner + (row - rows.First) * windows.Input.RowLength;
                    for (int column = columns.First; column < columns.End; column++, cell += channels)
                    {
                        V x = L.Load(cell), square = DetailWeight<V, L>.Square(DetailWeight<V, L>.Detail(x, reference, floor));
                        V weight = L.Add(DetailWeight<V, L>.Contrast(square, logMean, power, out _), start);
                        weights = L.Add(weights, weight);
                        sum = L.MultiplyAdd(weight, x, sum);
                    }
                }
                L.Store(Y.Pointer() + y, L.Divide(sum, weights));
            }
        }
    }
}

/// <summary>ln n of a window, for a vector of channels.</summary>
internal static unsafe class DetailWindow<T, V, L> where T : unmanaged where V : struct where L : struct, ILanes<T, V>
{
    public static V LogMean(in MapWindows windows, T* corner, Interval rows, Interval columns, V reference, V floor)
    {
        V squares = L.Zero;
        for (int row = rows.First; row < rows.End; row++)
        {
            T* cell = corner + (row - rows.First) * windows.Input.RowLength;
            for (int column = columns.First; column < columns.End; column++, cell += windows.Channels)
                squares = L.Add(squares, DetailWeight<V, L>.Square(DetailWeight<V, L>.Detail(L.Load(cell), reference, floor)));
        }
        return Elementary<V, L>.Log(L.Divide(squares, L.Of((rows.End - rows.First) * (columns.End - columns.First))));
    }
}

internal partial struct DetailPoolBackwardWindow<T, R>
{
    public readonly int Tiles => Count / Operands.Windows.Output.RowLength;

    public readonly int Channels => Operands.Windows.Channels;

    public readonly void RunTile(int tile) => ChannelLanes<T, R>.RunTile(this, tile);

    public readonly unsafe void RunTile<V, L>(int tile) where V : struct where L : struct, ILanes<T, V>
    {
        MapWindows windows = Operands.Windows;
        int image = tile / windows.Output.Height, top = tile % windows.Output.Height, channels = Channels;
        Interval rows = windows.Vertical.Cells(top);
        V floor = L.Broadcast(Operands.Floor);
        for (int next = 0; next < channels; next += L.Count)
        {
            int channel = Math.Min(next, channels - L.Count);
            V power = DetailWeight<V, L>.Power(L.Load(Operands.Lambda.Pointer() + channel));
            V start = DetailWeight<V, L>.Base(L.Load(Operands.Alpha.Pointer() + channel), out V slope);
            for (int window = 0; window < windows.Output.Width; window++)
            {
                Interval columns = windows.Horizontal.Cells(window);
                int index = windows.Output.Offset(image, top, window, channel);
                T* corner = Operands.X.Pointer() + windows.Input.Offset(image, rows.First, columns.First, channel);
                V y = L.Load(Y.Pointer() + index), reference = L.Load(Operands.Reference.Pointer() + index);
                V logMean = DetailWindow<T, V, L>.LogMean(windows, corner, rows, columns, reference, floor);
                V weights = L.Zero, details = L.Zero, errors = L.Zero, weighted = L.Zero, logarithmic = L.Zero, drawn = L.Zero;
                for (int row = rows.First; row < rows.End; row++)
                {
                    T* cell = corner + (row - rows.First) * windows.Input.RowLength;
                    for (int column = columns.First; column < columns.End; column++, cell += channels)
                    {
                        V x = L.Load(cell), detail = DetailWeight<V, L>.Detail(x, reference, floor);
                        V square = DetailWeight<V, L>.Square(detail), contrast = DetailWeight<V, L>.Contrast(square, logMean, power, out V logRatio);
                        V error = L.Subtract(x, y), product = L.Multiply(error, contrast);
                        weights = L.Add(weights, L.Add(contrast, start));
                        details = L.Add(details, detail);
                        errors = L.Add(errors, error);
                        weighted = L.Add(weighted, product);
                        logarithmic = L.MultiplyAdd(product, logRatio, logarithmic);
                        drawn = L.Add(drawn, L.Divide(L.Multiply(product, detail), square));
                    }
                }
                V share = L.Divide(L.Load(OutputGradient.Pointer() + index), weights), powered = L.Multiply(share, power);
                V cells = L.Of((rows.End - rows.First) * (columns.End - columns.First));
                V pull = L.Divide(L.Multiply(powered, weighted), L.Multiply(cells, Elementary<V, L>.Exp(logMean)));
                L.Store(LogMean.Pointer() + index, logMean);
                L.Store(Share.Pointer() + index, share);
                L.Store(Pull.Pointer() + index, pull);
                L.Store(ReferenceGradient.Pointer() + index, L.Multiply(L.Of(2), L.Subtract(L.Multiply(pull, details), L.Multiply(powered, drawn))));
                L.Store(AlphaTerms.Pointer() + index, L.Multiply(L.Multiply(share, slope), errors));
                L.Store(LambdaTerms.Pointer() + index, L.Multiply(powered, logarithmic));
            }
        }
    }
}

// A tile is a row of cells.
internal partial struct DetailPoolBackwardCell<T, R>
{
    public readonly int Tiles => Count / Windows.Operands.Windows.Input.RowLength;

    public readonly int Channels => Windows.Channels;

    public readonly void RunTile(int tile) => ChannelLanes<T, R>.RunTile(this, tile);

    public readonly unsafe void RunTile<V, L>(int tile) where V : struct where L : struct, ILanes<T, V>
    {
        DetailPoolOperands<T> operands = Windows.Operands;
        MapLayout input = operands.Windows.Input, output = operands.Windows.Output;
        int image = tile / input.Height, channels = Channels;
        Interval rows = operands.Windows.Vertical.Holding(tile % input.Height);
        T* references = operands.Reference.Pointer(), results = Windows.Y.Pointer();
        T* logMeans = Windows.LogMean.Pointer(), shares = Windows.Share.Pointer(), pulls = Windows.Pull.Pointer();
        V floor = L.Broadcast(operands.Floor);
        for (int next = 0; next < channels; next += L.Count)
        {
            int channel = Math.Min(next, channels - L.Count), index = tile * input.RowLength + channel;
            V power = DetailWeight<V, L>.Power(L.Load(operands.Lambda.Pointer() + channel)), start = DetailWeight<V, L>.Base(L.Load(operands.Alpha.Pointer() + channel), out _);
            for (int cell = 0; cell < input.Width; cell++, index += channels)
            {
                Interval columns = operands.Windows.Horizontal.Holding(cell);
                V x = L.Load(operands.X.Pointer() + index), sum = L.Zero;
                for (int row = rows.First; row < rows.End; row++)
                {
                    int window = output.Offset(image, row, columns.First, channel);
                    for (int column = columns.First; column < columns.End; column++, window += channels)
                    {
                        V detail = DetailWeight<V, L>.Detail(x, L.Load(references + window), floor), square = DetailWeight<V, L>.Square(detail);
                        V contrast = DetailWeight<V, L>.Contrast(square, L.Load(logMeans + window), power, out _), share = L.Load(shares + window);
                        V error = L.Subtract(x, L.Load(results + window)), product = L.Multiply(L.Multiply(share, power), L.Multiply(error, contrast));
                        V slope = L.Subtract(L.Divide(product, square), L.Load(pulls + window));
                        sum = L.Add(sum, L.MultiplyAdd(share, L.Add(contrast, start), L.Multiply(L.Multiply(L.Of(2), detail), slope)));
                    }
                }
                L.Store(InputGradient.Pointer() + index, sum);
            }
        }
    }
}
