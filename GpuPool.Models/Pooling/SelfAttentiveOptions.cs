using GpuPool.Kernels.Ops;

namespace GpuPool.Models.Pooling;

/// <summary>Options of self-attentive pooling; the defaults are the paper's method. Its ablations (Table 7) are switches here and nothing else.</summary>
/// <param name="Patch">Side of a patch, which becomes one token, in pixels; the paper's eps_p.</param>
/// <param name="ChannelRatio">Width of a token relative to the channels; the paper's eps_r.</param>
/// <param name="Heads">Number of attention heads.</param>
/// <param name="Normalise">Whether the sum of the weights divides (Eq. 5); the released code's <c>win_norm</c>.</param>
/// <param name="Upsampling">How tokens are spread over the map: bilinear in the paper, nearest in the released code. The same for patches of one pixel.</param>
/// <param name="Position">Whether tokens know their place.</param>
/// <param name="EmbeddingNorm">Batch norm behind the patch embedding, the paper's bn1.</param>
/// <param name="RestorationNorm">Batch norm behind the restoration, the paper's bn2.</param>
/// <param name="Sigmoid">Whether the restored map passes a sigmoid.</param>
/// <param name="Exponential">Whether weights are exponentials.</param>
/// <param name="LayerNorm">Layer norm behind the attention, as in the paper's Eq. 1; the released code has none.</param>
/// <param name="Residual">The tokens before the attention added to those behind it, as in the paper's Eq. 1; the released code does not.</param>
public sealed record SelfAttentiveOptions(
    int Patch = 1,
    double ChannelRatio = 1,
    int Heads = 2,
    bool Normalise = true,
    Interpolation Upsampling = Interpolation.Bilinear,
    bool Position = true,
    bool EmbeddingNorm = true,
    bool RestorationNorm = true,
    bool Sigmoid = true,
    bool Exponential = true,
    bool LayerNorm = false,
    bool Residual = false)
{
    /// <summary>Width of a token: heads * max(1, round(ratio * channels / heads)), halves to the even number as Python rounds.</summary>
    public int Width(int channels) => Heads * Math.Max(1, (int)Math.Round(ChannelRatio * channels / Heads, MidpointRounding.ToEven));
}
