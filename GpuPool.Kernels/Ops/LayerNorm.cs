using System.Numerics;
using GpuPool.Kernels.Numerics;
using ILGPU;

namespace GpuPool.Kernels.Ops;

/// <summary>Normalises each row by its own mean and variance (Ba, Kiros and Hinton, 2016): the "LN" of the paper's Equation 1.</summary>
/// <remarks>
/// Equation: y = gamma xhat + beta, xhat = (x - mean) rstd, rstd = 1 / sqrt(variance + epsilon), over the C values of a row (biased variance).
/// Gradient, with g = gamma dy and means over the row: dx = rstd (g - mean(g) - xhat mean(g xhat)); dgamma = sum of dy xhat and dbeta = sum of dy over
/// all rows. Saved: mean and rstd, one each a row.
/// Shapes: x, y (..., C); gamma, beta (C).
/// Errors: ShapeException where that does not hold or C = 0. A row of one value becomes beta.
/// </remarks>
/// <param name="Epsilon">Added to the variance.</param>
public sealed record LayerNorm(double Epsilon = 1e-5) : Op
{
    /// <inheritdoc/>
    public override Shape Infer(ReadOnlySpan<Shape> inputs)
    {
        Require.Inputs(Name, inputs, 3, 3);
        Shape x = inputs[0];
        Require.That(x.Rank >= 1 && x.Channels > 0, Name, "x", x, "(..., C) with C >= 1");
        Require.Same(Name, "gamma", inputs[1], new Shape(x.Channels), "(C)");
        Require.Same(Name, "beta", inputs[2], new Shape(x.Channels), "(C)");
        return x;
    }

    internal override void Forward<T, R>(ForwardCall call)
    {
        var rows = new Shape(call.Input(0).Shape.Rows);
        call.Device.Launch(new LayerNormForward<T, R>
        {
            X = call.Input(0).View<T>(),
            Gamma = call.Input(1).View<T>(),
            Beta = call.Input(2).View<T>(),
            Mean = call.Keep ? call.Save(rows).View<T>() : default,
            Rstd = call.Keep ? call.Save(rows).View<T>() : default,
            Y = call.Output.View<T>(),
            Epsilon = R.Of(Epsilon),
        });
    }

    internal override void Backward<T, R>(BackwardCall call)
    {
        using DeviceArray products = call.Scratch(call.Input(0).Shape);
        call.Device.Launch(new LayerNormBackward<T, R>
        {
            X = call.Input(0).View<T>(),
            Gamma = call.Input(1).View<T>(),
            Mean = call.Saved(0).View<T>(),
            Rstd = call.Saved(1).View<T>(),
            OutputGradient = call.OutputGradient.View<T>(),
            Gradient = call.GradientOrScratch(0).View<T>(),
            Products = products.View<T>(),
        });
        if (call.Wants(1))
            ColumnSum.Launch<T>(call.Device, products, call.Gradient(1));
        if (call.Wants(2))
            ColumnSum.Launch<T>(call.Device, call.OutputGradient, call.Gradient(2));
    }
}

/// <summary>One thread: one row.</summary>
internal partial struct LayerNormForward<T, R> : IHostKernel where T : unmanaged, INumber<T> where R : struct, IReal<T>
{
    public ArrayView<T> X, Gamma, Beta, Mean, Rstd, Y;
    public T Epsilon;

    public readonly int Count => X.IntLength / Channels;

    private readonly int Channels => Gamma.IntLength;

    public readonly void Run(int index)
    {
        int first = index * Channels;
        T sum = R.Of(0), spread = R.Of(0), count = R.Of(Channels);
        for (int c = 0; c < Channels; c++)
            sum += X[first + c];
        T mean = sum / count;
        for (int c = 0; c < Channels; c++)
            spread += (X[first + c] - mean) * (X[first + c] - mean);
        T rstd = R.Of(1) / R.Sqrt(spread / count + Epsilon);
        for (int c = 0; c < Channels; c++)
            Y[first + c] = (X[first + c] - mean) * rstd * Gamma[c] + Beta[c];
        if (Mean.IntLength == 0)
            return;
        Mean[index] = mean;
        Rstd[index] = rstd;
    }
}

/// <summary>One thread: one row of dx, and of the terms dy xhat of dgamma.</summary>
internal partial struct LayerNormBackward<T, R> : IHostKernel where T : unmanaged, INumber<T> where R : struct, IReal<T>
{
    public ArrayView<T> X, Gamma, Mean, Rstd, OutputGradient, Gradient, Products;

    public readonly int Count => Mean.IntLength;

    private readonly int Channels => Gamma.IntLength;

    public readonly void Run(int index)
    {
        int first = index * Channels;
        T mean = Mean[index], rstd = Rstd[index], sum = R.Of(0), product = R.Of(0), count = R.Of(Channels);
        for (int c = 0; c < Channels; c++)
        {
            T normalised = (X[first + c] - mean) * rstd, dy = OutputGradient[first + c];
            Products[first + c] = dy * normalised;
            sum += dy * Gamma[c];
            product += dy * Gamma[c] * normalised;
        }
        for (int c = 0; c < Channels; c++)
            Gradient[first + c] = rstd * (OutputGradient[first + c] * Gamma[c] - (sum + (X[first + c] - mean) * rstd * product) / count);
    }
}
