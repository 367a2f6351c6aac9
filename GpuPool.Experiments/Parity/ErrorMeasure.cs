namespace GpuPool.Experiments.Parity;

/// <summary>How the values of a replay are compared with the recorded ones.</summary>
internal enum ErrorMeasure
{
    /// <summary>Norm of the difference over the norm of the recorded values, or over their scale where they vanish.</summary>
    Norm,

    /// <summary>The largest difference of two elements.</summary>
    Absolute,

    /// <summary>The largest difference of two elements, over the recorded one where that is above 1.</summary>
    Elements,
}
