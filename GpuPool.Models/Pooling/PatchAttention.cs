using GpuPool.Autograd;
using GpuPool.Kernels;
using GpuPool.Kernels.Ops;
using GpuPool.Models.Layers;

namespace GpuPool.Models.Pooling;

/// <summary>
/// Patch embedding, position and self-attention (paper, section 3, figure 2): x (N, H, W, C) to tokens (N, H/p, W/p, E). Pixels that fill no patch are
/// left out. The paper's Eq. 1, LN(MSA(tokens)) + tokens, is an option of which the released code has MSA alone.
/// </summary>
public abstract class PatchAttention : Module
{
    private readonly Conv2dLayer _embedding;
    private readonly BatchNormLayer? _norm;
    private readonly PositionEmbeddingLayer? _position;
    private readonly SelfAttentionLayer _attention;
    private readonly LayerNormLayer? _attentionNorm;
    private readonly bool _hasResidual;
    private readonly Window _patch;

    /// <summary>The first half of an attention pool.</summary>
    /// <exception cref="ArgumentException">Patch or heads are below 1, or tokens of odd width are to know their place, of which half is a row.</exception>
    protected PatchAttention(int channels, SelfAttentiveOptions options)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Patch, 1, nameof(options));
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Heads, 1, nameof(options));
        Width = options.Width(channels);
        if (options.Position && Width % 2 != 0)
            throw new ArgumentException($"The width of a token must be even to hold a row and a column, but is {Width}: use an even number of heads.", nameof(options));
        _patch = new Window(options.Patch, options.Patch);
        _embedding = Child("downsample.0", new Conv2dLayer(channels, Width, _patch, bias: true));
        _norm = options.EmbeddingNorm ? Child("downsample.1", new BatchNormLayer(Width, Activation.Relu)) : null;
        _attention = Child("multihead_attn", new SelfAttentionLayer(Width, options.Heads));
        _position = options.Position ? Child("pos_embed", new PositionEmbeddingLayer(Width)) : null;
        _attentionNorm = options.LayerNorm ? Child("norm", new LayerNormLayer(Width)) : null;
        _hasResidual = options.Residual;
    }

    /// <summary>E, channels of a token.</summary>
    protected int Width { get; }

    /// <summary>The attended tokens as a map.</summary>
    protected Tensor Attend(Tensor x)
    {
        Tensor tokens = _embedding.Call(x);
        tokens = _norm?.Call(tokens) ?? tokens.Relu();
        Shape grid = tokens.Shape;
        tokens = _position?.Call(tokens) ?? tokens;
        Tensor attended = _attention.Call(tokens.Reshape(new Shape(grid[0], grid[1] * grid[2], Width))).Reshape(grid);
        attended = _attentionNorm?.Call(attended) ?? attended;
        return _hasResidual ? attended.Add(tokens) : attended;
    }
}
