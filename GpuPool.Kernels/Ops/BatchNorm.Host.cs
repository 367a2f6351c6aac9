using System.Numerics.Tensors;
using System.Runtime.Intrinsics;
using GpuPool.Kernels.Host;
using ILGPU;

namespace GpuPool.Kernels.Ops;

// Assumes what Views.Pointer promises: host memory, and readable slack behind the end of every array.
// Max(bound, x) and Min(bound, x) return x where it is NaN, in this order of arguments: a diverged run must show.

internal partial struct BatchNormMoments<T, R>
{
    /// <summary>Two sums of each block of rows.</summary>
    public readonly int ScratchCount => 2 * RowBlocks.Count(Rows) * RowBlocks.Pitch(Channels);

    public readonly int Stages => 4;

    private static T Again => R.Of(-1);

    // The second pass is of all channels, and finishes those alone whose first shift was an outlier; most often there are none.
    public readonly int StageTiles(int stage) => stage switch
    {
        0 => Training == 0 ? 0 : RowBlocks.Count(Rows),
        1 => 1,
        2 => HasOutliers() ? RowBlocks.Count(Rows) : 0,
        _ => HasOutliers() ? 1 : 0,
    };

    public readonly unsafe void RunTile(int stage, int tile, T* parts)
    {
        if (stage == 1)
            Reduce(parts);
        else if (stage == 3)
            ReduceAgain(parts);
        else if (Vector512.IsHardwareAccelerated)
            Part<Vector512<T>, Lanes512<T>>(tile, stage == 0 ? X.Pointer() : Mean.Pointer(), parts);
        else
            Part<Vector256<T>, Lanes256<T>>(tile, stage == 0 ? X.Pointer() : Mean.Pointer(), parts);
    }

    private readonly unsafe void Part<V, L>(int block, T* shifts, T* parts) where V : struct where L : struct, ILanes<T, V>
    {
        (int start, int end) = RowBlocks.Range(block, Rows);
        int pitch = RowBlocks.Pitch(Channels), blocks = RowBlocks.Count(Rows);
        T* sums = parts + block * pitch, squares = parts + (blocks + block) * pitch;
        int c = 0;
        for (; c + L.Count < Channels; c += 2 * L.Count)
        {
            T* x = X.Pointer() + (long)start * Channels + c;
            V shift0 = L.Load(shifts + c), shift1 = L.Load(shifts + c + L.Count);
            V sum0 = L.Zero, sum1 = L.Zero, square0 = L.Zero, square1 = L.Zero;
            for (int row = start; row < end; row++, x += Channels)
            {
                V difference0 = L.Subtract(L.Load(x), shift0), difference1 = L.Subtract(L.Load(x + L.Count), shift1);
                sum0 = L.Add(sum0, difference0);
                sum1 = L.Add(sum1, difference1);
                square0 = L.MultiplyAdd(difference0, difference0, square0);
                square1 = L.MultiplyAdd(difference1, difference1, square1);
            }
            L.Store(sums + c, sum0);
            L.Store(sums + c + L.Count, sum1);
            L.Store(squares + c, square0);
            L.Store(squares + c + L.Count, square1);
        }
        if (c < Channels)
        {
            T* x = X.Pointer() + (long)start * Channels + c;
            V shift = L.Load(shifts + c), sum = L.Zero, square = L.Zero;
            for (int row = start; row < end; row++, x += Channels)
            {
                V difference = L.Subtract(L.Load(x), shift);
                sum = L.Add(sum, difference);
                square = L.MultiplyAdd(difference, difference, square);
            }
            L.Store(sums + c, sum);
            L.Store(squares + c, square);
        }
    }

    private readonly unsafe void Reduce(T* parts)
    {
        if (Training == 0)
        {
            for (int channel = 0; channel < Channels; channel++)
                Run(channel);
            return;
        }
        T* x = X.Pointer(), mean = Mean.Pointer(), rstd = Rstd.Pointer(), sums = AddUp(parts), squares = sums + Channels;
        for (int channel = 0; channel < Channels; channel++)
        {
            if (IsOutlier(sums[channel], squares[channel]))
                (mean[channel], rstd[channel]) = (x[channel] + sums[channel] / R.Of(Rows), Again);
            else
                Finish(channel, x[channel], sums[channel], squares[channel]);
        }
    }

    private readonly unsafe void ReduceAgain(T* parts)
    {
        T* sums = AddUp(parts), squares = sums + Channels;
        for (int channel = 0; channel < Channels; channel++)
        {
            if (Rstd.Pointer()[channel] == Again)
                Finish(channel, Mean.Pointer()[channel], sums[channel], squares[channel]);
        }
    }

