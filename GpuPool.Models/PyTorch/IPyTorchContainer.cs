namespace GpuPool.Models.PyTorch;

/// <summary>How a file of PyTorch holds its pickle and the elements that lie outside of it.</summary>
internal interface IPyTorchContainer
{
    /// <summary>What was saved, as <see cref="PickleReader"/> gives it.</summary>
    object? Value { get; }

    /// <summary>The bytes of a tensor's elements from the first to the last.</summary>
    /// <param name="stream">The file.</param>
    /// <param name="name">Of the tensor, for messages.</param>
    /// <param name="tensor">The tensor.</param>
    /// <exception cref="PyTorchException">They are not there, or damaged.</exception>
    byte[] Elements(FileStream stream, string name, PyTorchTensor tensor);
}
