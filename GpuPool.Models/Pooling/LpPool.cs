using GpuPool.Autograd;
using GpuPool.Kernels;

namespace GpuPool.Models.Pooling;

/// <summary>
/// Learned-norm pooling (Gulcehre, Cho, Pascanu and Bengio, "Learned-norm pooling for deep feedforward and recurrent neural networks", 2014):
/// the power mean of the magnitudes in each window, with a learned exponent a channel. For the equation see <see cref="Kernels.Ops.LpPool2d"/>.
/// </summary>
/// <remarks>
/// The equation and p = 1 + softplus(rho) are recalled; the paper's learned centres are left out, as is usual in convolutional networks. That p starts at 2,
/// the root mean square, and is bounded by 10 is our choice.
/// </remarks>
public sealed class LpPool : Module
{
    // softplus(rho) = 1.
    private const double StartRho = 0.54132485461291806;

    private readonly Window _window;
    private readonly ModuleState _rho;

    /// <summary>A pool for a map of so many channels, with exponent 2.</summary>
    public LpPool(int channels, Window window)
    {
        _window = window;
        _rho = State("rho", ModuleState.Parameter(new Shape(channels), Distribution.Constant(StartRho)));
    }

    /// <inheritdoc/>
    protected override Tensor Forward(Tensor x) => x.LpPool2d(_rho.Value, _window);
}
