using System.Numerics;
using System.Runtime.CompilerServices;
using GpuPool.Kernels.Geometry;
using GpuPool.Kernels.Gpu;
using ILGPU;

namespace GpuPool.Kernels.Ops;

internal partial struct ConvolutionForward<T> : IGroupKernel, IProduct<T>
{
    public static bool LeftRunsAlongDepth => true;

    public static bool RightRunsAlongDepth => false;

    public readonly bool SuitsGroups => GroupProduct.Suits(Extents);

    /// <summary>Output pixels; output channels; taps and channels.</summary>
    public readonly (int Rows, int Columns, int Depth) Extents => (G.OutputPixels, G.O, G.Taps * G.C);

    public readonly void LaunchGroups(Device device)
    {
        if (G.IsProduct)
        {
            GroupProduct.Launch<T, MatrixProduct<T, PlainForm>>(
                device, new() { First = X, Second = Weight, Bias = Bias, Target = Y, Rows = G.OutputPixels, Columns = G.O, Steps = G.C });
        }
        else
        {
            GroupProduct.Launch<T, ConvolutionForward<T>>(device, this);
        }
    }

    public readonly Place Row(int row) => ConvolutionPlaces.Pixel(G, row);

    public readonly Place Depth(int depth) => ConvolutionPlaces.Tap(G, depth);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly T Left(Place row, Place depth) => ConvolutionPlaces.Input(X, G, row, depth);

    public readonly T Right(Place depth, int column) => Weight[depth.Rest * G.O + column];

    public readonly void Store(int row, int column, T sum) => Y[row * G.O + column] = Bias.IntLength > 0 ? sum + Bias[column] : sum;
}

internal partial struct ConvolutionBackwardWeight<T> : IGroupKernel, IProduct<T>
{
    public static bool LeftRunsAlongDepth => false;

    public static bool RightRunsAlongDepth => false;

    public readonly bool SuitsGroups => GroupProduct.Suits(Extents);

    /// <summary>Taps and channels; output channels; output pixels.</summary>
    public readonly (int Rows, int Columns, int Depth) Extents => (G.Taps * G.C, G.O, G.OutputPixels);

    public readonly void LaunchGroups(Device device)
    {
        if (G.IsProduct)
        {
            GroupProduct.Launch<T, MatrixProduct<T, FirstTransposedForm>>(
                device, new() { First = X, Second = OutputGradient, Target = Gradient, Rows = G.C, Columns = G.O, Steps = G.OutputPixels });
        }
        else
        {
            GroupProduct.Launch<T, ConvolutionBackwardWeight<T>>(device, this);
        }
    }

    public readonly Place Row(int row) => ConvolutionPlaces.Tap(G, row);

    public readonly Place Depth(int depth) => ConvolutionPlaces.Pixel(G, depth);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly T Left(Place row, Place depth) => ConvolutionPlaces.Input(X, G, depth, row);

    public readonly T Right(Place depth, int column) => OutputGradient[depth.Rest * G.O + column];

    public readonly void Store(int row, int column, T sum) => Gradient[row * G.O + column] = sum;
}

internal partial struct ConvolutionBackwardInput<T> : IGroupKernel
{
    public readonly bool SuitsGroups => GroupProduct.Suits((Count, 1, G.Taps * G.O));

    // Cells of the same phase of the stride meet the same taps: no product is with a zero between outputs.
    public readonly void LaunchGroups(Device device)
    {
        if (G.IsProduct)
        {
            GroupProduct.Launch<T, MatrixProduct<T, SecondTransposedForm>>(
                device, new() { First = OutputGradient, Second = Weight, Target = Gradient, Rows = G.OutputPixels, Columns = G.C, Steps = G.O });
            return;
        }
        for (int row = 0; row < Math.Min(G.Stride.Height, G.H); row++)
        {
            for (int column = 0; column < Math.Min(G.Stride.Width, G.W); column++)
            {
                GroupProduct.Launch<T, ConvolutionBackwardPhase<T>>(device, new()
                {
                    Of = this,
                    Vertical = PhaseAxis.Of(row, G.H, G.Size.Height, G.Stride.Height, G.Padding.Height, G.Dilation.Height),
                    Horizontal = PhaseAxis.Of(column, G.W, G.Size.Width, G.Stride.Width, G.Padding.Width, G.Dilation.Width),
                });
            }
        }
    }
}

/// <summary>dx of the cells of one phase.</summary>
internal struct ConvolutionBackwardPhase<T> : IProduct<T> where T : unmanaged, INumber<T>
{
    public ConvolutionBackwardInput<T> Of;

    public PhaseAxis Vertical, Horizontal;

    public static bool LeftRunsAlongDepth => true;

    public static bool RightRunsAlongDepth => true;

    /// <summary>Cells; channels; taps and output channels.</summary>
    public readonly (int Rows, int Columns, int Depth) Extents => (Of.G.N * Vertical.Cells * Horizontal.Cells, Of.G.C, Vertical.Taps * Horizontal.Taps * Of.G.O);

    public readonly Place Row(int row)
    {
        int line = row / Horizontal.Cells;
        return new(line / Vertical.Cells * Of.G.Ho, line % Vertical.Cells + Vertical.Shift, row % Horizontal.Cells + Horizontal.Shift);
    }

    public readonly Place Depth(int depth)
    {
        int tap = depth / Of.G.O, o = depth % Of.G.O, row = tap / Horizontal.Taps, column = tap % Horizontal.Taps;
        return new(((Vertical.Tap(row) * Of.G.Size.Width + Horizontal.Tap(column)) * Of.G.C) * Of.G.O + o, row * Vertical.Back, column * Horizontal.Back, o);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly T Left(Place row, Place depth)
    {
        int i = row.Vertical - depth.Vertical, j = row.Horizontal - depth.Horizontal;
        return i >= 0 & i < Of.G.Ho & j >= 0 & j < Of.G.Wo ? Of.OutputGradient[((row.Offset + i) * Of.G.Wo + j) * Of.G.O + depth.Rest] : T.Zero;
    }

    public readonly T Right(Place depth, int column) => Of.Weight[depth.Offset + column * Of.G.O];

    public readonly void Store(int row, int column, T sum)
    {
        int line = row / Horizontal.Cells, h = Vertical.Cell(line % Vertical.Cells), w = Horizontal.Cell(row % Horizontal.Cells);
        Of.Gradient[((line / Vertical.Cells * Of.G.H + h) * Of.G.W + w) * Of.G.C + column] = sum;
    }
}

/// <summary>What the rows of a convolution's matrices mean.</summary>
internal static class ConvolutionPlaces
{
    /// <summary>An output pixel: its image, and the cell on which its window's first tap lies but for the padding.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Place Pixel(ConvolutionGeometry g, int pixel)
    {
        int line = pixel / g.Wo;
        return new(line / g.Ho * g.H, line % g.Ho * g.Stride.Height, pixel % g.Wo * g.Stride.Width, pixel);
    }

    /// <summary>A tap and a channel.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Place Tap(ConvolutionGeometry g, int number)
    {
        int tap = number / g.C;
        return new(number % g.C, g.Row(tap), g.Column(tap), number);
    }

    /// <summary>The element of x under a tap.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Input<T>(ArrayView<T> x, ConvolutionGeometry g, Place pixel, Place tap) where T : unmanaged, INumber<T>
    {
        int h = pixel.Vertical + tap.Vertical, w = pixel.Horizontal + tap.Horizontal;
        return h >= 0 & h < g.H & w >= 0 & w < g.W ? x[((pixel.Offset + h) * g.W + w) * g.C + tap.Offset] : T.Zero;
    }
}
