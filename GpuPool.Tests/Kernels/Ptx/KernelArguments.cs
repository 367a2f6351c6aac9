using System.Reflection;
using System.Runtime.InteropServices;
using GpuPool.Kernels.Host;
using ILGPU;

namespace GpuPool.Tests.Kernels.Ptx;

/// <summary>The fields of a kernel as ILGPU hands them to a device: in their order, aligned to their size, a view as its address and its length.</summary>
internal static class KernelArguments
{
    private static readonly MethodInfo s_address = typeof(KernelArguments).GetMethod(nameof(Address), BindingFlags.NonPublic | BindingFlags.Static)!;

    /// <summary>Writes them into the memory of parameters, from its start.</summary>
    /// <exception cref="InvalidOperationException">They do not end where the parameters do.</exception>
    public static void Write(object argument, Span<byte> parameters)
    {
        int end = 0;
        Write(argument, parameters, ref end);
        if (end != parameters.Length)
            throw new InvalidOperationException($"{argument.GetType().Name} has {end} bytes of arguments, but takes {parameters.Length}.");
    }

    private static void Write(object value, Span<byte> parameters, ref int end)
    {
        switch (value)
        {
            case int number: Put(parameters, ref end, number); break;
            case uint number: Put(parameters, ref end, number); break;
            case long number: Put(parameters, ref end, number); break;
            case ulong number: Put(parameters, ref end, number); break;
            case float number: Put(parameters, ref end, number); break;
            case double number: Put(parameters, ref end, number); break;
            case IArrayView view:
                Put(parameters, ref end, (long)s_address.MakeGenericMethod(view.GetType().GenericTypeArguments[0]).Invoke(null, [view])!);
                Put(parameters, ref end, view.Length);
                break;
            default:
                end = Aligned(end, Alignment(value.GetType()));
                foreach (FieldInfo field in Fields(value.GetType()))
                    Write(field.GetValue(value)!, parameters, ref end);
                end = Aligned(end, Alignment(value.GetType()));
                break;
        }
    }

    private static void Put<T>(Span<byte> parameters, ref int end, T value) where T : unmanaged
    {
        int size = Marshal.SizeOf<T>(), start = Aligned(end, size);
        MemoryMarshal.Write(parameters[start..], value);
        end = start + size;
    }

    private static int Alignment(Type type) => type.IsPrimitive ? Marshal.SizeOf(type)
        : typeof(IArrayView).IsAssignableFrom(type) ? sizeof(long)
        : Fields(type).Select(field => Alignment(field.FieldType)).DefaultIfEmpty(1).Max();

    private static IEnumerable<FieldInfo> Fields(Type type) =>
        type.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic).OrderBy(field => field.MetadataToken);

    private static int Aligned(int end, int size) => (end + size - 1) / size * size;

    private static unsafe long Address<T>(ArrayView<T> view) where T : unmanaged => (long)view.Pointer();
}
