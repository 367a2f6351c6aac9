using GpuPool.Kernels;
using GpuPool.Kernels.Ops;

namespace GpuPool.Autograd;

/// <summary>The operations of a tensor, one line each; shapes, equations and gradients stand with the ops.</summary>
public static class TensorOps
{
    /// <summary><see cref="Kernels.Ops.Add"/></summary>
    public static Tensor Add(this Tensor a, Tensor b) => Tape.Record(new Add(), a, b);

    /// <summary><see cref="Kernels.Ops.Subtract"/></summary>
    public static Tensor Subtract(this Tensor a, Tensor b) => Tape.Record(new Subtract(), a, b);

    /// <summary><see cref="Kernels.Ops.Divide"/></summary>
    public static Tensor Divide(this Tensor a, Tensor b) => Tape.Record(new Divide(), a, b);

    /// <summary><see cref="Kernels.Ops.Scale"/></summary>
    public static Tensor Scale(this Tensor x, double factor) => Tape.Record(new Scale(factor), x);

    /// <summary><see cref="Kernels.Ops.Sum"/> over these axes, which stay with extent 1; over all axes if none is named.</summary>
    public static Tensor Sum(this Tensor x, params ReadOnlySpan<int> axes) => Tape.Record(Kernels.Ops.Sum.Over(x.Shape, axes), x);

    /// <summary>Mean over these axes, which stay with extent 1; over all axes if none is named. NaN where an axis is empty.</summary>
    public static Tensor Mean(this Tensor x, params ReadOnlySpan<int> axes)
    {
        Tensor sum = x.Sum(axes);
        return sum.Scale((double)sum.Shape.Count / x.Shape.Count);
    }

    /// <summary><see cref="Kernels.Ops.Transpose"/></summary>
    public static Tensor Transpose(this Tensor x, int first, int second) => Tape.Record(new Transpose(first, second), x);

    /// <summary><see cref="PointwiseFunction.LeakyRelu"/></summary>
    public static Tensor LeakyRelu(this Tensor x, double leak = 0.1) => Tape.Record(new Pointwise(PointwiseFunction.LeakyRelu, leak), x);

    /// <summary><see cref="PointwiseFunction.Relu"/></summary>
    public static Tensor Relu(this Tensor x) => Tape.Record(new Pointwise(PointwiseFunction.Relu), x);

    /// <summary><see cref="PointwiseFunction.Relu6"/></summary>
    public static Tensor Relu6(this Tensor x) => Tape.Record(new Pointwise(PointwiseFunction.Relu6), x);

    /// <summary><see cref="PointwiseFunction.Exp"/></summary>
    public static Tensor Exp(this Tensor x) => Tape.Record(new Pointwise(PointwiseFunction.Exp), x);

    /// <summary><see cref="Kernels.Ops.Attention"/></summary>
    public static Tensor Attention(this Tensor qkv, int heads) => Tape.Record(new Attention(heads), qkv);

    /// <summary><see cref="PointwiseFunction.Log"/></summary>
    public static Tensor Log(this Tensor x) => Tape.Record(new Pointwise(PointwiseFunction.Log), x);

    /// <summary><see cref="PointwiseFunction.Sigmoid"/></summary>
    public static Tensor Sigmoid(this Tensor x) => Tape.Record(new Pointwise(PointwiseFunction.Sigmoid), x);

    /// <summary><see cref="PointwiseFunction.Softplus"/></summary>
    public static Tensor Softplus(this Tensor x) => Tape.Record(new Pointwise(PointwiseFunction.Softplus), x);

    /// <summary><see cref="PointwiseFunction.Tanh"/></summary>
    public static Tensor Tanh(this Tensor x) => Tape.Record(new Pointwise(PointwiseFunction.Tanh), x);

    /// <summary><see cref="Kernels.Ops.Conv2d"/></summary>
    public static Tensor Conv2d(this Tensor x, Tensor w, Tensor? b, Window window, bool winograd = false)
    {
        var op = new Conv2d(window) { Winograd = winograd };
        return b is null ? Tape.Record(op, x, w) : Tape.Record(op, x, w, b);
    }

    /// <summary><see cref="Kernels.Ops.DepthwiseConv2d"/></summary>
    public static Tensor DepthwiseConv2d(this Tensor x, Tensor w, Window window) => Tape.Record(new DepthwiseConv2d(window), x, w);

