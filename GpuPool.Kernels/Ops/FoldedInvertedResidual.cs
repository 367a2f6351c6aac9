using System.Numerics;
using GpuPool.Kernels.Numerics;
using ILGPU;

namespace GpuPool.Kernels.Ops;

/// <summary>
/// An inverted residual for evaluation: a 1x1 convolution that expands, a depthwise 3x3 one, and a 1x1 one that projects, of which the first or the last may be
/// absent; at the start of a network the first may be any convolution of an image. On the processor, where the maps between them are large, they are computed
/// together, a few rows of y at a time, and what is between them never leaves the second-level cache; where one image has few pixels, some channels at a time;
/// elsewhere and otherwise one after the other.
/// </summary>
/// <remarks>
/// Source: Sandler et al., MobileNetV2 (CVPR 2018), section 5, "memory efficient inference". Equation: y = projection(depthwise(expansion(x))) + r, each a
/// <see cref="FoldedConvolution"/>, whose values are the same either way, but for the order of the sums over channels where these are summed in groups. No gradient. Errors: ShapeException as theirs; ArgumentException for convolutions of
/// another kind, or for none beside the depthwise one.
/// </remarks>
public sealed class FoldedInvertedResidual
{
    private const int ImageChannels = 4;

    private readonly FoldedConvolution? _expansion, _projection;
    private readonly FoldedConvolution _depthwise;

    private bool IsWhole => _expansion is not null && Projects(_expansion.Convolution) && _projection is not null;

    /// <summary>Takes three convolutions together, which remain the caller's to dispose of.</summary>
    /// <param name="expansion">The first; null for none.</param>
    /// <param name="depthwise">The one in the middle.</param>
    /// <param name="projection">The last; null for none.</param>
    public FoldedInvertedResidual(FoldedConvolution? expansion, FoldedConvolution depthwise, FoldedConvolution? projection)
    {
        ArgumentNullException.ThrowIfNull(depthwise);
        if (!Filters(depthwise.Convolution) || (expansion is not null && !Expands(expansion.Convolution, expansion.InputChannels))
            || (projection is not null && !Projects(projection.Convolution)) || (expansion is null && projection is null))
            throw new ArgumentException("an inverted residual is a depthwise 3x3 convolution with padding 1 between 1x1 convolutions of stride 1, or beside one; the first may be any convolution of an image");
        (_expansion, _depthwise, _projection) = (expansion, depthwise, projection);
    }

    /// <summary>Whether a convolution of so many channels can be the first: a 1x1 one of stride 1, or any of an image, with up to 4 channels.</summary>
    public static bool Expands(Op convolution, int channels) => Projects(convolution) || (convolution is Conv2d && channels <= ImageChannels);

    /// <summary>Whether a convolution can be the one in the middle: depthwise, of 3x3 pixels, with padding 1.</summary>
    public static bool Filters(Op convolution) => convolution is DepthwiseConv2d { Window: { Size: var size, Padding: var padding, Dilation: var dilation } } && size == 3 && padding == 1 && dilation == 1;

    /// <summary>Whether a convolution can be the last: a 1x1 one of stride 1.</summary>
    public static bool Projects(Op convolution) => convolution is Conv2d { Window: { Size: var size, Stride: var stride, Padding: var padding } } && size == 1 && stride == 1 && padding == 0;

