using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using GpuPool.Kernels;

namespace GpuPool.Tests.Kernels.Ptx;

/// <summary>
/// Runs what ILGPU emits for CUDA on the processor: the groups of a grid in any order, the threads of a group one after the other from barrier to barrier.
/// </summary>
internal sealed class PtxMachine
{
    // Any number does for a portable body; the last group has threads without an index.
    private const int PortableGroup = 4;

    private static readonly ConcurrentDictionary<Type, PtxProgram> s_programs = new();

    private readonly ConcurrentDictionary<Type, PtxInstruction[]> _code = new();
    private readonly bool _fuses;

    private PtxMachine(bool fuses) => _fuses = fuses;

    /// <summary>Each instruction by itself.</summary>
    public static PtxMachine Plain { get; } = new(false);

    /// <summary>Products fused into sums, as the driver's assembler may do, and the threads of a group in reverse order.</summary>
    public static PtxMachine Fused { get; } = new(true);

    /// <summary>For <see cref="Device.Interceptor"/>.</summary>
    public bool Run(KernelLaunch launch)
    {
        bool hasGroups = launch.GroupThreads > 0;
        PtxProgram program = s_programs.GetOrAdd(launch.EntryPoint, type => new PtxProgram(PtxText.Of(type, hasGroups)));
        byte[] parameters = new byte[program.ParameterBytes];
        if (!hasGroups)
            MemoryMarshal.Write(parameters, launch.Extent);
        KernelArguments.Write(launch.Argument, parameters.AsSpan(program.LastParameter));
        int threads = hasGroups ? launch.GroupThreads : PortableGroup;
        Run(program, _code.GetOrAdd(launch.EntryPoint, _ => _fuses ? PtxFusion.Fuse(program) : program.Instructions), parameters, threads,
            hasGroups ? launch.Extent : (launch.Extent + threads - 1) / threads);
        return true;
    }

    private unsafe void Run(PtxProgram program, PtxInstruction[] code, byte[] parameters, int threads, int groups)
    {
        Parallel.ForEach(Partitioner.Create(0, groups), range =>
        {
            var group = new PtxGroup(program, threads, groups, _fuses);
            fixed (PtxInstruction* first = code)
            fixed (byte* arguments = parameters)
            {
                for (int number = range.Item1; number < range.Item2; number++)
                    group.Run(first, number, arguments);
            }
        });
    }
}
