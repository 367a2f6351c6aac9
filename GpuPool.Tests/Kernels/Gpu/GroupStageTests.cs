using System.Globalization;
using System.Text.RegularExpressions;
using GpuPool.Kernels;
using ILGPU;
using ILGPU.Backends.EntryPoints;
using ILGPU.Backends.PTX;
using ILGPU.Runtime;
using ILGPU.Runtime.Cuda;

namespace GpuPool.Tests.Kernels.Gpu;

/// <summary>Every stage of a group body compiles for CUDA, in both element types, on a machine without a GPU.</summary>
internal sealed partial class GroupStageTests
{
    private const int SharedBytes = 48 << 10;

    private static IEnumerable<Type> Stages => GroupStages.All;

    [GeneratedRegex(@"\.shared [^;]*\[(?<bytes>\d+)\];")]
    private static partial Regex Shared();

    [TestCaseSource(nameof(Stages))]
    public void Every_stage_compiles_to_ptx_with_barriers_and_no_more_shared_memory_than_all_gpus_have(Type stage)
    {
        using var backend = new PTXBackend(Devices.Cpu.Context, new CudaCapabilityContext(CudaArchitecture.SM_80), CudaArchitecture.SM_80, CudaInstructionSet.ISA_80, null);
        var entry = EntryPointDescription.FromExplicitlyGroupedKernel(typeof(GroupEntryPoint<>).MakeGenericType(stage).GetMethod("Run")!);
        var kernel = (PTXCompiledKernel)backend.Compile(entry, new KernelSpecialization(GroupEntryPoint.Threads, null));
        Assert.That(kernel.PTXAssembly, Does.Contain(".entry").And.Contain("bar.sync").And.Not.Contain(".local"));
        Assert.That(Shared().Matches(kernel.PTXAssembly).Sum(match => int.Parse(match.Groups["bytes"].Value, CultureInfo.InvariantCulture)), Is.NoMoreThan(SharedBytes));
    }
}
