using System.Numerics;
using GpuPool.Kernels.Host;
using GpuPool.Kernels.Numerics;
using ILGPU;

namespace GpuPool.Kernels.Ops;

/// <summary>Running statistics of a batch norm, updated by its forward pass in training.</summary>
/// <param name="Mean">Running mean (C), at first 0.</param>
/// <param name="Variance">Running variance (C), unbiased, at first 1.</param>
/// <param name="Momentum">Weight of the new batch.</param>
/// <param name="Epsilon">Added to the variance.</param>
public sealed record BatchNormStatistics(DeviceArray Mean, DeviceArray Variance, double Momentum = 0.1, double Epsilon = 1e-5)
{
    /// <summary>Processes over whose batches together the statistics of training are taken; null for this one alone.</summary>
    public IPeers? Peers { get; init; }
}

/// <summary>Batch normalisation of each channel, with the residual sum and the activation that follow it.</summary>
/// <remarks>
/// Equation: y = f(gamma xhat + beta + r), xhat = (x - mean) rstd, rstd = 1 / sqrt(variance + epsilon), over all M = N H W values of a channel in
/// training (biased variance; the running one is unbiased: M / (M - 1)), over the running statistics in evaluation (Ioffe and Szegedy 2015, algorithm 1; conventions of PyTorch).
/// Gradient, with g = dy f': dr = g; dbeta = sum g; dgamma = sum g xhat; dx = gamma rstd (g - dbeta / M - xhat dgamma / M) in training, gamma rstd g in
/// evaluation. Saved: mean and rstd. Without a residual, f' is recomputed from x.
/// The mean is subtracted first: a channel of equal values, as behind dead units, gives exactly beta, and no rounding error decides whether its gradient passes f.
/// The variance is that of differences from the first value of the channel and, where that is an outlier, in a second pass of those from the mean.
/// Shapes: x, r, y (..., C); gamma, beta (C).
/// </remarks>
/// <param name="Statistics">Running statistics.</param>
/// <param name="Training">Whether to use, and learn from, the statistics of the batch.</param>
/// <param name="Activation">f</param>
public sealed record BatchNorm(BatchNormStatistics Statistics, bool Training, Activation Activation = Activation.None) : Op
{
    /// <inheritdoc/>
    public override IEnumerable<DeviceArray> States => [Statistics.Mean, Statistics.Variance];

    /// <inheritdoc/>
    public override Shape Infer(ReadOnlySpan<Shape> inputs)
    {
        Require.Inputs(Name, inputs, 3, 4);
        Require.That(inputs[0].Rank >= 2, Name, "x", inputs[0], "(..., C)");
        var channels = new Shape(inputs[0].Channels);
        Require.Same(Name, "gamma", inputs[1], channels, "(C)");
        Require.Same(Name, "beta", inputs[2], channels, "(C)");
        Require.Same(Name, "the running mean", Statistics.Mean.Shape, channels, "(C)");
        Require.Same(Name, "the running variance", Statistics.Variance.Shape, channels, "(C)");
        Require.That(!Training || inputs[0].Rows > 1, Name, "x", inputs[0], "more than one value a channel in training", ShapeFault.TooFewValues);
        if (inputs.Length == 4)
            Require.Same(Name, "the residual", inputs[3], inputs[0], "the shape of x");
        return inputs[0];
    }

    /// <inheritdoc/>
    public override OutputMemory Memory => OutputMemory.InPlace;

    /// <inheritdoc/>
    public override ChannelRole Channels(int operand, IReadOnlyList<Shape> inputs) => operand is 0 or 3 ? ChannelRole.Kept : ChannelRole.Weighs;

    internal override void Forward<T, R>(ForwardCall call)
    {
        DeviceArray x = call.Input(0);
        var channels = new Shape(x.Shape.Channels);
        DeviceArray mean = call.Save(channels), rstd = call.Save(channels);
        var moments = new BatchNormMoments<T, R>
        {
            X = x.View<T>(),
            Mean = mean.View<T>(),
            Rstd = rstd.View<T>(),
            RunningMean = Statistics.Mean.View<T>(),
            RunningVariance = Statistics.Variance.View<T>(),
            Rows = x.Shape.Rows,
            Channels = x.Shape.Channels,
            BlockRows = RowBlocks.Size(x.Shape.Rows),
            Training = Training ? 1 : 0,
            Momentum = R.Of(Statistics.Momentum),
            Epsilon = R.Of(Statistics.Epsilon),
        };
        if (Training && Statistics.Peers is { } peers)
            LaunchShared(call, peers, moments, mean, rstd);
        else
            call.Device.Launch(moments);
        var forward = new BatchNormForward<T, R>
        {
            X = x.View<T>(),
            Gamma = call.Input(1).View<T>(),
            Beta = call.Input(2).View<T>(),
            Residual = call.InputCount > 3 ? call.Input(3).View<T>() : default,
            Mean = mean.View<T>(),
            Rstd = rstd.View<T>(),
            Channels = x.Shape.Channels,
            Lower = Activation.Lower<T, R>(),
            Upper = Activation.Upper<T, R>(),
        };
        if (call.Keep && call.InputCount == 3 && call.Device.RunsHostBodies)
            call.Output = forward.Deferred(x);
        else
            call.Device.Launch(forward with { Y = call.Output.View<T>() });
        if (!call.Keep)
            call.DisposeSaved();
    }

