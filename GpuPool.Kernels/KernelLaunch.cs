using System.Reflection;
using ILGPU;

namespace GpuPool.Kernels;

/// <summary>One launch on its way to the accelerator.</summary>
/// <param name="EntryPoint">The class whose method Run is the kernel.</param>
/// <param name="Argument">Its argument, beside the index of a portable body.</param>
/// <param name="Extent">Threads of a portable body, groups of a stage.</param>
/// <param name="GroupThreads">Threads of a group of a stage; 0 for a portable body, which does not know of them.</param>
internal readonly record struct KernelLaunch(Type EntryPoint, object Argument, int Extent, int GroupThreads)
{
    /// <summary>Number of threads.</summary>
    public long Threads => (long)Extent * Math.Max(1, GroupThreads);

    /// <summary>Bytes of all operands, each counted once: the least that must move. The few results of a sum of parts are not counted beside these.</summary>
    public long OperandBytes => Bytes(Argument);

    /// <summary>Whether the multiply-adds of an op are also those of this launch.</summary>
    public bool Multiplies => !Sums(Argument.GetType());

    // Views that a kernel holds, also within structs that it is made of.
    private static long Bytes(object argument)
    {
        long bytes = 0;
        bool sums = argument.GetType().IsDefined(typeof(SumsAttribute));
        foreach (FieldInfo field in Structs(argument.GetType()))
        {
            object value = field.GetValue(argument)!;
            if (value is IArrayView view)
                bytes += view.LengthInBytes;
            else if (!sums)
                bytes += Bytes(value);
        }
        return bytes;
    }

    private static bool Sums(Type type) => type.IsDefined(typeof(SumsAttribute)) || Structs(type).Any(field => Sums(field.FieldType));

    private static IEnumerable<FieldInfo> Structs(Type type) => type.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic)
        .Where(field => field.FieldType is { IsValueType: true, IsPrimitive: false, IsEnum: false });
}

/// <summary>
/// Marks what sums numbers of launches before its own: it has no part in the multiply-adds of its op, and of what it holds it reads its views alone, and no other struct, which only says
/// where the sums belong.
/// </summary>
[AttributeUsage(AttributeTargets.Struct)]
internal sealed class SumsAttribute : Attribute;
