namespace GpuPool.Kernels;

/// <summary>Processes that do the same steps on different data. All of them call the same members in the same order.</summary>
public interface IPeers
{
    /// <summary>What each process gives, in an order that is the same for all.</summary>
    /// <param name="mine">As many numbers as every other process gives.</param>
    IReadOnlyList<double[]> Gather(ReadOnlySpan<double> mine);
}
