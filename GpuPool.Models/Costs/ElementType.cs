namespace GpuPool.Models.Costs;

/// <summary>Element types whose memory is counted; the value is the bytes of an element. Nothing is computed in int8 here.</summary>
public enum ElementType
{
    /// <summary>Integers of a byte, as after quantisation.</summary>
    Int8 = 1,

    /// <summary>IEEE single precision.</summary>
    Float32 = 4,
}
