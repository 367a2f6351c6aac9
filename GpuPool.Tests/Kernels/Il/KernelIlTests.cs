using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using GpuPool.Kernels;
using GpuPool.Tests.Kernels.Ptx;

namespace GpuPool.Tests.Kernels.Il;

/// <summary>No kernel has a form that ILGPU 1.5.3 miscompiles, in itself or in what it calls.</summary>
public sealed class KernelIlTests
{
    private static IEnumerable<Type> Kernels => [.. KernelTypes.Portable, .. KernelTypes.Stages];

    [TestCaseSource(nameof(Kernels))]
    public void A_kernel_has_no_form_that_becomes_another_on_a_device(Type kernel) =>
        Assert.That(KernelMethods.Of(kernel).SelectMany(IlForms.Faults).Distinct(), Is.Empty);

    [TestCase(nameof(Forms.Halving), "a division by 2, which becomes a shift")]
    [TestCase(nameof(Forms.Clamp), "a call of Math.Clamp of Int32")]
    [TestCase(nameof(Forms.Fused), "a call of MathF.FusedMultiplyAdd of Single")]
    [TestCase(nameof(Forms.Sign), "a call of MathF.CopySign of Single")]
    [TestCase(nameof(Forms.Compensated), "a Sum of constants, which become one constant")]
    [TestCase(nameof(Forms.Scaled), "a Product of constants, which become one constant")]
    [TestCase(nameof(Forms.Narrowed), "conv.i1 of conv.u1, which become one conversion")]
    [TestCase(nameof(Forms.Tanh), "a call of MathF.Tanh of Single")]
    [TestCase(nameof(Forms.Exp), "a call of MathF.Exp of Single")]
    [TestCase(nameof(Forms.Log2), "a call of MathF.Log2 of Single")]
    [TestCase(nameof(Forms.Half), "a call of Half.op_Explicit of Single")]
    [TestCase(nameof(Forms.ConstantOnTheLeft), "a comparison with its constant on the left, which becomes true for NaN")]
    [TestCase(nameof(Forms.ConstantOnTheLeftOfABranch), "a comparison with its constant on the left, which becomes true for NaN")]
    public void Each_form_is_found(string method, string fault) =>
        Assert.That(IlForms.Faults(typeof(Forms).GetMethod(method)!), Is.EqualTo(new[] { $"Forms.{method}: {fault}" }));

    [Test]
    public void A_method_that_is_called_by_way_of_an_interface_is_read() =>
        Assert.That(KernelMethods.Of(typeof(GpuPool.Kernels.Ops.LpPoolForward<float, GpuPool.Kernels.Numerics.Real32>)).Select(method => method.Name), Does.Contain("AddExponent").And.Contain("IfLess"));

    [Test]
    public void The_library_uses_no_sort_and_no_reduction_of_ILGPU_and_not_its_half()
    {
        using var file = new PEReader(File.OpenRead(typeof(Op).Assembly.Location));
        MetadataReader metadata = file.GetMetadataReader();
        string[] used = [.. metadata.TypeReferences.Select(metadata.GetTypeReference)
            .Select(type => $"{metadata.GetString(type.Namespace)}.{metadata.GetString(type.Name)}").Where(name => name.StartsWith("ILGPU", StringComparison.Ordinal))];
        Assert.That(used, Does.Contain("ILGPU.Algorithms.XMath").And.None.Matches("Half|RadixSort|Reduction|Scan"));
    }

    private static class Forms
    {
        public static int Halving(int x) => x / 2;

        public static int Clamp(int x) => Math.Clamp(x, 0, 5);

        public static float Fused(float x) => MathF.FusedMultiplyAdd(x, x, x);

        public static float Sign(float x) => MathF.CopySign(x, -2);

        public static float Compensated(float x) => x + 1e8f + -1e8f;

        public static float Scaled(float x) => x * 1e-30f * 1e-30f;

        public static int Narrowed(int x) => (sbyte)(byte)x;

        public static float Tanh(float x) => MathF.Tanh(x);

        public static float Exp(float x) => MathF.Exp(x);

        public static float Log2(float x) => MathF.Log2(x);

        public static ILGPU.Half Half(float x) => (ILGPU.Half)x;

        public static bool ConstantOnTheLeft(float x) => 1 < x;

        public static int ConstantOnTheLeftOfABranch(float x)
        {
            if (1 < x)
                return 2;
            return 3;
        }
    }
}
