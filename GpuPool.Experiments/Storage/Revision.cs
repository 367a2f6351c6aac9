using System.Reflection;
using GpuPool.Autograd;
using GpuPool.Kernels;
using Module = GpuPool.Models.Module;

namespace GpuPool.Experiments.Storage;

/// <summary>Which build of the program made a result.</summary>
internal static class Revision
{
    /// <summary>Version and commit, for example <c>0.1.0+722fbab8e29a</c>; the version alone where it was not built from a checkout.</summary>
    public static string Current { get; } = Short(
        typeof(Revision).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown");

    /// <summary>What the compiler made: the same for the same sources, compiler and options.</summary>
    public static string Build() => string.Join(' ', new[] { typeof(Device), typeof(Tensor), typeof(Module), typeof(Revision) }.Select(type => type.Module.ModuleVersionId));

    private static string Short(string version)
    {
        const int CommitLetters = 12;
        int plus = version.IndexOf('+', StringComparison.Ordinal);
        return plus < 0 ? version : version[..Math.Min(version.Length, plus + 1 + CommitLetters)];
    }
}
