namespace GpuPool.Models.PyTorch;

/// <summary>A class or function that a pickle names. It is only a name here: nothing is looked up, and nothing is called.</summary>
/// <param name="Name">Module and name, for example <c>torch._utils._rebuild_tensor_v2</c>.</param>
internal sealed record PickleName(string Name);

/// <summary>What a pickle says of elements that lie outside of it.</summary>
/// <param name="Parts">As PyTorch has it: the word "storage", a class, a key, a device, the number of elements.</param>
internal sealed record PickleReference(object?[] Parts);
