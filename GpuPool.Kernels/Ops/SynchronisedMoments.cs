namespace GpuPool.Kernels.Ops;

/// <summary>What batch norm exchanges where its statistics are those of the batches of several processes.</summary>
/// <remarks>
/// Sums over the processes are taken in their order and in double precision, so all get the same bits. Source of the combination: Chan, Golub and LeVeque 1979, "Updating formulae
/// and a pairwise algorithm for computing sample variances".
/// </remarks>
internal static class SynchronisedMoments
{
    /// <summary>Mean and rstd of each channel over all processes, and the running statistics.</summary>
    /// <param name="peers">The processes.</param>
    /// <param name="rows">Values a channel here; may differ from process to process.</param>
    /// <param name="ownMean">Their mean.</param>
    /// <param name="ownVariance">Their unbiased variance.</param>
    /// <param name="running">Is updated.</param>
    /// <param name="mean">Is written.</param>
    /// <param name="rstd">Is written.</param>
    public static void Combine(IPeers peers, int rows, DeviceArray ownMean, DeviceArray ownVariance, BatchNormStatistics running, DeviceArray mean, DeviceArray rstd)
    {
        int channels = mean.Shape.Count;
        IReadOnlyList<double[]> all = peers.Gather([rows, .. ownMean.ToDoubles(), .. ownVariance.ToDoubles()]);
        double count = all.Sum(part => part[0]);
        double[] means = new double[channels], rstds = new double[channels], runningMean = running.Mean.ToDoubles(), runningVariance = running.Variance.ToDoubles();
        for (int c = 0; c < channels; c++)
        {
            double centre = 0, spread = 0;
            foreach (double[] part in all)
                centre += part[0] / count * part[1 + c];
            foreach (double[] part in all)
                spread += (part[0] - 1) * part[1 + channels + c] + part[0] * Math.Pow(part[1 + c] - centre, 2);
            (means[c], rstds[c]) = (centre, 1 / Math.Sqrt(spread / count + running.Epsilon));
            runningMean[c] += running.Momentum * (centre - runningMean[c]);
            runningVariance[c] += running.Momentum * (spread / (count - 1) - runningVariance[c]);
        }
        mean.CopyFrom(means);
        rstd.CopyFrom(rstds);
        running.Mean.CopyFrom(runningMean);
        running.Variance.CopyFrom(runningVariance);
    }

    /// <summary>
    /// Sums over the values of all processes, times the share of those that are here: divided by the number of values here they are the means over all.
    /// </summary>
    /// <param name="peers">The processes.</param>
    /// <param name="rows">Values a channel here.</param>
    /// <param name="own">Sums over those.</param>
    /// <param name="shared">Are written.</param>
    public static void Share(IPeers peers, int rows, DeviceArray[] own, DeviceArray[] shared)
    {
        IReadOnlyList<double[]> all = peers.Gather([rows, .. own.SelectMany(sums => sums.ToDoubles())]);
        double share = rows / all.Sum(part => part[0]);
        int first = 1;
        foreach (DeviceArray target in shared)
        {
            double[] sums = new double[target.Shape.Count];
            for (int i = 0; i < sums.Length; i++, first++)
                sums[i] = share * all.Sum(part => part[first]);
            target.CopyFrom(sums);
        }
    }
}
