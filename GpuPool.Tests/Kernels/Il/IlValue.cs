namespace GpuPool.Tests.Kernels.Il;

/// <summary>What is known of a value on the stack.</summary>
internal enum IlKind
{
    Other,
    Constant,

    /// <summary>A floating-point number plus or minus a constant.</summary>
    Sum,

    /// <summary>A floating-point number times a constant.</summary>
    Product,

    /// <summary>A number converted to another type.</summary>
    Converted,
}

/// <summary>A value on the stack.</summary>
/// <param name="Kind">What is known of it.</param>
/// <param name="Number">The number of a constant.</param>
/// <param name="Conversion">The instruction that converted it.</param>
internal readonly record struct IlValue(IlKind Kind, double Number = 0, string Conversion = "")
{
    public bool IsConstant => Kind == IlKind.Constant;
}
