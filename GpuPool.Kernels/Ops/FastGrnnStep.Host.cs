using GpuPool.Kernels.Geometry;
using GpuPool.Kernels.Host;
using GpuPool.Kernels.Numerics;

namespace GpuPool.Kernels.Ops;

// Assumes what Views.Pointer promises: host memory, and null for an empty array. A tile is a run of sequences, or of positions.
internal partial struct FastGrnnStep<T, R>
{
    public readonly int Tiles => ChannelPattern.Tiles(Count, Channels);

    public readonly void RunTile(int tile) => ChannelLanes<T, R>.RunTile(this, tile);

    public readonly unsafe void RunTile<V, L>(int tile) where V : struct where L : struct, ILanes<T, V>
    {
        T* projection = Projection.Pointer(), recurrent = Recurrent.Pointer(), state = Cell.State.Pointer();
        T* gateBias = Cell.GateBias.Pointer(), candidateBias = Cell.CandidateBias.Pointer(), preactivation = Cell.Preactivation.Pointer(), next = Next.Pointer();
        V zeta = Elementary<V, L>.Sigmoid(L.Broadcast(*Cell.Zeta.Pointer())), nu = Elementary<V, L>.Sigmoid(L.Broadcast(*Cell.Nu.Pointer()));
        (int row, int end) = ChannelPattern.Range(tile, Count, Channels);
        for (; row < end; row += Channels)
        {
            T* x = projection + Sweep.Position(row / Channels, Step) * Channels;
            for (int start = 0; start < Channels; start += L.Count)
            {
                int channel = Math.Min(start, Channels - L.Count), index = row + channel;
                V a = L.Load(x + channel);
                if (recurrent != null)
                    a = L.Add(a, L.Load(recurrent + index));
                var cell = FastGrnnCell<V, L>.Of(a, L.Load(gateBias + channel), L.Load(candidateBias + channel), zeta, nu);
                L.Store(preactivation + index, a);
                L.Store(next + index, cell.Next(state != null ? L.Load(state + index) : L.Zero));
            }
        }
    }
}

internal partial struct FastGrnnStepBackward<T, R>
{
    public readonly int Tiles => ChannelPattern.Tiles(Count, Channels);

    public readonly void RunTile(int tile) => ChannelLanes<T, R>.RunTile(this, tile);

    public readonly unsafe void RunTile<V, L>(int tile) where V : struct where L : struct, ILanes<T, V>
    {
        T* preactivation = Cell.Preactivation.Pointer(), state = Cell.State.Pointer(), arriving = Arriving.Pointer(), recurrent = Recurrent.Pointer();
        T* gateBias = Cell.GateBias.Pointer(), candidateBias = Cell.CandidateBias.Pointer(), carried = Carried.Pointer(), gradient = Gradient.Pointer(), terms = Terms.Pointer();
        V zeta = Elementary<V, L>.Sigmoid(L.Broadcast(*Cell.Zeta.Pointer())), nu = Elementary<V, L>.Sigmoid(L.Broadcast(*Cell.Nu.Pointer()));
        (int row, int end) = ChannelPattern.Range(tile, Count, Channels);
        for (; row < end; row += Channels)
        {
            for (int start = 0; start < Channels; start += L.Count)
            {
                int channel = Math.Min(start, Channels - L.Count), index = row + channel;
                V next = L.Load(arriving + index);
                if (recurrent != null)
                    next = L.Add(next, L.Load(recurrent + index));
                var cell = FastGrnnCell<V, L>.Of(L.Load(preactivation + index), L.Load(gateBias + channel), L.Load(candidateBias + channel), zeta, nu);
                V gate = cell.GateGradient(next, state != null ? L.Load(state + index) : L.Zero), candidate = cell.CandidateGradient(next);
                L.Store(gradient + index, L.Add(gate, candidate));
                L.Store(carried + index, L.Multiply(next, cell.Gate));
                L.Store(terms + index, gate);
                L.Store(terms + TermLength + index, candidate);
                L.Store(terms + 2L * TermLength + index, cell.ZetaGradient(next));
                L.Store(terms + 3L * TermLength + index, cell.NuGradient(next));
            }
        }
    }
}

internal partial struct FastGrnnProjectionBackward<T, R>
{
    public readonly int Tiles => ChannelPattern.Tiles(Count, Channels);

    public readonly void RunTile(int tile) => ChannelLanes<T, R>.RunTile(this, tile);

    public readonly unsafe void RunTile<V, L>(int tile) where V : struct where L : struct, ILanes<T, V>
    {
        T* steps = StepGradient.Pointer(), gradient = Gradient.Pointer();
        (int row, int end) = ChannelPattern.Range(tile, Count, Channels);
        for (; row < end; row += Channels)
        {
            int position = row / Channels;
            Interval windows = Sweep.Holding(position);
            for (int start = 0; start < Channels; start += L.Count)
            {
                int channel = Math.Min(start, Channels - L.Count);
                V sum = L.Zero;
                for (int window = windows.First; window < windows.End; window++)
                    sum = L.Add(sum, L.Load(steps + (Sweep.Step(position, window) * Sequences + Sweep.Sequence(position, window)) * Channels + channel));
                L.Store(gradient + row + channel, sum);
            }
        }
    }
}
