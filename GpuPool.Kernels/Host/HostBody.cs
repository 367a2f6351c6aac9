using System.Reflection;

namespace GpuPool.Kernels.Host;

/// <summary>How the host body of a kernel is run on worker threads.</summary>
internal static class HostBody<K> where K : struct, IKernel
{
    public delegate void Launcher(Device device, Workers workers, in K kernel);

    /// <summary>Runs it; null for a kernel that has none.</summary>
    public static readonly Launcher? Run = Find();

    private static Launcher? Find()
    {
        if (typeof(IHostKernel).IsAssignableFrom(typeof(K)))
            return Close(nameof(HostBodies.RunTiles), typeof(K));
        Type? staged = typeof(K).GetInterfaces().FirstOrDefault(type => type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IStagedHostKernel<>));
        return staged is null ? null : Close(nameof(HostBodies.RunStages), typeof(K), staged.GenericTypeArguments[0]);
    }

    // A struct is launched without boxing: the delegate is closed over the constrained generic method once per kernel type.
    private static Launcher Close(string method, params Type[] types) =>
        typeof(HostBodies).GetMethod(method, BindingFlags.Public | BindingFlags.Static)!.MakeGenericMethod(types).CreateDelegate<Launcher>();
}

internal static class HostBodies
{
    public static void RunTiles<K>(Device device, Workers workers, in K kernel) where K : struct, IHostKernel => workers.Run(kernel, kernel.Tiles);

    public static unsafe void RunStages<K, T>(Device device, Workers workers, in K kernel) where K : struct, IStagedHostKernel<T> where T : unmanaged
    {
        int count = kernel.ScratchCount;
        using DeviceArray? scratch = count == 0 ? null : device.Allocate(new Shape(count), DTypes.Of<T>());
        T* pointer = scratch is null ? null : scratch.View<T>().Pointer();
        for (int stage = 0; stage < kernel.Stages; stage++)
            workers.Run(new Stage<K, T> { Kernel = kernel, Number = stage, Scratch = pointer }, kernel.StageTiles(stage));
    }

    private unsafe struct Stage<K, T> : IHostKernel where K : struct, IStagedHostKernel<T> where T : unmanaged
    {
        public K Kernel;
        public int Number;
        public T* Scratch;

        public readonly int Count => Kernel.Count;

        public readonly int Tiles => Kernel.StageTiles(Number);

        public readonly void Run(int index) => Kernel.Run(index);

        public readonly void RunTile(int tile) => Kernel.RunTile(Number, tile, Scratch);
    }
}