    internal override void Backward<T, R>(BackwardCall call)
    {
        DeviceArray x = call.Input(0);
        bool residual = call.InputCount > 3;
        DeviceArray gammaGradient = call.GradientOrScratch(1), betaGradient = call.GradientOrScratch(2);
        var sums = new BatchNormBackwardSums<T, R>
        {
            X = x.View<T>(),
            Gamma = call.Input(1).View<T>(),
            Beta = call.Input(2).View<T>(),
            // With a residual the input of the activation is not at hand; its output tells where it was cut off.
            Y = residual && Activation != Activation.None ? call.Output.View<T>() : default,
            OutputGradient = call.OutputGradient.View<T>(),
            Mean = call.Saved(0).View<T>(),
            Rstd = call.Saved(1).View<T>(),
            GammaGradient = gammaGradient.View<T>(),
            BetaGradient = betaGradient.View<T>(),
            Parts = call.OutputGradient.Sums is { } made && made.Output == call.Output.Deferred ? made.Parts.View<T>() : default,
            Rows = x.Shape.Rows,
            Channels = x.Shape.Channels,
            Lower = Activation.Lower<T, R>(),
            Upper = Activation.Upper<T, R>(),
        };
        call.Device.Launch(sums);
        bool passes = Activation == Activation.None && call.Wants(3);
        if (passes)
            call.Pass(3);
        var backward = new BatchNormBackward<T, R> { Sums = sums, Training = Training ? 1 : 0 };
        IPeers? peers = Training && call.Wants(0) ? Statistics.Peers : null;
        if (peers is null && call.Wants(0) && call.Device.RunsHostBodies && (passes || !call.Wants(3)) && sums.Y.Length == 0)
        {
            call.Gradients[0] = backward.Deferred(x, call.OutputGradient, call.Input(1), call.Input(2), call.Saved(0), call.Saved(1), gammaGradient, betaGradient);
            return;
        }
        backward = backward with
        {
            Gradient = call.Wants(0) ? call.GradientInPlace(0).View<T>() : default,
            ResidualGradient = passes ? default : call.GradientIfWanted<T>(3),
        };
        if (peers is null)
            call.Device.Launch(backward);
        else
            LaunchShared(call, peers, backward, gammaGradient, betaGradient);
    }

    // Running statistics from 0 that forget all before are those of this process alone.
    private void LaunchShared<T, R>(ForwardCall call, IPeers peers, BatchNormMoments<T, R> moments, DeviceArray mean, DeviceArray rstd)
        where T : unmanaged, INumber<T> where R : struct, IReal<T>
    {
        using DeviceArray ownMean = call.Scratch(mean.Shape), ownVariance = call.Scratch(mean.Shape);
        ownMean.Clear();
        ownVariance.Clear();
        call.Device.Launch(moments with { RunningMean = ownMean.View<T>(), RunningVariance = ownVariance.View<T>(), Momentum = T.One });
        SynchronisedMoments.Combine(peers, moments.Rows, ownMean, ownVariance, Statistics, mean, rstd);
    }

    // gamma and beta keep the gradients of the batch that is here; that of x depends on all.
    private static void LaunchShared<T, R>(BackwardCall call, IPeers peers, BatchNormBackward<T, R> backward, DeviceArray gammaGradient, DeviceArray betaGradient)
        where T : unmanaged, INumber<T> where R : struct, IReal<T>
    {
        using DeviceArray sharedGamma = call.Device.Allocate(gammaGradient.Shape, gammaGradient.DType), sharedBeta = call.Device.Allocate(betaGradient.Shape, betaGradient.DType);
        SynchronisedMoments.Share(peers, backward.Sums.Rows, [gammaGradient, betaGradient], [sharedGamma, sharedBeta]);
        call.Device.Launch(backward with { Sums = backward.Sums with { GammaGradient = sharedGamma.View<T>(), BetaGradient = sharedBeta.View<T>() } });
    }
}

/// <summary>One thread: mean and rstd of one channel.</summary>
internal partial struct BatchNormMoments<T, R> : IStagedHostKernel<T> where T : unmanaged, INumber<T> where R : struct, IReal<T>
{
    public ArrayView<T> X, Mean, Rstd, RunningMean, RunningVariance;

    public int Rows, Channels, BlockRows, Training;

    public T Momentum, Epsilon;

    public readonly int Count => Channels;

    public readonly void Run(int index)
    {
        if (Training == 0)
        {
            Mean[index] = RunningMean[index];
            Rstd[index] = T.One / R.Sqrt(RunningVariance[index] + Epsilon);
            return;
        }
        T shift = X[index];
        Differences(index, shift, out T sum, out T squares);
        if (IsOutlier(sum, squares))
        {
            shift += sum / R.Of(Rows);
            Differences(index, shift, out sum, out squares);
        }
        Finish(index, shift, sum, squares);
    }

