using System.Numerics;
using GpuPool.Kernels.Numerics;
using ILGPU;

namespace GpuPool.Kernels.Ops;

/// <summary>
/// Chooses between two ways to pool, channel by channel: at random in training, in evaluation the way that was chosen more often (Yu et al., "Mixed
/// pooling for convolutional neural networks", 2014; from general knowledge of that paper). Average is 0, maximum is 1.
/// </summary>
/// <remarks>
/// Equation: y[n,c] = 1 if draw n C + c of (seed, stream, step) is odd and else 0 (see <see cref="Philox"/>), which is counted in Counts[c, y]; in
/// evaluation y[n,c] = 1 if Counts[c, 1] &gt;= Counts[c, 0] and else 0. No gradient: x tells the number of images.
/// Shapes: x (N, ..., C); y (N, 1, 1, C).
/// </remarks>
/// <param name="Counts">How often each was chosen (C, 2), exact up to 16 million in float32.</param>
/// <param name="Training">Whether to draw and count.</param>
/// <param name="Seed">Seed of the run.</param>
/// <param name="Stream">Number of this layer: layers of one stream choose alike.</param>
/// <param name="Step">Number of the training step.</param>
public sealed record MixedChoice(DeviceArray Counts, bool Training, ulong Seed = 0, uint Stream = 0, uint Step = 0) : Op
{
    /// <inheritdoc/>
    public override IEnumerable<DeviceArray> States => [Counts];

    /// <inheritdoc/>
    public override Shape Infer(ReadOnlySpan<Shape> inputs)
    {
        Require.Inputs(Name, inputs, 1, 1);
        Require.That(inputs[0].Rank >= 2, Name, "x", inputs[0], "(N, ..., C)");
        Require.Same(Name, "the counts", Counts.Shape, new Shape(inputs[0].Channels, 2), "(C, 2)");
        return new Shape(inputs[0][0], 1, 1, inputs[0].Channels);
    }

    internal override void Forward<T, R>(ForwardCall call) => call.Device.Launch(new MixedChoiceForward<T, R>
    {
        Counts = Counts.View<T>(),
        Y = call.Output.View<T>(),
        Images = call.Output.Shape[0],
        Training = Training ? 1 : 0,
        Seed = Seed,
        Stream = Stream,
        Step = Step,
    });

    internal override void Backward<T, R>(BackwardCall call) { }
}

/// <summary>One thread: one channel.</summary>
internal struct MixedChoiceForward<T, R> : IHostKernel where T : unmanaged, INumber<T> where R : struct, IReal<T>
{
    public ArrayView<T> Counts, Y;
    public int Images, Training;
    public ulong Seed;
    public uint Stream, Step;

    public readonly int Count => Counts.IntLength >> 1;

    public readonly int Tiles => 1;

    public readonly void Run(int index)
    {
        int chosen = 0;
        for (int image = 0; image < Images; image++)
        {
            int place = image * Count + index;
            int choice = (int)(Philox.Bits(Seed, Stream, Step, (uint)place) & 1);
            chosen += choice;
            Y[place] = Training != 0 ? R.Of(choice) : R.IfLess(Counts[2 * index + 1], Counts[2 * index], R.Of(0), R.Of(1));
        }
        if (Training == 0)
            return;
        Counts[2 * index] += R.Of(Images - chosen);
        Counts[2 * index + 1] += R.Of(chosen);
    }

    public readonly void RunTile(int tile)
    {
        for (int channel = 0; channel < Count; channel++)
            Run(channel);
    }
}
