using System.Numerics;
using GpuPool.Kernels.Geometry;
using GpuPool.Kernels.Host;
using GpuPool.Kernels.Numerics;
using ILGPU;

namespace GpuPool.Kernels.Ops;

/// <summary>
/// A convolution for evaluation alone, dense or depthwise: the batch norm behind it is folded into weights and bias, residual and activation follow each sum before it is
/// stored, and the weights are laid out once, in the order in which the device reads them. It keeps them as they were when it was made.
/// </summary>
/// <remarks>
/// Equation: y = f(conv(x, w') + b' + r), w' = w s, b' = beta + (b - mean) s, s = gamma / sqrt(variance + epsilon) of each output channel; without a batch norm s = 1,
/// b' = b. No gradient. Shapes are those of the convolution; r is like y, and a depthwise convolution takes none. Errors: ShapeException where that does not hold.
/// </remarks>
public sealed class FoldedConvolution : IDisposable
{
    private readonly Activation _activation;
    private readonly Shape _shape;
    private readonly DeviceArray _bias;

    // The weights in their own order, for a depthwise convolution and for Winograd's products, and in panels. Which of the two a 3x3 convolution takes is up to the map.
    private readonly DeviceArray? _weight;
    private DeviceArray? _panels;

    /// <summary>Folds a convolution.</summary>
    /// <param name="convolution"><see cref="Conv2d"/> or <see cref="DepthwiseConv2d"/>.</param>
    /// <param name="w">Its weight.</param>
    /// <param name="b">Its bias; null for none.</param>
    /// <param name="norm">The batch norm behind it; null for none.</param>
    /// <param name="activation">f</param>
    public FoldedConvolution(Op convolution, DeviceArray w, DeviceArray? b = null, FoldedNorm? norm = null, Activation activation = Activation.None)
    {
        ArgumentNullException.ThrowIfNull(convolution);
        ArgumentNullException.ThrowIfNull(w);
        (Convolution, _activation, _shape) = (convolution, activation, w.Shape);
        (DeviceArray weight, _bias) = w.DType == DType.Float32 ? Fold<float, Real32>(w, b, norm) : Fold<double, Real64>(w, b, norm);
        weight.LeaveScopes();
        _bias.LeaveScopes();
        if (IsOnlyInPanels)
            _panels = weight;
        else
            _weight = weight;
    }

    private string Name => $"Folded{Convolution.Name}";

    private Window Window => (Convolution as Conv2d)?.Window ?? ((DepthwiseConv2d)Convolution).Window;

    private bool IsDense => Convolution is Conv2d;

    private bool IsFiltered => Convolution is Conv2d { Winograd: true } && WinogradPlan.Suits(Window.Size, Window.Stride, Window.Dilation, _shape[2], _shape[3]);

    private bool IsOnlyInPanels => IsDense && !IsFiltered;

    /// <summary>The convolution as an op.</summary>
    internal Op Convolution { get; }

    /// <summary>Channels of x.</summary>
    internal int InputChannels => _shape[2];

    /// <summary>y of x, and of r unless that is null.</summary>
    public DeviceArray Call(DeviceArray x, DeviceArray? residual = null)
    {
        ArgumentNullException.ThrowIfNull(x);
        Shape shape = Infer(x.Shape);
        RequireOperands(x, residual, shape);
        OpProfile? profile = x.Device.Profile;
        long start = profile is null ? 0 : OpProfile.Start(x.Device);
        DeviceArray y = x.Device.Allocate(shape, x.DType);
        if (x.DType == DType.Float32)
            Launch<float, Real32>(x, residual, y);
        else
            Launch<double, Real64>(x, residual, y);
        profile?.End(x.Device, start, Name, false, MultiplyAdds(x.Shape), [x, residual, _weight ?? _panels, y]);
        return y;
    }

    /// <summary>Shape of y.</summary>
    internal Shape Infer(Shape x) => Convolution.Infer([x, _shape]);

    /// <inheritdoc cref="Op.MultiplyAdds"/>
    internal long MultiplyAdds(Shape x) => Convolution.MultiplyAdds([x, _shape]);

    /// <summary>Checks operands against a shape of y.</summary>
    internal void RequireOperands(DeviceArray x, DeviceArray? residual, Shape shape)
    {
        Require.Together(Name, x, _bias);
        if (residual is null)
            return;
        Require.That(IsDense, Name, "the residual", residual.Shape, "absent behind a depthwise convolution");
        Require.Same(Name, "the residual", residual.Shape, shape, "the shape of y");
        Require.Together(Name, x, residual);
    }

