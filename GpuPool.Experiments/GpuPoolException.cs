using GpuPool.Experiments.Data;

namespace GpuPool.Experiments;

/// <summary>The one exception with an exit code: something a user can understand and mend, printed as one line <c>gpupool: CAUSE. REMEDY</c>.</summary>
/// <param name="code">The status with which the program ends.</param>
/// <param name="cause">What is wrong and where (file, option, value), without the full stop at its end.</param>
/// <param name="remedy">What to do about it, as a sentence.</param>
/// <param name="inner">What was caught, if anything.</param>
public sealed class GpuPoolException(ExitCode code, string cause, string remedy, Exception? inner = null) : Exception($"{cause}. {remedy}", inner)
{
    /// <summary>The status with which the program ends.</summary>
    public ExitCode Code { get; } = code;

    /// <summary>What is wrong and where, without the full stop at its end.</summary>
    public string Cause { get; } = cause;

    /// <summary>What to do about it.</summary>
    public string Remedy { get; } = remedy;

    /// <summary>The fault, where a file of a data set is to blame.</summary>
    public DataFault? Fault { get; init; }
}