    /// <summary><see cref="Kernels.Ops.Linear"/></summary>
    public static Tensor Linear(this Tensor x, Tensor w, Tensor? b = null) => b is null ? Tape.Record(new Linear(), x, w) : Tape.Record(new Linear(), x, w, b);

    /// <summary><see cref="Kernels.Ops.BatchNorm"/></summary>
    public static Tensor BatchNorm(
        this Tensor x, Tensor gamma, Tensor beta, BatchNormStatistics statistics, bool training, Activation activation = Activation.None, Tensor? residual = null)
    {
        var op = new BatchNorm(statistics, training, activation);
        return residual is null ? Tape.Record(op, x, gamma, beta) : Tape.Record(op, x, gamma, beta, residual);
    }

    /// <summary><see cref="Kernels.Ops.MaxPool2d"/></summary>
    public static Tensor MaxPool2d(this Tensor x, Window window) => Tape.Record(new MaxPool2d(window), x);

    /// <summary><see cref="Kernels.Ops.AveragePool2d"/></summary>
    public static Tensor AveragePool2d(this Tensor x, Window window, bool countsPadding = true) => Tape.Record(new AveragePool2d(window, countsPadding), x);

    /// <summary><see cref="Kernels.Ops.AdaptiveAveragePool2d"/></summary>
    public static Tensor AdaptiveAveragePool2d(this Tensor x, int height, int width) => Tape.Record(new AdaptiveAveragePool2d(height, width), x);

    /// <summary><see cref="Kernels.Ops.GlobalAveragePool"/></summary>
    public static Tensor GlobalAveragePool(this Tensor x) => Tape.Record(new GlobalAveragePool(), x);

    /// <summary><see cref="Kernels.Ops.WeightedPool2d"/></summary>
    public static Tensor WeightedPool2d(
        this Tensor x, Tensor z, Window window, bool sigmoid = true, bool exponential = true, bool normalise = true, double gain = 1) =>
        Tape.Record(new WeightedPool2d(window, sigmoid, exponential, normalise, gain), x, z);

    /// <summary><see cref="Kernels.Ops.GaussianPool2d"/></summary>
    public static Tensor GaussianPool2d(this Tensor x, GaussianPool2d op, Tensor mu, Tensor? sigma = null) => sigma is null ? Tape.Record(op, x, mu) : Tape.Record(op, x, mu, sigma);

    /// <summary><see cref="Kernels.Ops.LpPool2d"/></summary>
    public static Tensor LpPool2d(this Tensor x, Tensor rho, Window window) => Tape.Record(new LpPool2d(window), x, rho);

    /// <summary><see cref="Kernels.Ops.Blend"/></summary>
    public static Tensor Blend(this Tensor a, Tensor b, Tensor gate) => Tape.Record(new Blend(), a, b, gate);

    /// <summary><see cref="Kernels.Ops.Broadcast"/></summary>
    public static Tensor Broadcast(this Tensor x, Shape target) => Tape.Record(new Broadcast(target), x);

    /// <summary><see cref="Kernels.Ops.InstanceNorm"/></summary>
    public static Tensor InstanceNorm(this Tensor x, Tensor gamma, Tensor beta) => Tape.Record(new InstanceNorm(), x, gamma, beta);

    /// <summary><see cref="Kernels.Ops.LayerNorm"/></summary>
    public static Tensor LayerNorm(this Tensor x, Tensor gamma, Tensor beta) => Tape.Record(new LayerNorm(), x, gamma, beta);

    /// <summary><see cref="Kernels.Ops.Upsample"/></summary>
    public static Tensor Upsample(this Tensor x, int height, int width, Interpolation mode) => Tape.Record(new Upsample(height, width, mode), x);

    /// <summary><see cref="Kernels.Ops.PositionEmbedding"/></summary>
    public static Tensor PositionEmbedding(this Tensor x, Tensor row, Tensor column) => Tape.Record(new PositionEmbedding(), x, row, column);

    /// <summary><see cref="Kernels.Ops.SoftmaxCrossEntropy"/></summary>
    public static Tensor SoftmaxCrossEntropy(this Tensor x, Tensor labels) => Tape.Record(new SoftmaxCrossEntropy(), x, labels);

