using GpuPool.Kernels.Ops;
using GpuPool.Models.Backbones;

namespace GpuPool.Models.Pooling;

/// <summary>Patches, widths and heads of self-attentive pooling along a network, as the released code's labels set them (Table 1 is their union).</summary>
public static class SelfAttentiveSchedule
{
    private const int PrepoolHeads = 8, PrepoolPatch = 2;

    /// <summary>The pool of a stage, counted from 0.</summary>
    public static PoolingSite Stage(this PoolingChoice choice, BackboneFamily family, int stage, int channels, int stride) =>
        new(channels, stride, Options(choice) with
        {
            Patch = Patches(choice.Patches, family)[stage],
            Heads = choice.TwoHeads ? 2 : (family == BackboneFamily.ResNet18 ? 4 : 2) << stage,
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

    // 0 where a stage has no pool.
    private static int[] Patches(PatchSchedule schedule, BackboneFamily family) => (schedule, family) switch
    {
        (PatchSchedule.Reduced, BackboneFamily.ResNet18) => [4, 2, 1, 1],
        (PatchSchedule.Reduced, _) => [4, 4, 4, 2, 2, 1, 1],
        (PatchSchedule.Reduced0211, _) => [0, 2, 1, 1],
        (PatchSchedule.Reduced0842, _) => [0, 8, 4, 2],
        _ => [1, 1, 1, 1, 1, 1, 1],
    };
}
