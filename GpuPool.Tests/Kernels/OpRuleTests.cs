using System.Reflection;
using GpuPool.Kernels;
using GpuPool.Kernels.Ops;

namespace GpuPool.Tests.Kernels;

/// <summary>What ops say for the readers of a trace, and which of them leave it to the safe default.</summary>
public sealed class OpRuleTests
{
    // Not followed: a map that one of these reads keeps all its channels. A new op says how its channels go, or is added here.
    private static readonly string[] _notFollowed =
    [
        nameof(Attention), nameof(BatchProduct), nameof(Blend), nameof(Broadcast), nameof(Concat), nameof(CrossEntropy), nameof(DetailPreservingPool2d),
        nameof(ElementLoss), nameof(FastGrnn), nameof(Gather), nameof(InstanceNorm), nameof(LayerNorm), nameof(Linear), nameof(LpPool2d), nameof(MixedChoice),
        nameof(PositionEmbedding), nameof(Slice), nameof(Softmax), nameof(SoftmaxCrossEntropy), nameof(Sum), nameof(Transpose), nameof(UnitNorm),
    ];

    // All others have memory of their own.
    private static readonly string[] _inPlaceOrShared =
    [
        nameof(Add), nameof(BatchNorm), nameof(Divide), nameof(Dropout), nameof(Multiply), nameof(Pointwise), nameof(Reshape), nameof(Scale), nameof(Softmax), nameof(Subtract),
    ];

    private static IEnumerable<Type> Ops => typeof(Op).Assembly.GetTypes().Where(type => type.IsAssignableTo(typeof(Op)) && !type.IsAbstract);

    [Test]
    public void Every_op_says_how_its_channels_go_or_is_known_not_to() =>
        Assert.That(Ops.Where(op => !Declares(op, nameof(Op.Channels))).Select(op => op.Name), Is.EquivalentTo(_notFollowed));

    [Test]
    public void Ops_without_memory_of_their_own_are_these() =>
        Assert.That(Ops.Where(op => Declares(op, nameof(Op.Memory))).Select(op => op.Name), Is.EquivalentTo(_inPlaceOrShared));

    [Test]
    public void An_op_that_counts_multiply_adds_says_as_what() =>
        Assert.That(Ops.Where(op => Declares(op, nameof(Op.MultiplyAdds))), Is.EquivalentTo(Ops.Where(op => Declares(op, nameof(Op.Part)))));

    [TestCase(ProductForm.Plain, 3, 4, 4, 5)]
    [TestCase(ProductForm.SecondTransposed, 3, 4, 5, 4)]
    [TestCase(ProductForm.FirstTransposed, 4, 3, 4, 5)]
    public void A_product_counts_rows_times_depth_times_columns(ProductForm form, int aRows, int aColumns, int bRows, int bColumns) =>
        Assert.That(new BatchProduct(form).MultiplyAdds([new Shape(2, aRows, aColumns), new Shape(2, bRows, bColumns)]), Is.EqualTo(2 * 3 * 4 * 5));

    private static bool Declares(Type op, string member) => op.GetMember(member, BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly).Length > 0;
}
