using GpuPool.Autograd;
using GpuPool.Kernels;
using GpuPool.Kernels.Ops;

namespace GpuPool.Models.Pooling.ContextAware;

/// <summary>
/// NetRVLAD (Miech et al., 2017): softly assigns the vectors of a sequence (N, L, F) to clusters by softmax(x w + b) and sums them in each. Every cluster is
/// then scaled to length 1, and so is the whole: (N, clusters F).
/// </summary>
public sealed class ClusterPool : Module
{
    private readonly ModuleState _weight, _bias;

    /// <summary>A pool; weight and bias start normal with deviation 1 / sqrt(features).</summary>
    public ClusterPool(int features, int clusters)
    {
        var start = Distribution.Normal(1 / Math.Sqrt(features));
        _weight = State("kernel_W1", ModuleState.Parameter(new Shape(features, clusters), start));
        _bias = State("kernel_B1", ModuleState.Parameter(new Shape(clusters), start));
    }

    /// <inheritdoc/>
    protected override Tensor Forward(Tensor x)
    {
        Tensor assignment = Step("assignment", () => x.Linear(_weight.Value, _bias.Value).Softmax());
        return Step(
            "sums",
            () => assignment.BatchProduct(x, ProductForm.FirstTransposed).UnitNorm().Reshape(new Shape(x.Shape[0], _weight.Shape.Count)).UnitNorm(),
            CostPart.Linear);
    }
}
