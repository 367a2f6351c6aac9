using System.Numerics;
using GpuPool.Kernels.Host;
using GpuPool.Kernels.Numerics;
using ILGPU;

namespace GpuPool.Kernels.Ops;

/// <summary>Each element is 0 with a probability, and else scaled up so that its mean stays: for training only.</summary>
/// <remarks>
/// Equation: y[i] = m[i] x[i] / (1 - p), where m[i] = 0 if draw i of (seed, stream, step) is below p and else 1 (see <see cref="Philox"/>).
/// Gradient: dx[i] = m[i] dy[i] / (1 - p); m is drawn again and never stored. Probability 0 is the identity, without a copy.
/// Shapes: x, y, dy, dx are equal, of any rank.
/// </remarks>
/// <param name="Probability">p, at least 0 and below 1.</param>
/// <param name="Seed">Seed of the run.</param>
/// <param name="Stream">Number of this layer: layers of one stream drop the same elements.</param>
/// <param name="Step">Number of the training step.</param>
public sealed record Dropout(double Probability, ulong Seed, uint Stream, uint Step) : Op
{
    /// <inheritdoc/>
    public override Shape Infer(ReadOnlySpan<Shape> inputs)
    {
        Require.Inputs(Name, inputs, 1, 1);
        if (Probability is not (>= 0 and < 1))
            throw new ArgumentException($"{Name}: the probability must be at least 0 and below 1, but is {Probability}.");
        return inputs[0];
    }

    /// <inheritdoc/>
    public override OutputMemory Memory => OutputMemory.InPlace;

    /// <inheritdoc/>
    public override ChannelRole Channels(int operand, IReadOnlyList<Shape> inputs) => ChannelRole.Kept;

    internal override void Forward<T, R>(ForwardCall call)
    {
        if (Probability == 0)
            call.Output = call.Input(0).Share(call.Input(0).Shape);
        else
            call.Device.Launch(Kernel<T, R>(call.Input(0), call.Output));
    }

    internal override void Backward<T, R>(BackwardCall call)
    {
        if (Probability == 0)
            call.Pass(0);
        else
            call.Device.Launch(Kernel<T, R>(call.OutputGradient, call.Gradient(0)));
    }

    private DropoutElement<T, R> Kernel<T, R>(DeviceArray x, DeviceArray y) where T : unmanaged, INumber<T> where R : struct, IReal<T> => new()
    {
        X = x.View<T>(),
        Y = y.View<T>(),
        Scale = R.Of(1 / (1 - Probability)),
        Seed = Seed,
        Stream = Stream,
        Step = Step,
        Threshold = (uint)(Probability * (1L << 32)),
    };
}

/// <summary>One thread: one element of y, or of dx where X is dy.</summary>
internal struct DropoutElement<T, R> : IHostKernel where T : unmanaged, INumber<T> where R : struct, IReal<T>
{
    public ArrayView<T> X, Y;
    public T Scale;
    public ulong Seed;
    public uint Stream, Step, Threshold;

    public readonly int Count => Y.IntLength;

    public readonly int Tiles => ElementTiles.Count(Count);

    public readonly void Run(int index) => Write(index, Philox.Bits(Seed, Stream, Step, (uint)index));

    public readonly void RunTile(int tile)
    {
        (int start, int end) = ElementTiles.Range(tile, Count);
        for (int first = start; first < end; first += 4)
        {
            PhiloxBlock block = Philox.Block(Seed, Stream, Step, 0, (uint)first >> 2);
            for (int index = first; index < Math.Min(first + 4, end); index++)
                Write(index, block.Draw(index - first));
        }
    }

    private readonly void Write(int index, uint draw) => Y[index] = draw < Threshold ? R.Of(0) : X[index] * Scale;
}
