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

/// <summary>The ILGPU entry point of every portable body.</summary>
internal static class EntryPoint<K> where K : struct, IKernel
{
    public static void Run(Index1D index, K kernel) => kernel.Run(index);
}