    private readonly unsafe bool HasOutliers() => new ReadOnlySpan<T>(Rstd.Pointer(), Channels).Contains(Again);

    // The sums of all channels, and behind them the squares.
    private readonly unsafe T* AddUp(T* parts)
    {
        int pitch = RowBlocks.Pitch(Channels), blocks = RowBlocks.Count(Rows);
        T* sums = HostScratch.Rent<T>(0, 2 * Channels);
        RowBlocks.AddUp(parts, blocks, pitch, new Span<T>(sums, Channels));
        RowBlocks.AddUp(parts + blocks * pitch, blocks, pitch, new Span<T>(sums + Channels, Channels));
        return sums;
    }
}

internal partial struct BatchNormForward<T, R>
{
    /// <summary>The output as a map that is not in memory, with coefficients that training does not change.</summary>
    public readonly unsafe DeviceArray Deferred(DeviceArray x)
    {
        const int Ones = 3;
        int channels = Channels, pitch = RowBlocks.Pitch(channels);
        DeviceArray coefficients = x.Device.Allocate(new Shape(Ones + 1, pitch), x.DType);
        Span<T> rows = coefficients.Elements<T>();
        rows.Clear();
        new ReadOnlySpan<T>(Mean.Pointer(), channels).CopyTo(rows);
        TensorPrimitives.Multiply(new ReadOnlySpan<T>(Gamma.Pointer(), channels), new ReadOnlySpan<T>(Rstd.Pointer(), channels), rows[pitch..]);
        new ReadOnlySpan<T>(Beta.Pointer(), channels).CopyTo(rows[(2 * pitch)..]);
        rows.Slice(Ones * pitch, channels).Fill(T.One);
        BatchNormForward<T, R> forward = this;
        return new DeviceArray(x.Device, x.Shape, x.DType, new DeferredMap([x], coefficients, isGradient: false, Bounds, (sources, target) =>
        {
            ArrayView<T> Row(int row) => coefficients.View<T>().SubView(row * pitch, channels);
            // The scale is the product of gamma and rstd already.
            target.Device.Launch(forward with { X = sources[0].View<T>(), Mean = Row(0), Gamma = Row(1), Beta = Row(2), Rstd = Row(Ones), Y = target.View<T>() });
        }));
    }

    private readonly (double, double) Bounds => (double.CreateChecked(Lower), double.CreateChecked(Upper));

    public readonly int Tiles => ChannelPattern.Tiles(Count, Channels);

    public readonly void RunTile(int tile)
    {
        if (Vector512.IsHardwareAccelerated)
            Run<Vector512<T>, Lanes512<T>>(tile);
        else
            Run<Vector256<T>, Lanes256<T>>(tile);
    }

    private readonly unsafe void Run<V, L>(int tile) where V : struct where L : struct, ILanes<T, V>
    {
        int length = ChannelPattern.Length(Channels, L.Count);
        T* mean = HostScratch.Rent<T>(0, 3 * length), scale = mean + length, shift = scale + length;
        T* gamma = Gamma.Pointer(), rstd = Rstd.Pointer(), means = Mean.Pointer(), beta = Beta.Pointer();
        for (int c = 0; c < Channels; c += L.Count)
        {
            L.Store(mean + c, L.Load(means + c));
            L.Store(scale + c, L.Multiply(L.Load(gamma + c), L.Load(rstd + c)));
            L.Store(shift + c, L.Load(beta + c));
        }
        for (T* pattern = mean; pattern <= shift; pattern += length)
            ChannelPattern.Repeat(pattern, Channels, length);
        (int i, int end) = ChannelPattern.Range(tile, Count, Channels);
        int p = 0;
        i = Elements<V, L>(i, end, ref p, mean, scale, shift, length);
        Elements<T, SingleLane<T, R>>(i, end, ref p, mean, scale, shift, length);
    }

    // Whole vectors from element i on; p is its place in the pattern.
    private readonly unsafe int Elements<V, L>(int i, int end, ref int p, T* mean, T* scale, T* shift, int length) where V : struct where L : struct, ILanes<T, V>
    {
        T* x = X.Pointer(), residual = Residual.Pointer(), y = Y.Pointer();
        V lower = L.Broadcast(Lower), upper = L.Broadcast(Upper);
        int place = p;
        for (; i <= end - L.Count; i += L.Count)
        {
            V value = L.MultiplyAdd(L.Subtract(L.Load(x + i), L.Load(mean + place)), L.Load(scale + place), L.Load(shift + place));
            if (residual is not null)
                value = L.Add(value, L.Load(residual + i));
            L.Store(y + i, L.Min(upper, L.Max(lower, value)));
            place += L.Count;
            if (place == length)
                place = 0;
        }
        p = place;
        return i;
    }
}

