namespace GpuPool.Kernels;

/// <summary>What the channels of an op's output have to do with those of an operand; channels are the last axis.</summary>
public enum ChannelRole
{
    /// <summary>Not followed: the operand keeps all its channels, and so does the output.</summary>
    Fixed,

    /// <summary>Each channel of the output is made of the same channel of the operand.</summary>
    Kept,

    /// <summary>Each channel of the output is changed by the same channel of the operand, which does not make it: biases, scales, scores.</summary>
    Weighs,

    /// <summary>Each channel of the output is made of all channels of the operand, by the operand that is <see cref="Mixes"/>.</summary>
    Mixed,

    /// <summary>A weight (..., in, out): one slice for each channel of the <see cref="Mixed"/> operand, and one for each channel of the output.</summary>
    Mixes,
}
