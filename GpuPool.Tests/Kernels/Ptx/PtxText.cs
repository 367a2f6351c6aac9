using System.Collections.Concurrent;
using System.Reflection;
using GpuPool.Kernels;
using ILGPU;
using ILGPU.Backends.EntryPoints;
using ILGPU.Backends.PTX;
using ILGPU.Runtime;
using ILGPU.Runtime.Cuda;

namespace GpuPool.Tests.Kernels.Ptx;

/// <summary>What ILGPU hands to the driver's assembler for a kernel.</summary>
internal static class PtxText
{
    private static readonly ConcurrentDictionary<(Type, CudaArchitecture), string> s_texts = new();

    /// <summary>The text for an architecture, by default the oldest one that the tests read.</summary>
    /// <param name="entryPoint">The class whose method Run is the kernel.</param>
    /// <param name="hasGroups">Whether it is launched in groups; else by the number of threads.</param>
    /// <param name="architecture">The architecture.</param>
    public static string Of(Type entryPoint, bool hasGroups = false, CudaArchitecture? architecture = null) =>
        s_texts.GetOrAdd((entryPoint, architecture ?? CudaArchitecture.SM_70), key => Compile(entryPoint.GetMethod("Run")!, hasGroups, key.Item2));

    private static string Compile(MethodInfo run, bool hasGroups, CudaArchitecture architecture)
    {
        // As a device does.
        Devices.Cpu.Context.ClearCache(ClearCacheMode.Everything);
        using var backend = new PTXBackend(Devices.Cpu.Context, new CudaCapabilityContext(architecture), architecture, CudaInstructionSet.ISA_80, null);
        EntryPointDescription entry = hasGroups ? EntryPointDescription.FromExplicitlyGroupedKernel(run) : EntryPointDescription.FromImplicitlyGroupedKernel(run);
        return ((PTXCompiledKernel)backend.Compile(entry, hasGroups ? new KernelSpecialization(GroupEntryPoint.Threads, null) : default)).PTXAssembly;
    }
}