internal partial struct BatchNormBackwardSums<T, R>
{
    /// <summary>Two sums of each block of rows, where they are not made yet.</summary>
    public readonly int ScratchCount => AreMade ? 0 : GradientSums<T>.Count(Rows, Channels);

    public readonly int Stages => 2;

    public readonly int StageTiles(int stage) => stage == 1 ? 1 : AreMade ? 0 : RowBlocks.Count(Rows);

    private readonly bool AreMade => Parts.Length > 0;

    public readonly unsafe void RunTile(int stage, int tile, T* parts)
    {
        if (stage == 1)
            Reduce(AreMade ? Parts.Pointer() : parts);
        else if (Vector512.IsHardwareAccelerated)
            Part<Vector512<T>, Lanes512<T>>(tile, parts);
        else
            Part<Vector256<T>, Lanes256<T>>(tile, parts);
    }

    private readonly unsafe void Part<V, L>(int block, T* parts) where V : struct where L : struct, ILanes<T, V>
    {
        (int start, int end) = RowBlocks.Range(block, Rows);
        int pitch = RowBlocks.Pitch(Channels), blocks = RowBlocks.Count(Rows);
        T* sums = parts + block * pitch, products = parts + (blocks + block) * pitch;
        new Span<T>(sums, pitch).Clear();
        new Span<T>(products, pitch).Clear();
        long first = (long)start * Channels;
        T* x = X.Pointer() + first, dy = OutputGradient.Pointer() + first, y = Y.IntLength > 0 ? Y.Pointer() + first : null;
        T* mean = Mean.Pointer(), gamma = Gamma.Pointer(), rstd = Rstd.Pointer(), beta = Beta.Pointer();
        for (int c = 0; c < Channels; c += L.Count)
        {
            V scale = L.Multiply(L.Load(gamma + c), L.Load(rstd + c));
            GradientSums<T>.Add<V, L>(x + c, dy + c, y is null ? null : y + c, end - start, Channels, L.Load(mean + c), scale, L.Load(beta + c), Lower, Upper, sums + c, products + c);
        }
    }

    private readonly unsafe void Reduce(T* parts)
    {
        int pitch = RowBlocks.Pitch(Channels), blocks = RowBlocks.Count(Rows);
        var gamma = new Span<T>(GammaGradient.Pointer(), Channels);
        RowBlocks.AddUp(parts, blocks, pitch, new Span<T>(BetaGradient.Pointer(), Channels));
        RowBlocks.AddUp(parts + blocks * pitch, blocks, pitch, gamma);
        TensorPrimitives.Multiply(gamma, new ReadOnlySpan<T>(Rstd.Pointer(), Channels), gamma);
    }
}

internal partial struct BatchNormBackward<T, R>
{
    /// <summary>The gradient by x as a map that is not in memory.</summary>
    /// <param name="x">x</param>
    /// <param name="dy">The arriving gradient.</param>
    /// <param name="channels">gamma, beta, mean, rstd, dgamma and dbeta.</param>
    public readonly unsafe DeviceArray Deferred(DeviceArray x, DeviceArray dy, params IEnumerable<DeviceArray> channels)
    {
        int count = Sums.Channels, pitch = RowBlocks.Pitch(count);
        DeviceArray coefficients = x.Device.Allocate(new Shape(5, pitch), x.DType);
        Span<T> rows = coefficients.Elements<T>();
        rows.Clear();
        T pixels = R.Of(Sums.Rows);
        T* gamma = Sums.Gamma.Pointer(), rstd = Sums.Rstd.Pointer(), gammaGradient = Sums.GammaGradient.Pointer(), betaGradient = Sums.BetaGradient.Pointer();
        new ReadOnlySpan<T>(Sums.Mean.Pointer(), count).CopyTo(rows);
        new ReadOnlySpan<T>(Sums.Beta.Pointer(), count).CopyTo(rows[(2 * pitch)..]);
        for (int channel = 0; channel < count; channel++)
        {
            T scale = gamma[channel] * rstd[channel];
            rows[pitch + channel] = scale;
            if (Training == 0)
                continue;
            rows[3 * pitch + channel] = -scale * rstd[channel] * gammaGradient[channel] / pixels;
            rows[4 * pitch + channel] = -scale * betaGradient[channel] / pixels;
        }
        BatchNormBackward<T, R> backward = this;
        return new DeviceArray(
            x.Device, x.Shape, x.DType, new DeferredMap([dy, x, .. channels], coefficients, isGradient: true, (double.CreateChecked(Sums.Lower), double.CreateChecked(Sums.Upper)), (sources, target) =>
                target.Device.Launch(backward with
                {
                    Sums = backward.Sums with
                    {
                        OutputGradient = sources[0].View<T>(),
                        X = sources[1].View<T>(),
                        Gamma = sources[2].View<T>(),
                        Beta = sources[3].View<T>(),
                        Mean = sources[4].View<T>(),
                        Rstd = sources[5].View<T>(),
                        GammaGradient = sources[6].View<T>(),
                        BetaGradient = sources[7].View<T>(),
                    },
                    Gradient = target.View<T>(),
                })));
    }

