using ILGPU;

namespace GpuPool.Kernels;

/// <summary>
/// The portable body of a kernel: its fields are its arguments (views and numbers), <see cref="Run"/> is what one thread does.
/// It is the definition; it compiles for CUDA, OpenCL and ILGPU's CPU accelerator. No two indices may write the same element.
/// </summary>
internal interface IKernel
{
    /// <summary>Number of threads.</summary>
    int Count { get; }

    /// <summary>The work of thread <paramref name="index"/>.</summary>
    void Run(int index);
}

/// <summary>
/// A kernel that also has a host body, used where device memory is host memory: ordinary vectorised .NET code over tiles of work that worker
/// threads take in any order. A tile's result depends on nothing but its number, so results do not depend on the number of threads.
/// </summary>
internal interface IHostKernel : IKernel
{
    /// <summary>Number of tiles.</summary>
    int Tiles { get; }

    /// <summary>The work of one tile.</summary>
    void RunTile(int tile);
}

/// <summary>
/// A kernel whose host body runs in stages: each begins when all tiles of the one before are done, as for sums of parts, or for operands that
/// are first laid out anew. What a stage hands on lies in scratch of the body's own.
/// </summary>
internal unsafe interface IStagedHostKernel<T> : IKernel where T : unmanaged
{
    /// <summary>Elements of scratch: uninitialised, on a 64-byte boundary, with <see cref="MemoryPool.SlackBytes"/> readable bytes behind its end.</summary>
    int ScratchCount { get; }

    /// <summary>Number of stages.</summary>
    int Stages { get; }

    /// <summary>Number of tiles of a stage.</summary>
    int StageTiles(int stage);

    /// <summary>The work of one tile of a stage.</summary>
    void RunTile(int stage, int tile, T* scratch);
}

/// <summary>
/// A kernel that also has a group body, for GPUs: launches of groups of threads that share memory and wait for each other. What one launch hands to the next lies in arrays
/// that the body rents of the device. Sums have a fixed order, so that the same device gives the same bits.
/// </summary>
internal interface IGroupKernel : IKernel
{
    /// <summary>Whether the work is large enough for groups to pay; the portable body does what is smaller.</summary>
    bool SuitsGroups { get; }

    /// <summary>Launches the stages of the group body, one behind the other.</summary>
    void LaunchGroups(Device device);
}

/// <summary>One launch of a group body; its fields are its arguments. All threads of a group meet the same barriers, and none returns before them.</summary>
internal interface IGroupStage
{
    /// <summary>Number of groups.</summary>
    int Groups { get; }

    /// <summary>The work of one of the <see cref="GroupEntryPoint.Threads"/> threads of a group.</summary>
    void Run(int group, int thread);
}

/// <summary>How stages of group bodies are launched.</summary>
internal static class GroupEntryPoint
{
    /// <summary>Threads of a group: what every GPU can have, and enough for 64 x 64 elements in squares of 4 x 4.</summary>
    public const int Threads = 256;
}

/// <summary>The ILGPU entry point of every stage of a group body.</summary>
internal static class GroupEntryPoint<S> where S : struct, IGroupStage
{
    public static void Run(S stage) => stage.Run(Grid.IdxX, Group.IdxX);
}

/// <summary>Where group bodies are used.</summary>
internal enum GroupBodies
{
    /// <summary>Nowhere.</summary>
    Never,

    /// <summary>Where a kernel has one and is large enough for it.</summary>
    WhereLarge,

    /// <summary>Where a kernel has one.</summary>
    Always,
}

/// <summary>The ILGPU entry point of every portable body.</summary>
internal static class EntryPoint<K> where K : struct, IKernel
{
    public static void Run(Index1D index, K kernel) => kernel.Run(index);
}
