using GpuPool.Kernels;

namespace GpuPool.Models.PyTorch;

/// <summary>The names that PyTorch's pickles call to make tensors, and what each is here.</summary>
internal static class PyTorchObjects
{
    private const string Dictionary = "collections.OrderedDict", Tensor = "torch._utils._rebuild_tensor_v2", OlderTensor = "torch._utils._rebuild_tensor", Parameter = "torch._utils._rebuild_parameter", Size = "torch.Size";

    private static readonly Dictionary<string, PyTorchType> _storages = new()
    {
        ["torch.FloatStorage"] = PyTorchType.Float32,
        ["torch.DoubleStorage"] = PyTorchType.Float64,
        ["torch.HalfStorage"] = PyTorchType.Float16,
        ["torch.BFloat16Storage"] = PyTorchType.BFloat16,
        ["torch.LongStorage"] = PyTorchType.Int64,
    };

    /// <summary>Whether a pickle may name it.</summary>
    public static bool IsKnown(string name) => name is Dictionary or Tensor or OlderTensor or Parameter or Size || _storages.ContainsKey(name);

    /// <summary>What a call of a name makes.</summary>
    /// <exception cref="ArgumentException">The operands are others than PyTorch's.</exception>
    public static object? Make(PickleName name, object?[] operands) => (name.Name, operands) switch
    {
        (Dictionary, []) => new List<(object? Key, object? Value)>(),
        (Dictionary, [object?[] pairs]) => Pairs(pairs),
        (Dictionary, [List<object?> pairs]) => Pairs([.. pairs]),
        (Parameter, [PyTorchTensor tensor, ..]) => tensor,
        (Size, [object?[] extents]) => extents,
        (Tensor or OlderTensor, [PickleReference storage, long offset, object?[] extents, object?[] strides, ..]) => Of(storage, offset, extents, strides),
        _ => throw new ArgumentException(name.Name),
    };

    /// <summary>Bytes of an element of each storage that is referred to.</summary>
    public static Dictionary<string, int> ElementBytes(IEnumerable<PickleReference> references)
    {
        var bytes = new Dictionary<string, int>();
        foreach (PickleReference reference in references)
        {
            if (Storage(reference) is var (key, type, _))
                bytes[key] = PyTorchTensor.BytesOf(type);
        }
        return bytes;
    }

    // Before version 1.6 a sixth part, then none, could make it a view of another one.
    private static (string Key, PyTorchType Type, long Elements)? Storage(PickleReference reference) =>
        reference.Parts is ["storage", PickleName { Name: var name }, string key, string, long elements, .. [] or [null]] && _storages.TryGetValue(name, out PyTorchType type) ? (key, type, elements) : null;

    // As Python 2 and TorchSharp call it: with pairs, each a tuple or a list.
    private static List<(object? Key, object? Value)> Pairs(object?[] pairs) => [.. pairs.Select(pair => pair switch
    {
        object?[] and [var key, var value] => (key, value),
        List<object?> and [var key, var value] => (key, value),
        _ => throw new ArgumentException(Dictionary),
    })];

    private static PyTorchTensor Of(PickleReference storage, long offset, object?[] extents, object?[] strides)
    {
        if (Storage(storage) is not var (key, kind, elements))
            throw new ArgumentException(Tensor);
        long[] sizes = [.. extents.OfType<long>()], steps = [.. strides.OfType<long>()];
        if (sizes.Length != extents.Length || steps.Length != strides.Length || sizes.Length != steps.Length || sizes.Concat(steps).Append(offset).Any(number => number is < 0 or > int.MaxValue))
            throw new ArgumentException(Tensor);
        try
        {
            return new PyTorchTensor(kind, new Shape([.. sizes.Select(size => (int)size)]), steps, offset, key, elements);
        }
        catch (ShapeException exception)
        {
            throw new ArgumentException(exception.Message, exception);
        }
    }
}
