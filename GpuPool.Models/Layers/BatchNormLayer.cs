using GpuPool.Autograd;
using GpuPool.Kernels;
using GpuPool.Kernels.Ops;

namespace GpuPool.Models.Layers;

/// <summary>
/// Batch norm with the activation behind it and the residual between the two: y = activation(gamma * normalised x + beta + residual).
/// It counts as part of the layer whose output it normalises.
/// </summary>
public sealed class BatchNormLayer : Module
{
    private readonly Activation _activation;
    private readonly double _epsilon, _momentum;
    private readonly ModuleState _gamma, _beta, _mean, _variance;

    /// <summary>A batch norm that starts with gamma 1, beta 0, mean 0 and variance 1.</summary>
    /// <param name="channels">Channels of x.</param>
    /// <param name="activation">What stands behind it.</param>
    /// <param name="epsilon">Added to the variance.</param>
    /// <param name="momentum">Share of the batch in the running statistics.</param>
    public BatchNormLayer(int channels, Activation activation = Activation.None, double epsilon = 1e-5, double momentum = 0.1)
    {
        (_activation, _epsilon, _momentum) = (activation, epsilon, momentum);
        var shape = new Shape(channels);
        _gamma = State("weight", ModuleState.Parameter(shape, Distribution.Constant(1)));
        _beta = State("bias", ModuleState.Parameter(shape, Distribution.Constant(0)));
        _mean = State("running_mean", ModuleState.Buffer(shape, 0));
        _variance = State("running_var", ModuleState.Buffer(shape, 1));
    }

    /// <summary>Batches that PyTorch has counted in training: read from its files and written to them, and nothing else.</summary>
    public long BatchesTracked { get; set; }

    internal ModuleState RunningMean => _mean;

    /// <summary>Whether it keeps its running statistics, gamma and beta as they are and normalises by those, in training too. To be set before there is memory.</summary>
    public bool IsFrozen
    {
        get => _gamma.IsFrozen;
        set => _gamma.IsFrozen = _beta.IsFrozen = value;
    }

    /// <summary>Processes over whose batches together the statistics of training are taken; null for this one alone.</summary>
    public IPeers? Peers { get; set; }

    /// <summary>The output with a residual of the shape of x.</summary>
    public Tensor Call(Tensor x, Tensor? residual)
    {
        using TraceFrame? frame = Trace.Enter(this);
        var statistics = new BatchNormStatistics(_mean.Value.Value, _variance.Value.Value, _momentum, _epsilon) { Peers = Peers };
        return x.BatchNorm(_gamma.Value, _beta.Value, statistics, Training && !IsFrozen, _activation, residual);
    }

    /// <inheritdoc/>
    protected override Tensor Forward(Tensor x) => Call(x, null);
}