    public readonly int Tiles => ChannelPattern.Tiles(Count, Sums.Channels);

    public readonly void RunTile(int tile)
    {
        if (Vector512.IsHardwareAccelerated)
            Run<Vector512<T>, Lanes512<T>>(tile);
        else
            Run<Vector256<T>, Lanes256<T>>(tile);
    }

    // dx = a g + b (x - mean) + c with coefficients of the channel.
    private readonly unsafe void Run<V, L>(int tile) where V : struct where L : struct, ILanes<T, V>
    {
        int channels = Sums.Channels, length = ChannelPattern.Length(channels, L.Count);
        T* mean = HostScratch.Rent<T>(0, 5 * length), shift = mean + length, a = shift + length, b = a + length, c = b + length;
        T* gamma = Sums.Gamma.Pointer(), rstd = Sums.Rstd.Pointer(), betaGradient = Sums.BetaGradient.Pointer(), gammaGradient = Sums.GammaGradient.Pointer();
        T* means = Sums.Mean.Pointer(), shifts = Sums.Beta.Pointer();
        V count = L.Broadcast(R.Of(Sums.Rows)), minus = L.Of(-1);
        for (int channel = 0; channel < channels; channel += L.Count)
        {
            V r = L.Load(rstd + channel), scale = L.Multiply(L.Load(gamma + channel), r), slope = L.Multiply(minus, scale);
            L.Store(mean + channel, L.Load(means + channel));
            L.Store(shift + channel, L.Load(shifts + channel));
            L.Store(a + channel, scale);
            L.Store(b + channel, Training == 0 ? L.Zero : L.Divide(L.Multiply(L.Multiply(slope, r), L.Load(gammaGradient + channel)), count));
            L.Store(c + channel, Training == 0 ? L.Zero : L.Divide(L.Multiply(slope, L.Load(betaGradient + channel)), count));
        }
        for (T* pattern = mean; pattern <= c; pattern += length)
            ChannelPattern.Repeat(pattern, channels, length);
        (int i, int end) = ChannelPattern.Range(tile, Count, channels);
        int p = 0;
        i = Elements<V, L>(i, end, ref p, mean, length);
        Elements<T, SingleLane<T, R>>(i, end, ref p, mean, length);
    }

    // Whole vectors from element i on; p is its place in the five patterns.
    private readonly unsafe int Elements<V, L>(int i, int end, ref int p, T* mean, int length) where V : struct where L : struct, ILanes<T, V>
    {
        T* shift = mean + length, a = shift + length, b = a + length, c = b + length;
        bool fromOutput = Sums.Y.IntLength > 0;
        T* x = Sums.X.Pointer(), dy = Sums.OutputGradient.Pointer(), y = fromOutput ? Sums.Y.Pointer() : x;
        T* dx = Gradient.Pointer(), dr = ResidualGradient.Pointer();
        V lower = L.Broadcast(Sums.Lower), upper = L.Broadcast(Sums.Upper);
        int place = p;
        for (; i <= end - L.Count; i += L.Count)
        {
            V centred = L.Subtract(L.Load(x + i), L.Load(mean + place)), scale = L.Load(a + place), g = L.Load(dy + i);
            V value = fromOutput ? L.Load(y + i) : L.MultiplyAdd(centred, scale, L.Load(shift + place));
            g = L.IfLess(lower, value, L.IfLess(value, upper, g, L.Zero), L.Zero);
            if (dr is not null)
                L.Store(dr + i, g);
            if (dx is not null)
                L.Store(dx + i, L.MultiplyAdd(scale, g, L.MultiplyAdd(L.Load(b + place), centred, L.Load(c + place))));
            place += L.Count;
            if (place == length)
                place = 0;
        }
        p = place;
        return i;
    }
}
