using GpuPool.Kernels;
using GpuPool.Kernels.Ops;
using GpuPool.Models;

namespace GpuPool.Experiments.Parity;

/// <summary>
/// Where PyTorch's nearest up-sampling takes another cell than the exact floor(i h / H), which ours takes: it multiplies by h / H in single precision. Of all pairs of sizes up to 128 these
/// are 193, such as 2 to 82.
/// </summary>
/// <remarks>Source: PyTorch 1.13.1, compared in all these pairs.</remarks>
internal static class NearestCells
{
    /// <summary>Whether PyTorch misses a cell between these sizes.</summary>
    public static bool AreMissed(int from, int to) => Enumerable.Range(0, to).Any(cell => Math.Min((int)(cell * ((float)from / to)), from - 1) != (int)((long)cell * from / to));

    /// <summary>What is to be said of the up-samplings of a module for an input; null where PyTorch is exact in all.</summary>
    public static string? Note(Module module, Shape input)
    {
        string[] missed =
        [
            .. from op in ModuleTrace.Of(module, input).Ops
               where op.Op is Upsample { Mode: Interpolation.Nearest }
               let source = op.Inputs[0].Shape
               let target = op.Output.Shape
               from axis in new[] { 1, 2 }
               where AreMissed(source[axis], target[axis])
               select FormattableString.Invariant($"{source[axis]} to {target[axis]}"),
        ];
        return missed.Length == 0 ? null : $"PyTorch's nearest up-sampling misses cells from {string.Join(", ", missed.Distinct())}, where ours is exact";
    }
}
