namespace GpuPool.Experiments.Planning;

/// <summary>How long a step of data-parallel training takes on R ranks.</summary>
/// <remarks>
/// <c>T(R) = S + 2 (R - 1) (a + G / (R b))</c>: behind a step of S of its own a rank sends to each other one its part G / R of the gradients, and later the sum of its own part, one message after
/// the other, each after the latency a at b bytes a second. Nothing is overlapped, though <see cref="Distributed.GradientBuckets"/> begin within the backward pass: an upper bound, but for the
/// latency, which each bucket has. Source: what <see cref="Distributed.PendingSum"/> does; Thakur, Rabenseifner and Gropp, "Optimization of
/// collective communication operations in MPICH", 2005, for pairwise exchange and ring.
/// </remarks>
/// <param name="StepSeconds">S: forward, backward and update of a rank's batch on its device.</param>
/// <param name="Batch">Images of a rank's batch.</param>
/// <param name="GradientBytes">G.</param>
/// <param name="BytesPerSecond">b.</param>
/// <param name="LatencySeconds">a.</param>
internal sealed record ClusterPlan(double StepSeconds, int Batch, long GradientBytes, double BytesPerSecond, double LatencySeconds)
{
    /// <summary>Seconds that gradients take between ranks.</summary>
    public double Exchange(int ranks) => 2 * (ranks - 1) * (LatencySeconds + GradientBytes / (ranks * BytesPerSecond));

    /// <summary>Images a second of all ranks.</summary>
    public double ImagesPerSecond(int ranks) => ranks * Batch / (StepSeconds + Exchange(ranks));

    /// <summary>Share of R times the images a second of one rank.</summary>
    public double Efficiency(int ranks) => StepSeconds / (StepSeconds + Exchange(ranks));
}
