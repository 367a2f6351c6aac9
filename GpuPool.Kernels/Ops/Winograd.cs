using System.Numerics;

namespace GpuPool.Kernels.Ops;

// Elsewhere than on the processor these are the direct convolutions, which they hold.

/// <summary>y of a 3x3 convolution by Winograd's minimal filtering.</summary>
internal partial struct WinogradForward<T> : IStagedHostKernel<T> where T : unmanaged, INumber<T>
{
    public ConvolutionForward<T> Direct;

    public readonly int Count => Direct.Count;

    public readonly void Run(int index) => Direct.Run(index);
}

/// <summary>dx of a 3x3 convolution by Winograd's minimal filtering: a convolution of dy with the weights turned around.</summary>
internal partial struct WinogradBackwardInput<T> : IStagedHostKernel<T> where T : unmanaged, INumber<T>
{
    public ConvolutionBackwardInput<T> Direct;

    public readonly int Count => Direct.Count;

    public readonly void Run(int index) => Direct.Run(index);
}

/// <summary>dw of a 3x3 convolution by Winograd's minimal filtering.</summary>
internal partial struct WinogradBackwardWeight<T> : IStagedHostKernel<T> where T : unmanaged, INumber<T>
{
    public ConvolutionBackwardWeight<T> Direct;

    public readonly int Count => Direct.Count;

    public readonly void Run(int index) => Direct.Run(index);
}
