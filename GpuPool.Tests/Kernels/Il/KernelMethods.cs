using System.Reflection;
using GpuPool.Kernels;

namespace GpuPool.Tests.Kernels.Il;

/// <summary>What runs in kernels.</summary>
internal static class KernelMethods
{
    /// <summary>The methods that a kernel runs: its own, and those of the library that it calls, closed as it calls them.</summary>
    public static IReadOnlyCollection<MethodBase> Of(Type kernel)
    {
        Type kind = typeof(IGroupStage).IsAssignableFrom(kernel) ? typeof(IGroupStage) : typeof(IKernel);
        HashSet<MethodBase> seen = [];
        Queue<MethodBase> waiting = new([IlInstruction.Implementation(kernel, kind.GetMethod("Run")!)]);
        while (waiting.TryDequeue(out MethodBase? method))
        {
            if (!seen.Add(method))
                continue;
            foreach (MethodBase called in IlInstruction.Read(method).Select(instruction => instruction.Operand).OfType<MethodBase>())
            {
                if (IlInstruction.IsOurs(called.DeclaringType!) && called.GetMethodBody() is not null)
                    waiting.Enqueue(called);
            }
        }
        return seen;
    }
}
