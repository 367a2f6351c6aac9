using ILGPU;

namespace GpuPool.Kernels.Ops;

/// <summary>Elements of a map by their place in it, wherever they come from.</summary>
internal interface IElements<T> where T : unmanaged
{
    T At(int index);
}

/// <summary>Those that stand in memory.</summary>
internal readonly struct StoredElements<T>(ArrayView<T> view) : IElements<T> where T : unmanaged
{
    private readonly ArrayView<T> _view = view;

    public T At(int index) => _view[index];
}
