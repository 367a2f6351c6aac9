namespace GpuPool.Experiments.Data;

/// <summary>Affine map of the colours after bytes have become [0, 1]: (value - mean) / deviation, a mean and a deviation for red, green and blue.</summary>
public readonly record struct Normalisation(float MeanRed, float MeanGreen, float MeanBlue, float DeviationRed, float DeviationGreen, float DeviationBlue)
{
    /// <summary>Leaves [0, 1], for pictures that are looked at.</summary>
    public static Normalisation None { get; } = new(0, 0, 0, 1, 1, 1);

    /// <summary>To [-1, 1]: mean and deviation 0.5. The default, and the released recipe for STL-10.</summary>
    public static Normalisation Half { get; } = new(0.5f, 0.5f, 0.5f, 0.5f, 0.5f, 0.5f);

    /// <summary>Mean and deviation of ImageNet's training colours, as every published ImageNet recipe uses them.</summary>
    public static Normalisation ImageNet { get; } = new(0.485f, 0.456f, 0.406f, 0.229f, 0.224f, 0.225f);
}
