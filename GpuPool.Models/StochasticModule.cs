namespace GpuPool.Models;

/// <summary>
/// A part that draws random numbers in training, by a counter-based generator: what it draws depends on the seed of the network, on the part's place
/// among its stochastic parts, and on the number of the training step, and neither on the device nor on anything drawn before.
/// </summary>
public abstract class StochasticModule : Module
{
    // The first of the streams of random numbers that only modules use.
    private const uint FirstStream = 0x6E6F6973;

    /// <summary>Seed of the network, set by <see cref="Module.Allocate"/>.</summary>
    protected ulong Seed { get; private set; }

    /// <summary>Number of this part's stream of random numbers.</summary>
    protected uint Stream { get; private set; }

    /// <summary>Number of the next training step. Each call in training counts itself; <see cref="Module.ResumeAt"/> sets it for all parts.</summary>
    public uint Step { get; internal set; }

    /// <summary>The number of this training step; the next call is another step.</summary>
    protected uint TakeStep() => Step++;

    internal void Draw(ulong seed, uint place) => (Seed, Stream, Step) = (seed, FirstStream + place, 0);
}
