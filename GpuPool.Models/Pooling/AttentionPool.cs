using GpuPool.Autograd;
using GpuPool.Kernels;
using GpuPool.Kernels.Ops;
using GpuPool.Models.Layers;

namespace GpuPool.Models.Pooling;

/// <summary>
/// Self-attention between all pixels, then a strided convolution: the paper's ablation "SelfAttn" (Table 7). There is no restoration and no weighted
/// mean. y = relu(batch norm(convolution of the window)).
/// </summary>
public sealed class AttentionPool : PatchAttention
{
    private readonly Conv2dLayer _map;
    private readonly BatchNormLayer _norm;

    /// <summary>A pool for a map of so many channels: tokens of one pixel and full width, two heads.</summary>
    public AttentionPool(int channels, Window window) : base(channels, new SelfAttentiveOptions())
    {
        _map = Child("map.0", new Conv2dLayer(Width, channels, window, bias: true));
        _norm = Child("map.1", new BatchNormLayer(channels, Activation.Relu));
    }

    /// <inheritdoc/>
    protected override Tensor Forward(Tensor x) => _norm.Call(_map.Call(Attend(x)));
}
