namespace GpuPool.Models.Pooling;

/// <summary>What a pooling method is told about the place that it takes in a network.</summary>
/// <param name="Channels">Channels of the map.</param>
/// <param name="Stride">Factor by which the map shrinks.</param>
/// <param name="SelfAttentive">Options of self-attentive pooling in this place.</param>
public sealed record PoolingSite(int Channels, int Stride, SelfAttentiveOptions SelfAttentive);
