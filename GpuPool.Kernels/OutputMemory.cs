namespace GpuPool.Kernels;

/// <summary>Where an op that runs on small memory has its output.</summary>
public enum OutputMemory
{
    /// <summary>In memory of its own.</summary>
    Own,

    /// <summary>In the place of an operand of its shape, which it overwrites element by element where nobody reads it any more; else in memory of its own.</summary>
    InPlace,

    /// <summary>In the memory of its operand, which it leaves as it is.</summary>
    Shared,
}