    /// <summary>y of x, and of r unless that is null.</summary>
    public DeviceArray Call(DeviceArray x, DeviceArray? residual = null)
    {
        ArgumentNullException.ThrowIfNull(x);
        Shape expanded = _expansion?.Infer(x.Shape) ?? x.Shape, filtered = _depthwise.Infer(expanded);
        bool inRows = HasLargeMaps(expanded, x.DType), byChannels = IsWhole && FoldedInvertedResidualByChannels<float, Real32>.Suits(expanded);
        if (x.Device.PrefersFewLaunches || !(inRows || byChannels))
            return OneAfterTheOther(x, residual);
        Shape shape = _projection?.Infer(filtered) ?? filtered;
        (_projection ?? _depthwise).RequireOperands(x, residual, shape);
        OpProfile? profile = x.Device.Profile;
        long start = profile is null ? 0 : OpProfile.Start(x.Device);
        DeviceArray y = x.Device.Allocate(shape, x.DType);
        if (x.DType == DType.Float32)
            Launch<float, Real32>(x, expanded, filtered, residual, y, inRows);
        else
            Launch<double, Real64>(x, expanded, filtered, residual, y, inRows);
        profile?.End(x.Device, start, nameof(FoldedInvertedResidual), false,
            (_expansion?.MultiplyAdds(x.Shape) ?? 0) + _depthwise.MultiplyAdds(expanded) + (_projection?.MultiplyAdds(filtered) ?? 0), [x, residual, y]);
        return y;
    }

    // Smaller maps stay in the second-level cache from one launch to the next, and images of few pixels would read the weights too often.
    private static bool HasLargeMaps(Shape expanded, DType type)
    {
        long bytes = (long)expanded.Count * type.Bytes();
        return bytes >= 1 << 19 && bytes / expanded[0] >= 1 << 16;
    }

    private DeviceArray OneAfterTheOther(DeviceArray x, DeviceArray? residual)
    {
        using DeviceArray? expanded = _expansion?.Call(x);
        if (_projection is null)
            return _depthwise.Call(expanded ?? x, residual);
        using DeviceArray filtered = _depthwise.Call(expanded ?? x);
        return _projection.Call(filtered, residual);
    }

    private void Launch<T, R>(DeviceArray x, Shape expanded, Shape filtered, DeviceArray? residual, DeviceArray y, bool inRows) where T : unmanaged, INumber<T> where R : struct, IReal<T>
    {
        var kernel = new FoldedInvertedResidualForward<T, R>
        {
            X = x.View<T>(),
            Y = y.View<T>(),
            Expansion = _expansion?.Dense<T, R>(x.View<T>(), x.Shape, null, default) ?? default,
            Depthwise = _depthwise.Depthwise<T, R>(default, expanded, default),
            Projection = _projection?.Dense<T, R>(default, filtered, residual, y.View<T>()) ?? default,
            Threads = x.Device.Threads,
        };
        if (inRows)
            x.Device.Launch(kernel);
        else
            x.Device.Launch(new FoldedInvertedResidualByChannels<T, R> { Whole = kernel });
    }
}

/// <summary>One thread: one element of y. On the processor a tile is a band of rows of an image.</summary>
internal partial struct FoldedInvertedResidualForward<T, R> : IHostKernel where T : unmanaged, INumber<T> where R : struct, IReal<T>
{
    public ArrayView<T> X, Y;

    public FoldedConvolutionForward<T, R> Expansion, Projection;

    public FoldedDepthwiseForward<T, R> Depthwise;

    /// <summary>Threads that share the tiles. The results do not depend on it.</summary>
    public int Threads;

    public readonly int Count => Y.IntLength;

    private readonly bool Expands => Expansion.Direct.Weight.IntLength > 0;

    private readonly bool Projects => Projection.Direct.Weight.IntLength > 0;

    public readonly void Run(int index)
    {
        if (!Projects)
        {
            Y[index] = Filtered(index);
            return;
        }
        int channels = Depthwise.Direct.G.C, outputs = Projection.Direct.G.O, o = index % outputs, pixel = index / outputs;
        T sum = Projection.Direct.Bias[o];
        for (int c = 0; c < channels; c++)
            sum += Filtered(pixel * channels + c) * Projection.Direct.Weight[c * outputs + o];
        Y[index] = Projection.Finish(index, sum);
    }

    private readonly T Filtered(int index) => Depthwise.Finish(index, Expands ? Depthwise.Direct.Sum(index, Expansion) : Depthwise.Direct.Sum(index, new StoredElements<T>(X)));
}
