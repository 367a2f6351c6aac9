using GpuPool.Kernels;
using GpuPool.Kernels.Ops;

namespace GpuPool.Tests.Kernels.Matrix;

public static partial class Equations
{
    public static IEnumerable<Scalar> RoiAlign(RoiAlign op, Map[] inputs, Shape y)
    {
        Map x = inputs[0];
        foreach (Scalar[] roi in inputs[1].Rows)
        {
            List<(int Cell, Scalar Weight)>[][] rows = Samples(op, roi[2].Value, roi[4].Value, op.Height, x, x.Shape[1]), columns = Samples(op, roi[1].Value, roi[3].Value, op.Width, x, x.Shape[2]);
            for (int i = 0; i < op.Height; i++)
            {
                for (int j = 0; j < op.Width; j++)
                {
                    for (int c = 0; c < y.Channels; c++)
                    {
                        var sum = new Accumulator();
                        foreach ((int row, Scalar v) in rows[i].SelectMany(taps => taps))
                        {
                            foreach ((int column, Scalar u) in columns[j].SelectMany(taps => taps))
                                sum.AddProduct(v * u, x[(int)roi[0].Value, row, column, c]);
                        }
                        yield return sum.Total / Math.Max(rows[i].Length * columns[j].Length, 1);
                    }
                }
            }
        }
    }

    // The cells that each sample of each bin reads. At some places a sample more comes, or one is left out, all of a sudden.
    private static List<(int Cell, Scalar Weight)>[][] Samples(RoiAlign op, double low, double high, int bins, Map x, int extent)
    {
        Derivation derivation = x[0].Derivation!;
        Scalar start = op.Scale * (Scalar)low - (op.Aligned ? 0.5 : 0), length = op.Scale * (Scalar)high - (op.Aligned ? 0.5 : 0) - start;
        Scalar bin = (op.Aligned || length.Value > 1 ? length : 1) / bins;
        if (op.Samples == 0)
            derivation.MeetKink(Math.Abs(bin.Value - Math.Round(bin.Value)));
        int samples = op.Samples > 0 ? op.Samples : (int)Math.Ceiling(bin.Value);
        List<(int, Scalar)> Taps(Scalar position)
        {
            derivation.MeetKink(Math.Min(Math.Abs(position.Value + 1), Math.Abs(position.Value - extent)));
            if (position.Value < -1 || position.Value > extent)
                return [];
            int cell = (int)Math.Max(position.Value, 0);
            if (position.Value <= 0 || cell >= extent - 1)
                return [(Math.Min(cell, extent - 1), 1)];
            Scalar rest = position - (Scalar)cell;
            return [(cell, 1 - rest), (cell + 1, rest)];
        }
        return [.. Enumerable.Range(0, bins).Select(i => Enumerable.Range(0, samples).Select(sample => Taps(start + i * bin + (sample + 0.5) * bin / samples)).ToArray())];
    }
}
