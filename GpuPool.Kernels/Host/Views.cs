using System.Runtime.CompilerServices;
using ILGPU;

namespace GpuPool.Kernels.Host;

/// <summary>Host bodies see a view as a pointer.</summary>
internal static unsafe class Views
{
    /// <summary>
    /// Address of the first element; null for an empty view. Valid on the CPU accelerator only, whose buffers do not move. Every array starts on a
    /// 64-byte boundary and has <see cref="MemoryPool.SlackBytes"/> readable bytes behind its end, so a vector load may run over the end.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T* Pointer<T>(this ArrayView<T> view) where T : unmanaged =>
        view.Length == 0 ? null : (T*)Unsafe.AsPointer(ref view[0]);
}