    // Sums of differences from one value of the channel: the variance does not drown in a large mean. Sums of blocks are summed, which keeps rounding small.
    private readonly void Differences(int channel, T shift, out T sum, out T squares)
    {
        sum = T.Zero;
        squares = T.Zero;
        for (int start = 0; start < Rows; start += BlockRows)
        {
            T blockSum = T.Zero, blockSquares = T.Zero;
            for (int row = start; row < start + BlockRows && row < Rows; row++)
            {
                T difference = X[row * Channels + channel] - shift;
                blockSum += difference;
                blockSquares += difference * difference;
            }
            sum += blockSum;
            squares += blockSquares;
        }
    }

    /// <summary>Whether the shift was so far from the other values that the variance lost more than six bits to it: then the mean is the shift of a second pass.</summary>
    private readonly bool IsOutlier(T sum, T squares) =>
        R.IfLess(R.Of(64) * Spread(sum, squares), squares, T.One, T.Zero) == T.One;

    /// <summary>Sum of the squared distances from the mean.</summary>
    private readonly T Spread(T sum, T squares)
    {
        T spread = squares - sum * (sum / R.Of(Rows));
        return R.IfLess(spread, T.Zero, T.Zero, spread);
    }

    private readonly void Finish(int channel, T shift, T sum, T squares)
    {
        T count = R.Of(Rows), mean = shift + sum / count, spread = Spread(sum, squares);
        Mean[channel] = mean;
        Rstd[channel] = T.One / R.Sqrt(spread / count + Epsilon);
        RunningMean[channel] += Momentum * (mean - RunningMean[channel]);
        RunningVariance[channel] += Momentum * (spread / (count - T.One) - RunningVariance[channel]);
    }
}

/// <summary>One thread: one element of y.</summary>
internal partial struct BatchNormForward<T, R> : IHostKernel where T : unmanaged, INumber<T> where R : struct, IReal<T>
{
    public ArrayView<T> X, Gamma, Beta, Residual, Mean, Rstd, Y;

    public int Channels;

    public T Lower, Upper;

    public readonly int Count => Y.IntLength;

    public readonly void Run(int index)
    {
        int c = index % Channels;
        T y = (X[index] - Mean[c]) * (Gamma[c] * Rstd[c]) + Beta[c];
        if (Residual.IntLength > 0)
            y += Residual[index];
        y = R.IfLess(y, Lower, Lower, y);
        Y[index] = R.IfLess(Upper, y, Upper, y);
    }
}

/// <summary>One thread: dgamma and dbeta of one channel.</summary>
internal partial struct BatchNormBackwardSums<T, R> : IStagedHostKernel<T> where T : unmanaged, INumber<T> where R : struct, IReal<T>
{
    public ArrayView<T> X, Gamma, Beta, Y, OutputGradient, Mean, Rstd, GammaGradient, BetaGradient;

    /// <summary>Sums of blocks of rows that a host body finds made; empty where it makes them.</summary>
    public ArrayView<T> Parts;

    public int Rows, Channels;

    public T Lower, Upper;

    public readonly int Count => Channels;

    public readonly void Run(int index)
    {
        T sum = T.Zero, product = T.Zero, mean = Mean[index];
        for (int start = 0; start < Rows; start += ColumnSum.Block)
        {
            T part = T.Zero, productPart = T.Zero;
            for (int row = start; row < Math.Min(Rows, start + ColumnSum.Block); row++)
            {
                T g = MaskedGradient(row * Channels + index, index);
                part += g;
                productPart += g * (X[row * Channels + index] - mean);
            }
            sum += part;
            product += productPart;
        }
        BetaGradient[index] = sum;
        GammaGradient[index] = product * Rstd[index];
    }

    /// <summary>dy where the activation passed its input on, else 0.</summary>
    public readonly T MaskedGradient(int index, int channel)
    {
        T value = Y.IntLength > 0 ? Y[index] : (X[index] - Mean[channel]) * (Gamma[channel] * Rstd[channel]) + Beta[channel];
        return R.IfLess(Lower, value, R.IfLess(value, Upper, OutputGradient[index], T.Zero), T.Zero);
    }
}

/// <summary>One thread: one element of dx and of the residual's gradient.</summary>
internal partial struct BatchNormBackward<T, R> : IHostKernel where T : unmanaged, INumber<T> where R : struct, IReal<T>
{
    public BatchNormBackwardSums<T, R> Sums;

    public ArrayView<T> Gradient, ResidualGradient;

    public int Training;

    public readonly int Count => Sums.X.IntLength;

    public readonly void Run(int index)
    {
        int c = index % Sums.Channels;
        T g = Sums.MaskedGradient(index, c), scale = Sums.Gamma[c] * Sums.Rstd[c];
        if (ResidualGradient.IntLength > 0)
            ResidualGradient[index] = g;
        if (Gradient.IntLength == 0)
            return;
        T normalised = (Sums.X[index] - Sums.Mean[c]) * Sums.Rstd[c], count = R.Of(Sums.Rows);
        Gradient[index] = Training == 0 ? scale * g : scale * (g - (Sums.BetaGradient[c] + normalised * Sums.GammaGradient[c]) / count);
    }
}
