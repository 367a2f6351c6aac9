using System.Globalization;
using System.Text.RegularExpressions;
using GpuPool.Kernels;
using ILGPU;
using ILGPU.Runtime.Cuda;

namespace GpuPool.Tests.Kernels.Ptx;

/// <summary>Every kernel compiles for CUDA, in both element types, on a machine without a GPU, and its code keeps to what a GPU does well and as C# does.</summary>
public sealed partial class PtxTextTests
{
    private const int SharedBytes = 48 << 10, ProductsOfALoad = 4;

    // ILGPU 1.5.3 writes the code of the last one for all that are newer, too.
    private static readonly CudaArchitecture[] s_architectures = [CudaArchitecture.SM_70, CudaArchitecture.SM_75, CudaArchitecture.SM_80];

    private static IEnumerable<Type> Kernels => [.. KernelTypes.Portable, .. KernelTypes.Stages];

    [TestCaseSource(nameof(Kernels))]
    public void The_code_of_a_kernel_is_as_the_rules_say(Type kernel) => Check(kernel, PtxText.Of(EntryPoint(kernel), IsStage(kernel)));

    [Category("Nightly")]
    [TestCaseSource(nameof(Kernels))]
    public void The_code_of_a_kernel_is_as_the_rules_say_for_each_architecture(Type kernel)
    {
        foreach (CudaArchitecture architecture in s_architectures)
        {
            string text = PtxText.Of(EntryPoint(kernel), IsStage(kernel), architecture);
            Assert.That(text, Does.Contain($".target {architecture.ToString().ToLowerInvariant()}\n"));
            Check(kernel, text);
        }
    }

    [Test]
    public void Code_is_for_the_architecture_that_it_is_made_for()
    {
        Type entry = typeof(EntryPoint<ConstantOnTheLeft>);
        foreach (CudaArchitecture architecture in s_architectures)
            Assert.That(PtxText.Of(entry, architecture: architecture), Does.Contain($".target {architecture.ToString().ToLowerInvariant()}\n"));
        foreach (CudaArchitecture architecture in new[] { CudaArchitecture.SM_86, CudaArchitecture.SM_89, CudaArchitecture.SM_90 })
        {
            string text = PtxText.Of(entry, architecture: architecture);
            Assert.That(text, Does.Contain(".target sm_80\n"));
            Assert.That(Body(text), Is.EqualTo(Body(PtxText.Of(entry, architecture: CudaArchitecture.SM_80))));
        }

        // But for the numbers in names, of which that of the target is one.
        static string Body(string text) => Regex.Replace(text, @"_\d+", "");
    }

    [Test]
    public void A_comparison_with_a_constant_on_the_left_would_be_true_for_nan() =>
        Assert.That(TrueForNaN(PtxText.Of(typeof(EntryPoint<ConstantOnTheLeft>))), Is.EqualTo(new[] { "setp.gtu.f32" }));

    [Test]
    public void The_innermost_loops_are_found() => Assert.That(PtxLoop.Innermost("""
        	L_1:
        	ld.global.f32	%f1, [%rd1];
        	L_2:
        	ld.shared.f32	%f2, [%rd2];
        	ld.f32	%f3, [%rd3];
        	mul.f32	%f4, %f2, %f3;
        	add.f32	%f5, %f5, %f4;
        	@%p1 bra	L_2;
        	@%p2 bra	L_1;
        	bra.uni	L_3;
        	L_3:
        	ret;
        """), Is.EqualTo(new[] { new PtxLoop(MultiplyAdds: 1, Loads: 2, GenericLoads: 1) }));

    private static void Check(Type kernel, string text)
    {
        Assert.That(() => new PtxProgram(text), Throws.Nothing, "each instruction is known to the machine of the tests");
        // Normal draws compare numbers made of integers.
        if (kernel.Name != "NormalDraws`2")
            Assert.That(TrueForNaN(text), Is.Empty, "comparisons that are true for NaN");
        Assert.That(text, Does.Not.Match(@"\b(min|max)\.f(32|64)"), "loses NaN");
        Assert.That(text, Does.Not.Contain(".local"), "memory of a thread is slow");
        Assert.That(text, Does.Not.Match(@"\b(div|rem)\.[su]64"), "some hundred instructions");
        Assert.That(Shared().Matches(text).Sum(match => int.Parse(match.Groups["bytes"].Value, CultureInfo.InvariantCulture)), Is.NoMoreThan(SharedBytes));
        Assert.That(PtxLoop.Innermost(text).Sum(loop => loop.GenericLoads), Is.Zero, "loads that find out from which memory");
        // The loop over the depth of a tile keeps the multipliers busy only where a number that is loaded is used often.
        if (kernel.Name.StartsWith("GroupProduct", StringComparison.Ordinal) && PtxLoop.Innermost(text).MaxBy(loop => loop.MultiplyAdds) is { } product)
            Assert.That(product.MultiplyAdds, Is.AtLeast(ProductsOfALoad * product.Loads), "products of a load");
    }

    /// <summary>Comparisons that are true for NaN, but for those that count only together with a test of the same operand: a &lt; x and x is a number.</summary>
    private static IEnumerable<string> TrueForNaN(string text)
    {
        foreach (Match comparison in Unordered().Matches(text))
        {
            string guard = $@"testp\.notanumber\.f\d+\s+(?<nan>%p\d+), {comparison.Groups["operand"]};\s+not\.pred\s+(?<number>%p\d+), \k<nan>;"
                + $@"\s+and\.pred\s+%p\d+, {comparison.Groups["result"]}, \k<number>;";
            if (!Regex.IsMatch(text, guard))
                yield return comparison.Groups["name"].Value;
        }
    }

    private static bool IsStage(Type kernel) => typeof(IGroupStage).IsAssignableFrom(kernel);

    private static Type EntryPoint(Type kernel) => (IsStage(kernel) ? typeof(GroupEntryPoint<>) : typeof(EntryPoint<>)).MakeGenericType(kernel);

    [GeneratedRegex(@"(?<name>setp\.(lt|le|gt|ge)u\.f(32|64))\s+(?<result>%p\d+), (?<operand>%fd?\d+), ")]
    private static partial Regex Unordered();

    [GeneratedRegex(@"\.shared [^;]*\[(?<bytes>\d+)\];")]
    private static partial Regex Shared();

    private readonly struct ConstantOnTheLeft(ArrayView<float> x, ArrayView<float> y) : IKernel
    {
        public int Count => x.IntLength;

        public void Run(int index) => y[index] = 1f < x[index] ? 2f : 3f;
    }
}
