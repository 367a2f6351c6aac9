namespace GpuPool.Kernels;

/// <summary>In which way a shape is wrong, so that a program can say what helps.</summary>
public enum ShapeFault
{
    /// <summary>Of another form than asked for.</summary>
    Form,

    /// <summary>More elements than an array may have.</summary>
    TooLarge,

    /// <summary>A map smaller than a window over it.</summary>
    TooSmall,

    /// <summary>Statistics over a single value.</summary>
    TooFewValues,

    /// <summary>More cells than a table has rows.</summary>
    TooManyCells,
}
