using System.Runtime.InteropServices;
using GpuPool.Autograd;
using GpuPool.Kernels;
using GpuPool.Kernels.Boxes;

namespace GpuPool.Models.Detection;

/// <summary>What the anchors of a level should say: those that are not sampled have weight 0.</summary>
internal sealed class RegionTargets(int pictures, int anchors)
{
    private const int Numbers = 4;

    private readonly float[] _objects = new float[pictures * anchors], _weights = new float[pictures * anchors];
    private readonly float[] _deltas = new float[Numbers * pictures * anchors], _deltaWeights = new float[Numbers * pictures * anchors];

    public void AddNegative(int picture, int anchor) => _weights[picture * anchors + anchor] = 1;

    public void AddPositive(int picture, int anchor, BoxDeltas<float> deltas)
    {
        int place = picture * anchors + anchor;
        _objects[place] = _weights[place] = 1;
        MemoryMarshal.Cast<float, BoxDeltas<float>>(_deltas.AsSpan())[place] = deltas;
        _deltaWeights.AsSpan(Numbers * place, Numbers).Fill(1);
    }

    /// <summary>Sum of the binary cross-entropies of the sampled anchors.</summary>
    public Tensor ObjectnessLoss(Tensor logits) => logits.BinaryCrossEntropy(Like(logits, _objects), Like(logits, _weights)).Sum().Reshape(Shape.Scalar);

    /// <summary>Sum of the differences of the deltas of those that show an object.</summary>
    public Tensor BoxLoss(Tensor predicted, double beta) => predicted.SmoothL1(Like(predicted, _deltas), Like(predicted, _deltaWeights), beta).Sum().Reshape(Shape.Scalar);

    private static Tensor Like(Tensor tensor, float[] values) => Tensor.Leaf(tensor.Device.Upload(tensor.Shape, values, tensor.DType));
}
