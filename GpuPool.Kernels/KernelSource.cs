using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using ILGPU.Backends;
using ILGPU.Backends.OpenCL;

namespace GpuPool.Kernels;

/// <summary>
/// The source of a kernel for OpenCL, in the same words whenever it is built. ILGPU names types and labels by a count of all that the process has made, and drivers find what they
/// once compiled by the text: for kernels in another order, or of two threads, they would compile, and keep, all again.
/// </summary>
internal static partial class KernelSource
{
    [GeneratedRegex(@"\b(?<kind>type|L)_(?<number>\d+)")]
    private static partial Regex Counted { get; }

    /// <summary>Renumbers the source of a kernel for OpenCL, and leaves others alone.</summary>
    public static void Renumber(CompiledKernel kernel)
    {
        if (kernel is CLCompiledKernel openCL)
            Source(openCL) = Renumber(openCL.Source);
    }

    /// <summary>The text with its types and labels counted in the order of their first places.</summary>
    public static string Renumber(string source)
    {
        Dictionary<string, int> numbers = [];
        return Counted.Replace(source, name =>
        {
            numbers.TryAdd(name.Value, numbers.Count);
            return $"{name.Groups["kind"].Value}_{numbers[name.Value]}";
        });
    }

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "<Source>k__BackingField")]
    private static extern ref string Source(CLCompiledKernel kernel);
}