    /// <summary>Returns the memory of its weights.</summary>
    public void Dispose()
    {
        _weight?.Dispose();
        _panels?.Dispose();
        _bias.Dispose();
    }

    private (DeviceArray Weight, DeviceArray Bias) Fold<T, R>(DeviceArray w, DeviceArray? b, FoldedNorm? norm) where T : unmanaged, INumber<T> where R : struct, IReal<T>
    {
        var channels = new Shape(_shape.Channels);
        DeviceArray bias = w.Device.Allocate(channels, w.DType);
        using DeviceArray scale = w.Device.Allocate(channels, w.DType);
        w.Device.Launch(new FoldedCoefficients<T, R>
        {
            Bias = b is null ? default : b.View<T>(),
            Gamma = norm is null ? default : norm.Gamma.View<T>(),
            Beta = norm is null ? default : norm.Beta.View<T>(),
            Mean = norm is null ? default : norm.Statistics.Mean.View<T>(),
            Variance = norm is null ? default : norm.Statistics.Variance.View<T>(),
            Epsilon = R.Of(norm?.Statistics.Epsilon ?? 0),
            Scale = scale.View<T>(),
            Shift = bias.View<T>(),
        });
        return (LayOut(w, scale.View<T>(), IsOnlyInPanels), bias);
    }

    private DeviceArray LayOut<T>(DeviceArray w, ArrayView<T> scale, bool inPanels) where T : unmanaged, INumber<T>
    {
        DeviceArray target = w.Device.Allocate(inPanels ? new Shape(Panels.Count(_shape.Rows, _shape.Channels)) : _shape, w.DType);
        w.Device.Launch(new FoldedWeights<T>
        {
            Weight = w.View<T>(),
            Scale = scale,
            Target = target.View<T>(),
            Channels = _shape.Channels,
            InPanels = inPanels ? 1 : 0,
        });
        return target;
    }

    private DeviceArray InPanels<T>() where T : unmanaged, INumber<T>
    {
        if (_panels is null)
        {
            _panels = LayOut<T>(_weight!, default, inPanels: true);
            _panels.LeaveScopes();
        }
        return _panels;
    }

    private void Launch<T, R>(DeviceArray x, DeviceArray? residual, DeviceArray y) where T : unmanaged, INumber<T> where R : struct, IReal<T>
    {
        if (!IsDense)
            x.Device.Launch(Depthwise<T, R>(x.View<T>(), x.Shape, y.View<T>()));
        else if (IsFiltered && WinogradPlan.Suits(Geometry(x.Shape)))
            x.Device.Launch(new FoldedWinogradForward<T, R> { Folded = Dense<T, R>(x.View<T>(), x.Shape, residual, y.View<T>(), _weight!) });
        else
            x.Device.Launch(Dense<T, R>(x.View<T>(), x.Shape, residual, y.View<T>(), InPanels<T>()));
    }

    private ConvolutionGeometry Geometry(Shape x) => new(Window, x, _shape.Channels);

    private FoldedConvolutionForward<T, R> Dense<T, R>(ArrayView<T> x, Shape shape, DeviceArray? residual, ArrayView<T> y, DeviceArray weight) where T : unmanaged, INumber<T> where R : struct, IReal<T> => new()
    {
        Direct = new ConvolutionForward<T> { X = x, Weight = weight.View<T>(), Bias = _bias.View<T>(), Y = y, G = Geometry(shape) },
        Residual = residual is null ? default : residual.View<T>(),
        Lower = _activation.Lower<T, R>(),
        Upper = _activation.Upper<T, R>(),
        IsPlain = residual is null && _activation == Activation.None ? 1 : 0,
    };

    /// <summary>The kernel of a dense convolution that is no filter, of operands in memory or of none; <see cref="Depthwise"/> is that of the other kind.</summary>
    internal FoldedConvolutionForward<T, R> Dense<T, R>(ArrayView<T> x, Shape shape, DeviceArray? residual, ArrayView<T> y) where T : unmanaged, INumber<T> where R : struct, IReal<T> =>
        Dense<T, R>(x, shape, residual, y, InPanels<T>());