    /// <summary><see cref="Kernels.Ops.CrossEntropy"/> of each row.</summary>
    public static Tensor CrossEntropy(this Tensor x, Tensor labels, Tensor? weights = null) => Weighed(new CrossEntropy(), x, labels, weights);

    /// <summary><see cref="ElementLossFunction.SmoothL1"/> of each element; the absolute difference where beta is 0.</summary>
    public static Tensor SmoothL1(this Tensor x, Tensor target, Tensor? weights = null, double beta = 1) =>
        Weighed(new ElementLoss(ElementLossFunction.SmoothL1, beta), x, target, weights);

    /// <summary><see cref="ElementLossFunction.Square"/> of each element.</summary>
    public static Tensor SquareLoss(this Tensor x, Tensor target, Tensor? weights = null) => Weighed(new ElementLoss(ElementLossFunction.Square), x, target, weights);

    /// <summary><see cref="ElementLossFunction.BinaryCrossEntropy"/> of each element, which is a logit.</summary>
    public static Tensor BinaryCrossEntropy(this Tensor x, Tensor target, Tensor? weights = null) =>
        Weighed(new ElementLoss(ElementLossFunction.BinaryCrossEntropy), x, target, weights);

    /// <summary><see cref="Kernels.Ops.RoiAlign"/></summary>
    public static Tensor RoiAlign(this Tensor x, Tensor boxes, RoiAlign op) => Tape.Record(op, x, boxes);

    /// <summary><see cref="Kernels.Ops.Gather"/></summary>
    public static Tensor Gather(this Tensor x, Tensor index) => Tape.Record(new Gather(), x, index);

    /// <summary><see cref="Kernels.Ops.Dropout"/></summary>
    public static Tensor Dropout(this Tensor x, double probability, ulong seed, uint stream, uint step) =>
        Tape.Record(new Dropout(probability, seed, stream, step), x);

    /// <summary><see cref="Kernels.Ops.Reshape"/></summary>
    public static Tensor Reshape(this Tensor x, Shape target) => Tape.Record(new Reshape(target), x);

    /// <summary><see cref="Kernels.Ops.Concat"/></summary>
    public static Tensor Concat(this Tensor x, int axis, params Tensor[] others) => Tape.Record(new Concat(axis), [x, .. others]);

    /// <summary><see cref="Kernels.Ops.Slice"/></summary>
    public static Tensor Slice(this Tensor x, int axis, int start, int length) => Tape.Record(new Slice(axis, start, length), x);

    /// <summary><see cref="Kernels.Ops.FastGrnn"/>; weights are w, u, gate bias, candidate bias, zeta, nu.</summary>
    public static Tensor FastGrnn(this Tensor x, int axis, int length, int stride, bool reverse, params Tensor[] weights) =>
        Tape.Record(new FastGrnn(axis, length, stride, reverse), [x, .. weights]);

    /// <summary><see cref="Kernels.Ops.DetailPreservingPool2d"/></summary>
    public static Tensor DetailPreservingPool2d(this Tensor x, Tensor reference, Tensor alpha, Tensor lambda, Window window, bool symmetric = true) =>
        Tape.Record(new DetailPreservingPool2d(window, symmetric), x, reference, alpha, lambda);

    /// <summary><see cref="Kernels.Ops.Multiply"/></summary>
    public static Tensor Multiply(this Tensor a, Tensor b) => Tape.Record(new Multiply(), a, b);

    /// <summary><see cref="Kernels.Ops.BatchProduct"/></summary>
    public static Tensor BatchProduct(this Tensor a, Tensor b, ProductForm form = ProductForm.Plain) => Tape.Record(new BatchProduct(form), a, b);

    /// <summary><see cref="Kernels.Ops.Softmax"/></summary>
    public static Tensor Softmax(this Tensor x) => Tape.Record(new Softmax(), x);

    /// <summary><see cref="Kernels.Ops.UnitNorm"/></summary>
    public static Tensor UnitNorm(this Tensor x) => Tape.Record(new UnitNorm(), x);

    private static Tensor Weighed(Op loss, Tensor x, Tensor target, Tensor? weights) =>
        weights is null ? Tape.Record(loss, x, target) : Tape.Record(loss, x, target, weights);
}
