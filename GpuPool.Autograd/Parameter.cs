using GpuPool.Kernels;

namespace GpuPool.Autograd;

/// <summary>A leaf that an optimiser changes.</summary>
public sealed class Parameter : Tensor
{
    /// <summary>A parameter with this start value; it takes over the array.</summary>
    public Parameter(DeviceArray value) : base(value, requiresGradient: true, source: null) { }

    /// <summary>Whether an optimiser's weight decay pulls it towards 0; true by default.</summary>
    public bool Decays { get; init; } = true;

    /// <summary>Where an optimiser wants the gradient, beside those of its other parameters; null for new memory.</summary>
    internal DeviceArray? GradientPlace { get; set; }

    /// <summary>The gradient, which becomes 0 where there is none: for an optimiser it is one, as where a gradient is known from elsewhere.</summary>
    public DeviceArray GradientOrZero()
    {
        if (Gradient is null)
        {
            Gradient = GradientPlace?.Share(Shape) ?? Device.Allocate(Shape, DType);
            Gradient.LeaveScopes();
            Gradient.Clear();
        }
        return Gradient;
    }

    /// <summary>Forgets the gradient and returns its memory.</summary>
    public void ClearGradient()
    {
        Gradient?.Dispose();
        Gradient = null;
    }
}
