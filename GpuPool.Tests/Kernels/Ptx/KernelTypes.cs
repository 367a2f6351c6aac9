using GpuPool.Kernels;
using GpuPool.Kernels.Numerics;

namespace GpuPool.Tests.Kernels.Ptx;

/// <summary>All kernels of the library; a generic one is closed over float and double with their arithmetic, and over every function it may take.</summary>
internal static class KernelTypes
{
    /// <summary>Portable bodies.</summary>
    public static IReadOnlyList<Type> Portable { get; } = Closed(typeof(IKernel));

    /// <summary>Stages of group bodies.</summary>
    public static IReadOnlyList<Type> Stages { get; } = Closed(typeof(IGroupStage));

    private static Type[] Closed(Type kind) => [.. typeof(Op).Assembly.GetTypes()
        .Where(type => type.IsValueType && kind.IsAssignableFrom(type))
        .SelectMany(type => Close(type, typeof(float), typeof(Real32), []).Concat(type.IsGenericTypeDefinition ? Close(type, typeof(double), typeof(Real64), []) : []))];

    // A parameter beside the element type and its arithmetic is any value type that its constraints admit, closed likewise; none holds another of its own kind.
    private static IEnumerable<Type> Close(Type type, Type element, Type real, Type[] around)
    {
        if (!type.IsGenericTypeDefinition)
            return [type];
        IEnumerable<Type[]> lists = [[]];
        foreach (Type parameter in type.GetGenericArguments())
        {
            Type[] choices = parameter.Name switch
            {
                "T" => [element],
                "R" => [real],
                _ => [.. typeof(Op).Assembly.GetTypes().Where(choice => choice.IsValueType && !around.Contains(choice) && choice != type && Admits(parameter, choice))
                    .SelectMany(choice => Close(choice, element, real, [.. around, type]))],
            };
            lists = [.. lists.SelectMany(list => choices.Select(choice => (Type[])[.. list, choice]))];
        }
        return lists.Select(list => Made(type, list)).OfType<Type>();
    }

    // What one parameter takes may depend on another: then there is no such type.
    private static Type? Made(Type type, Type[] arguments)
    {
        try
        {
            return type.MakeGenericType(arguments);
        }
        catch (ArgumentException)
        {
            return null;
        }
    }

    private static bool Admits(Type parameter, Type choice) => parameter.GetGenericParameterConstraints().Where(constraint => constraint.IsInterface)
        .All(constraint => choice.GetInterfaces().Any(type => Definition(type) == Definition(constraint)));

    private static Type Definition(Type type) => type.IsGenericType ? type.GetGenericTypeDefinition() : type;
}
