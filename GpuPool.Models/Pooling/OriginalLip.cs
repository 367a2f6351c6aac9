using GpuPool.Kernels;

namespace GpuPool.Models.Pooling;

/// <summary>
/// Local importance-based pooling as published (Gao, Wang and Wu, ICCV 2019; the authors' code): weights exp(12 sigmoid(z)) in overlapping windows.
/// The rows of the paper's tables use the simpler <see cref="LipLogit"/>.
/// </summary>
public static class OriginalLip
{
    private const double Gain = 12;

    /// <summary>A pool with these scores.</summary>
    /// <param name="logit">Computes z.</param>
    /// <param name="site">
    /// Its step is that of the windows. The authors have 2 only, with windows of side 3 and padding 1. For other steps the window is the smallest of odd side that
    /// leaves no gap and lies centred, side 2 floor(stride / 2) + 1 with padding floor(stride / 2): 5 and 2 for step 4. The output has as many pixels as a
    /// strided convolution's, so one more than with disjoint windows where the stride does not divide the extent. With step 1 it is the window of the site.
    /// </param>
    public static WeightedPool Pool(Module logit, PoolingSite site)
    {
        int stride = site.Stride;
        return new(logit, stride == 1 ? site.Window : new Window(2 * (stride / 2) + 1, stride, stride / 2)) { Gain = Gain };
    }
}
