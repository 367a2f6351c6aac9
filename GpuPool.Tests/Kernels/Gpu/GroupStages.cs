using GpuPool.Kernels;
using GpuPool.Kernels.Numerics;

namespace GpuPool.Tests.Kernels.Gpu;

/// <summary>Every stage of every group body, in both element types.</summary>
internal static class GroupStages
{
    public static IReadOnlyList<Type> All { get; } = [.. typeof(Op).Assembly.GetTypes()
        .Where(type => type.IsValueType && typeof(IGroupStage).IsAssignableFrom(type))
        .SelectMany(type => Close(type, typeof(float), typeof(Real32), []).Concat(Close(type, typeof(double), typeof(Real64), [])))];

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
        return lists.Select(list => type.MakeGenericType(list));
    }

    private static bool Admits(Type parameter, Type choice) => parameter.GetGenericParameterConstraints().Where(constraint => constraint.IsInterface)
        .All(constraint => choice.GetInterfaces().Any(type => Definition(type) == Definition(constraint)));

    private static Type Definition(Type type) => type.IsGenericType ? type.GetGenericTypeDefinition() : type;
}
