using System.Collections.Concurrent;
using System.Reflection;
using System.Text.RegularExpressions;
using GpuPool.Kernels;
using GpuPool.Kernels.Numerics;
using ILGPU;
using ILGPU.Backends.EntryPoints;
using ILGPU.Backends.PTX;
using ILGPU.Runtime;
using ILGPU.Runtime.Cuda;

namespace GpuPool.Tests.Kernels;

/// <summary>Every portable body compiles for CUDA, in both element types, on a machine without a GPU.</summary>
public sealed partial class PortableKernelTests
{
    private static IEnumerable<Type> Kernels =>
        from type in typeof(Op).Assembly.GetTypes()
        where type.IsValueType && typeof(IKernel).IsAssignableFrom(type)
        from closed in Close(type)
        select closed;

    private static readonly ConcurrentDictionary<Type, string> _ptx = new();

    // Their halves are of counts, which are never negative.
    private static readonly string[] _halveCounts = ["MixedChoiceForward`2", "PositionForward`2"];

    [Test]
    public void Every_kernel_compiles_to_ptx([ValueSource(nameof(Kernels))] Type kernel)
    {
        foreach (CudaArchitecture architecture in new[] { CudaArchitecture.SM_80, CudaArchitecture.SM_90 })
            Assert.That(Compile(kernel, architecture), Does.Contain(".entry"));
    }

    [Test]
    public void No_comparison_of_a_kernel_is_true_for_nan([ValueSource(nameof(Kernels))] Type kernel)
    {
        // Normal draws compare numbers made of integers.
        if (kernel.Name != "NormalDraws`2")
            Assert.That(TrueForNaN(Ptx(kernel)), Is.Empty);
    }

    [Test]
    public void A_comparison_with_a_constant_on_the_left_would_be_true_for_nan() =>
        Assert.That(TrueForNaN(Ptx(typeof(ConstantOnTheLeft))), Is.EqualTo(new[] { "setp.gtu.f32" }));

    [Test]
    public void No_kernel_takes_a_maximum_that_loses_nan([ValueSource(nameof(Kernels))] Type kernel) =>
        Assert.That(Ptx(kernel), Does.Not.Match(@"\b(min|max)\.f(32|64)"));

    [Test]
    public void No_kernel_shifts_where_it_divides([ValueSource(nameof(Kernels))] Type kernel)
    {
        if (!_halveCounts.Contains(kernel.Name))
            Assert.That(Ptx(kernel), Does.Not.Match(@"\bshr\.s(32|64)"), "ILGPU divides negative numbers by powers of two as if rounding down");
    }

    /// <summary>Comparisons that are true for NaN, but for those that count only together with a test of the same operand: a &lt; x and x is a number.</summary>
    private static IEnumerable<string> TrueForNaN(string ptx)
    {
        foreach (Match comparison in Unordered().Matches(ptx))
        {
            string guard = $@"testp\.notanumber\.f\d+\s+(?<nan>%p\d+), {comparison.Groups["operand"]};\s+not\.pred\s+(?<number>%p\d+), \k<nan>;"
                + $@"\s+and\.pred\s+%p\d+, {comparison.Groups["result"]}, \k<number>;";
            if (!Regex.IsMatch(ptx, guard))
                yield return comparison.Groups["name"].Value;
        }
    }

    [GeneratedRegex(@"(?<name>setp\.(lt|le|gt|ge)u\.f(32|64))\s+(?<result>%p\d+), (?<operand>%fd?\d+), ")]
    private static partial Regex Unordered();

    private static string Ptx(Type kernel) => _ptx.GetOrAdd(kernel, key => Compile(key, CudaArchitecture.SM_80));

    private static string Compile(Type kernel, CudaArchitecture architecture)
    {
        using var backend = new PTXBackend(Devices.Cpu.Context, new CudaCapabilityContext(architecture), architecture, CudaInstructionSet.ISA_80, null);
        MethodInfo entry = typeof(EntryPoint<>).MakeGenericType(kernel).GetMethod("Run")!;
        return ((PTXCompiledKernel)backend.Compile(EntryPointDescription.FromImplicitlyGroupedKernel(entry), new KernelSpecialization())).PTXAssembly;
    }

    /// <summary>A generic kernel is closed over float and double with their arithmetic, and over every function it may take.</summary>
    private static IEnumerable<Type> Close(Type kernel)
    {
        if (!kernel.IsGenericTypeDefinition)
            return [kernel];
        return new[] { (typeof(float), typeof(Real32)), (typeof(double), typeof(Real64)) }.SelectMany(number => Arguments(kernel, number.Item1, number.Item2))
            .Select(arguments => kernel.MakeGenericType(arguments));
    }

    private static IEnumerable<Type[]> Arguments(Type kernel, Type element, Type real)
    {
        IEnumerable<Type[]> lists = [[]];
        foreach (Type parameter in kernel.GetGenericArguments())
        {
            Type[] choices = parameter.Name switch
            {
                "T" => [element],
                "R" => [real],
                _ => [.. typeof(Op).Assembly.GetTypes().Where(type => type.IsValueType && !type.IsGenericType
                    && parameter.GetGenericParameterConstraints().Where(constraint => constraint.IsInterface).All(constraint => constraint.IsAssignableFrom(type)))],
            };
            lists = [.. lists.SelectMany(list => choices.Select(choice => (Type[])[.. list, choice]))];
        }
        return lists;
    }

    private readonly struct ConstantOnTheLeft(ArrayView<float> x, ArrayView<float> y) : IKernel
    {
        public int Count => x.IntLength;

        public void Run(int index) => y[index] = 1f < x[index] ? 2f : 3f;
    }
}
