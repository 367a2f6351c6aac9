using GpuPool.Autograd;
using GpuPool.Kernels;
using GpuPool.Kernels.Ops;
using GpuPool.Models.Layers;

namespace GpuPool.Models.Pooling;

/// <summary>
/// The scores of self-attentive pooling (paper, section 3): attention between the patches of a map, then restoration to its extents and channels by
/// up-sampling, a 1x1 convolution and batch norm. <see cref="WeightedPool"/> makes weights of them and pools.
/// </summary>
public sealed class SelfAttentiveLogit : PatchAttention
{
    private readonly Conv2dLayer _restoration;
    private readonly BatchNormLayer? _norm;
    private readonly Interpolation _upsampling;

    /// <summary>Scores for a map of so many channels.</summary>
    public SelfAttentiveLogit(int channels, SelfAttentiveOptions options) : base(channels, options)
    {
        _restoration = Child("restore.0", new Conv2dLayer(Width, channels, new Window(1), bias: true));
        _norm = options.RestorationNorm ? Child("restore.1", new BatchNormLayer(channels)) : null;
        _upsampling = options.Upsampling;
    }

    /// <summary>A self-attentive pool: these scores and the weighted mean of each window.</summary>
    public static WeightedPool Pool(int channels, Window window, SelfAttentiveOptions options) => new(new SelfAttentiveLogit(channels, options), window)
    {
        Normalise = options.Normalise,
        Sigmoid = options.Sigmoid,
        Exponential = options.Exponential,
    };

    /// <inheritdoc/>
    protected override Tensor Forward(Tensor x)
    {
        // The paper up-samples first; a 1x1 convolution commutes with it and has less to do before. Batch norm sees the whole map either way. It counts as the paper has it.
        Tensor attended = Attend(x);
        Tensor z = Step("restore.0", () => Restore(attended, x.Shape), multiplyAdds: (long)x.Shape.Rows * _restoration.Weight.Shape.Count);
        return _norm?.Call(z) ?? z;
    }

    private Tensor Restore(Tensor attended, Shape map)
    {
        Tensor z = _restoration.Call(attended);
        return z.Shape == map ? z : z.Upsample(map[1], map[2], _upsampling);
    }
}
