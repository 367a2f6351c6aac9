using GpuPool.Kernels.Ops;

namespace GpuPool.Models.Pooling;

/// <summary>Patches, widths and heads of self-attentive pooling along a network, as the released code's labels set them (Table 1 is their union).</summary>
public static class SelfAttentiveSchedule
{
    private const int PrepoolHeads = 8, PrepoolPatch = 2;

    /// <summary>The pool of a place in a backbone, for which its family has this patch and this number of heads.</summary>
    public static PoolingSite Site(this PoolingChoice choice, int channels, int stride, int patch, int heads) =>
        new(channels, stride, Options(choice) with
        {
            Patch = patch,
            Heads = choice.TwoHeads ? 2 : heads,
            Normalise = !choice.Unnormalised,
        });

    /// <summary>The pool behind the stem. The released code keeps its normaliser even where the stages have none.</summary>
    public static PoolingSite Prepool(this PoolingChoice choice, int channels, int stride)
    {
        bool isReduced = choice.Patches == PatchSchedule.Reduced;
        return new(channels, stride, Options(choice) with
        {
            Patch = isReduced ? stride : PrepoolPatch,
            ChannelRatio = isReduced ? 0.25 : 1,
            Heads = choice.TwoHeads ? 2 : PrepoolHeads,
        });
    }

    private static SelfAttentiveOptions Options(PoolingChoice choice) => new(
        Upsampling: choice.Bilinear ? Interpolation.Bilinear : Interpolation.Nearest, LayerNorm: choice.LayerNorm, Residual: choice.Residual);
}