    /// <inheritdoc cref="Dense{T, R}(ArrayView{T}, Shape, DeviceArray?, ArrayView{T})"/>
    internal FoldedDepthwiseForward<T, R> Depthwise<T, R>(ArrayView<T> x, Shape shape, ArrayView<T> y) where T : unmanaged, INumber<T> where R : struct, IReal<T> => new()
    {
        Direct = new DepthwiseForward<T> { X = x, Weight = _weight!.View<T>(), Y = y, G = Geometry(shape) },
        Bias = _bias.View<T>(),
        Lower = _activation.Lower<T, R>(),
        Upper = _activation.Upper<T, R>(),
    };
}

/// <summary>A batch norm in evaluation that is to be folded into the convolution before it.</summary>
/// <param name="Gamma">gamma (C)</param>
/// <param name="Beta">beta (C)</param>
/// <param name="Statistics">Running statistics.</param>
public sealed record FoldedNorm(DeviceArray Gamma, DeviceArray Beta, BatchNormStatistics Statistics);

/// <summary>One thread: factor of the weights and bias of one output channel.</summary>
internal struct FoldedCoefficients<T, R> : IKernel where T : unmanaged, INumber<T> where R : struct, IReal<T>
{
    public ArrayView<T> Bias, Gamma, Beta, Mean, Variance, Scale, Shift;

    public T Epsilon;

    public readonly int Count => Scale.IntLength;

    public readonly void Run(int index)
    {
        T bias = Bias.IntLength > 0 ? Bias[index] : T.Zero;
        if (Gamma.IntLength == 0)
        {
            Scale[index] = T.One;
            Shift[index] = bias;
            return;
        }
        T scale = Gamma[index] / R.Sqrt(Variance[index] + Epsilon);
        Scale[index] = scale;
        Shift[index] = Beta[index] + (bias - Mean[index]) * scale;
    }
}

/// <summary>One thread: one element of the weights times the factor of its channel, or 1 where there are none, in its place. On the processor it can lay them out in panels.</summary>
internal partial struct FoldedWeights<T> : IHostKernel where T : unmanaged, INumber<T>
{
    public ArrayView<T> Weight, Scale, Target;

    public int Channels, InPanels;

    public readonly int Count => Weight.IntLength;

    public readonly void Run(int index) => Target[index] = Scale.IntLength == 0 ? Weight[index] : Weight[index] * Scale[index % Channels];
}

/// <summary>One thread: one element of y. On the processor the weights are in panels.</summary>
internal partial struct FoldedConvolutionForward<T, R> : IHostKernel, IElements<T> where T : unmanaged, INumber<T> where R : struct, IReal<T>
{
    public ConvolutionForward<T> Direct;

    public ArrayView<T> Residual;

    public T Lower, Upper;

    /// <summary>Whether nothing is added and the bounds are infinite.</summary>
    public int IsPlain;

    public readonly int Count => Direct.Count;

    public readonly void Run(int index) => Direct.Y[index] = At(index);

    public readonly T At(int index) => Finish(index, Direct.Sum(index));

    /// <summary>The element of y of its sum.</summary>
    public readonly T Finish(int index, T sum)
    {
        if (Residual.IntLength > 0)
            sum += Residual[index];
        sum = R.IfLess(sum, Lower, Lower, sum);
        return R.IfLess(Upper, sum, Upper, sum);
    }
}

/// <summary>The same by Winograd's minimal filtering, of weights in their own order. Elsewhere than on the processor it is the direct convolution.</summary>
internal partial struct FoldedWinogradForward<T, R> : IStagedHostKernel<T> where T : unmanaged, INumber<T> where R : struct, IReal<T>
{
    public FoldedConvolutionForward<T, R> Folded;

    public readonly int Count => Folded.Count;

    public readonly void Run(int index) => Folded.Run(index);
}

/// <summary>One thread: one element of y.</summary>
internal partial struct FoldedDepthwiseForward<T, R> : IHostKernel where T : unmanaged, INumber<T> where R : struct, IReal<T>
{
    public DepthwiseForward<T> Direct;

    public ArrayView<T> Bias;

    public T Lower, Upper;

    public readonly int Count => Direct.Count;

    public readonly void Run(int index) => Direct.Y[index] = Finish(index, Direct.Sum(index));

    /// <summary>The element of y of its sum.</summary>
    public readonly T Finish(int index, T sum)
    {
        T y = sum + Bias[index % Direct.G.C];
        y = R.IfLess(y, Lower, Lower, y);
        return R.IfLess(Upper, y, Upper, y);
    }
}
