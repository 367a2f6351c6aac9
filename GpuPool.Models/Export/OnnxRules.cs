using GpuPool.Kernels;
using GpuPool.Kernels.Ops;

namespace GpuPool.Models.Export;

/// <summary>How each op is written in ONNX's standard operators: one line an op. Losses, noise and what picks boxes have none; they stand in no network's forward pass.</summary>
internal static class OnnxRules
{
    /// <summary>The rules by type of the op.</summary>
    public static IReadOnlyDictionary<Type, Action<OnnxCall>> All { get; } = new Dictionary<Type, Action<OnnxCall>>
    {
        [typeof(Conv2d)] = Rule<Conv2d>(OnnxLayers.Convolution),
        [typeof(DepthwiseConv2d)] = Rule<DepthwiseConv2d>(OnnxLayers.Depthwise),
        [typeof(Linear)] = Rule<Linear>(OnnxLayers.Linear),
        [typeof(BatchNorm)] = Rule<BatchNorm>(OnnxLayers.BatchNorm),
        [typeof(InstanceNorm)] = Rule<InstanceNorm>(OnnxLayers.InstanceNorm),
        [typeof(LayerNorm)] = Rule<LayerNorm>(OnnxLayers.LayerNorm),
        [typeof(UnitNorm)] = Rule<UnitNorm>(OnnxLayers.UnitNorm),
        [typeof(PositionEmbedding)] = Rule<PositionEmbedding>(OnnxLayers.PositionEmbedding),
        [typeof(Attention)] = Rule<Attention>(OnnxLayers.Attention),
        [typeof(BatchProduct)] = Rule<BatchProduct>(OnnxLayers.BatchProduct),
        [typeof(FastGrnn)] = Rule<FastGrnn>(OnnxLayers.FastGrnn),

        [typeof(MaxPool2d)] = Rule<MaxPool2d>(OnnxPools.Maximum),
        [typeof(AveragePool2d)] = Rule<AveragePool2d>(OnnxPools.Average),
        [typeof(AdaptiveAveragePool2d)] = Rule<AdaptiveAveragePool2d>(OnnxPools.Adaptive),
        [typeof(GlobalAveragePool)] = Rule<GlobalAveragePool>(OnnxPools.Global),
        [typeof(WeightedPool2d)] = Rule<WeightedPool2d>(OnnxPools.Weighted),
        [typeof(GaussianPool2d)] = Rule<GaussianPool2d>(OnnxPools.Gaussian),
        [typeof(LpPool2d)] = Rule<LpPool2d>(OnnxPools.Power),
        [typeof(DetailPreservingPool2d)] = Rule<DetailPreservingPool2d>(OnnxPools.Detail),
        [typeof(MixedChoice)] = Rule<MixedChoice>((_, call) => call.PutConstant()),

        [typeof(Pointwise)] = Rule<Pointwise>(OnnxElements.Pointwise),
        [typeof(Softmax)] = Rule<Softmax>((_, call) => call.PutPlain(call.Node("Softmax", [call.Plain(0)], ("axis", -1)))),
        [typeof(Scale)] = Rule<Scale>((op, call) => call.Put(call.Node("Mul", [call.Either(0), call.Number(op.Factor)]))),
        [typeof(Add)] = Rule<Add>(OnnxElements.Binary("Add")),
        [typeof(Subtract)] = Rule<Subtract>(OnnxElements.Binary("Sub")),
        [typeof(Multiply)] = Rule<Multiply>(OnnxElements.Binary("Mul")),
        [typeof(Divide)] = Rule<Divide>(OnnxElements.Binary("Div")),
        [typeof(Blend)] = Rule<Blend>(OnnxElements.Blend),

        [typeof(Reshape)] = Rule<Reshape>((_, call) => call.PutPlain(call.Node("Reshape", [call.Plain(0), call.Target()]))),
        [typeof(Transpose)] = Rule<Transpose>(OnnxShapes.Transpose),
        [typeof(Concat)] = Rule<Concat>(OnnxShapes.Concat),
        [typeof(Slice)] = Rule<Slice>(OnnxShapes.Slice),
        [typeof(Sum)] = Rule<Sum>(OnnxShapes.Sum),
        [typeof(Broadcast)] = Rule<Broadcast>(OnnxShapes.Broadcast),
        [typeof(Upsample)] = Rule<Upsample>(OnnxShapes.Upsample),
    };

    private static Action<OnnxCall> Rule<T>(Action<T, OnnxCall> rule) where T : Op => call => rule((T)call.Op, call);
}
