namespace GpuPool.Kernels;

/// <summary>Kinds of multiply-adds that the paper's tables keep apart.</summary>
public enum CostPart
{
    /// <summary>None: batch norm, activations and pooling are not counted.</summary>
    None,

    /// <summary>Convolutions, dense and depthwise.</summary>
    Convolution,

    /// <summary>Linear layers.</summary>
    Linear,

    /// <summary>Query, key, value and output projections of attention.</summary>
    Projection,

    /// <summary>The two products over all pairs of tokens.</summary>
    Attention,
}
