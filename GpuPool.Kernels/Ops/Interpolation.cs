namespace GpuPool.Kernels.Ops;

/// <summary>How <see cref="Upsample"/> fills the cells between those of its input.</summary>
public enum Interpolation
{
    /// <summary>The cell in which the new cell begins: floor(i h / H).</summary>
    Nearest,

    /// <summary>Linear along both axes between cell centres, constant beyond the outermost: PyTorch's bilinear with align_corners=False.</summary>
    Bilinear,
}
