using GpuPool.Kernels;

namespace GpuPool.Models.Pooling;

/// <summary>What a pooling method is told about the place that it takes in a network.</summary>
/// <param name="Channels">Channels of the map.</param>
/// <param name="Stride">Factor by which the map shrinks.</param>
/// <param name="SelfAttentive">Options of self-attentive pooling in this place.</param>
/// <param name="Noise">Whether Gaussian pooling draws noise in training.</param>
public sealed record PoolingSite(int Channels, int Stride, SelfAttentiveOptions SelfAttentive, bool Noise = true)
{
    /// <summary>Window of the pool that the network itself has here, which max and average pooling take; null where its side is the step.</summary>
    public Window? Own { get; init; }

    /// <summary>The window of most methods: its side is the step, or with step 1 it is the network's own.</summary>
    public Window Window => Stride == 1 && Own is { } own ? own : new(Stride, Stride);
}
