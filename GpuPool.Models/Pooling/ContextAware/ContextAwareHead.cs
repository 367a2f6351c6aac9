using GpuPool.Autograd;
using GpuPool.Kernels;
using GpuPool.Models.Layers;

namespace GpuPool.Models.Pooling.ContextAware;

/// <summary>
/// Context-aware attentive pooling (CAP; Behera et al., AAAI 2021) in place of global average pooling and classifier: the last map of a network (N, H, W, C) to
/// logits (N, classes). Attention between pixels; 27 regions; attention between regions; an LSTM over them; NetRVLAD; a linear layer and batch norm.
/// </summary>
/// <remarks>
/// Sizes are those of the authors' code: 32 units of region attention, 128 of the LSTM, 32 clusters. Left out are its backbone (Xception, with pre-trained
/// weights), the spectral norm of the pixel attention's convolutions, and the squeeze-and-excitation that the code has in front of it and the paper has not.
/// In training the last batch norm needs at least two images.
/// </remarks>
public sealed class ContextAwareHead : Module
{
    private const int AttentionUnits = 32, LstmUnits = 128, Clusters = 32;

    private readonly Sequential _body;
    private readonly ModuleState _weight;
    private readonly BatchNormLayer _norm;

    /// <summary>A head.</summary>
    /// <param name="channels">Channels of the last map.</param>
    /// <param name="classes">Number of logits.</param>
    public ContextAwareHead(int channels, int classes)
    {
        _body = Child("body", new Sequential()
            .Append("self_attention", new MapAttention(channels))
            .Append("regions", new RegionGrid())
            .Append("region_attention", new RegionAttention(RegionGrid.Side * RegionGrid.Side * channels, AttentionUnits))
            .Append("lstm", new LstmLayer(channels, LstmUnits))
            .Append("vlad", new ClusterPool(LstmUnits, Clusters)));
        _weight = State("kernel_H1", ModuleState.Parameter(new Shape(Clusters * LstmUnits, classes), Distribution.Normal(1 / Math.Sqrt(Clusters))));
        _norm = Child("batch_norm_last", new BatchNormLayer(classes));
    }

    /// <inheritdoc/>
    protected override Tensor Forward(Tensor x)
    {
        Tensor pooled = _body.Call(x);
        return _norm.Call(Step("classifier", () => pooled.Linear(_weight.Value)));
    }
}
