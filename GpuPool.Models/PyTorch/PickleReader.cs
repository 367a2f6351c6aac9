using System.Buffers.Binary;
using System.Numerics;
using System.Text;

namespace GpuPool.Models.PyTorch;

/// <summary>
/// Reads a pickle as data: dictionaries, lists, tuples, numbers, texts, and tensors as PyTorch describes them. A pickle is a program that may call anything; of its instructions only those
/// are known here that make such data, and of the names that it calls only PyTorch's own for them.
/// </summary>
/// <remarks>Source: the instructions of Python's <c>pickletools</c>, of protocols 2 to 5. Each instruction takes a byte and makes one value at most, so that memory is bounded by the file.</remarks>
internal sealed class PickleReader(byte[] bytes, int start = 0)
{
    /// <summary>Bytes of a pickle that are read at most.</summary>
    public const int MostBytes = 1 << 26;

    private const int LeastProtocol = 2, MostProtocol = 5, MostIntegerBytes = 8;

    private static readonly object _mark = new();

    private readonly List<object?> _stack = [];
    private readonly Dictionary<int, object?> _memo = [];
    private readonly List<PickleReference> _references = [];
    private int _position = start;

    /// <summary>Where the next pickle begins.</summary>
    public int Position => _position;

    /// <summary>What the pickles so far say of elements outside of them.</summary>
    public IReadOnlyList<PickleReference> References => _references;

    /// <summary>The value of the next pickle: a dictionary is a list of pairs, a tuple an array.</summary>
    /// <exception cref="PickleException">It is damaged, or has an instruction or a name that is not known here.</exception>
    public object? Read()
    {
        _stack.Clear();
        _memo.Clear();
        while (true)
        {
            int start = _position;
            try
            {
                if (Run((char)Byte()))
                    return _stack is [var value] && value != _mark ? value : throw new PickleException(start, "it ends with other than one value");
            }
            catch (Exception exception) when (exception is InvalidCastException or ArgumentException or OverflowException)
            {
                throw new PickleException(start, "an instruction has a value of another kind than it takes");
            }
        }
    }

    // Whether it was the last one.
    private bool Run(char instruction)
    {
        switch (instruction)
        {
            case '\u0080': Require(Byte() is >= LeastProtocol and <= MostProtocol, "a protocol other than 2 to 5"); break;
            case '\u0095': Take(sizeof(long)); break;
            case '(': Push(_mark); break;
            case '.': return true;
            case 'N': Push(null); break;
            case '\u0088': Push(true); break;
            case '\u0089': Push(false); break;
            case 'K': Push((long)Byte()); break;
            case 'M': Push((long)BinaryPrimitives.ReadUInt16LittleEndian(Take(sizeof(ushort)))); break;
            case 'J': Push((long)Int()); break;
            case '\u008a': Push(Long(Byte())); break;
            case 'G': Push(BinaryPrimitives.ReadDoubleBigEndian(Take(sizeof(double)))); break;
            case 'X': Push(Text(Int())); break;
            case '\u008c': Push(Text(Byte())); break;
            // As Python 2 wrote texts.
            case 'U': Push(Text(Byte())); break;
            case 'T': Push(Text(Int())); break;
            case '}': Push(new List<(object? Key, object? Value)>()); break;
            case ']': Push(new List<object?>()); break;
            case ')': Push(Array.Empty<object?>()); break;
            case 't': Push(PopToMark()); break;
            case '\u0085': Push(Pop(1)); break;
            case '\u0086': Push(Pop(2)); break;
            case '\u0087': Push(Pop(3)); break;
            case 'a': Append(Pop(1)); break;
            case 'e': Append(PopToMark()); break;
            case 's': Set(Pop(2)); break;
            case 'u': Set(PopToMark()); break;
            case 'q': _memo[Byte()] = Top(); break;
            case 'r': _memo[Int()] = Top(); break;
            case '\u0094': _memo[_memo.Count] = Top(); break;
            case 'h': Recall(Byte()); break;
            case 'j': Recall(Int()); break;
            case 'c': Name(Line(), Line()); break;
            case '\u0093': object?[] names = Pop(2); Name(As<string>(names[0]), As<string>(names[1])); break;
            case 'Q': Refer(As<object?[]>(Pop(1)[0])); break;
            case 'R': object?[] call = Pop(2); Push(PyTorchObjects.Make(As<PickleName>(call[0]), As<object?[]>(call[1]))); break;
            // The attributes of a dictionary, where PyTorch keeps versions of modules.
            case 'b': Pop(1); Require(Top() is List<(object?, object?)>, "attributes of something else than a dictionary"); break;
            default: throw new PickleException(_position - 1, $"the instruction {(int)instruction:x2} is not among those of tensors; nothing was executed");
        }
        return false;
    }

    private void Name(string module, string name)
    {
        string full = $"{module}.{name}";
        Require(PyTorchObjects.IsKnown(full), $"it calls '{(full.Length > 100 ? full[..100] : full)}', which is not among the names of tensors; nothing was executed");
        Push(new PickleName(full));
    }

    private void Refer(object?[] parts)
    {
        var reference = new PickleReference(parts);
        _references.Add(reference);
        Push(reference);
    }

    private void Append(object?[] values) => As<List<object?>>(Top()).AddRange(values);

    private void Set(object?[] values)
    {
        List<(object? Key, object? Value)> dictionary = As<List<(object? Key, object? Value)>>(Top());
        Require(values.Length % 2 == 0, "a key without a value");
        for (int index = 0; index < values.Length; index += 2)
            dictionary.Add((values[index], values[index + 1]));
    }

    private void Recall(int place)
    {
        Require(_memo.TryGetValue(place, out object? value), "a value that it never kept");
        Push(value);
    }

    private void Push(object? value) => _stack.Add(value);

    private object? Top()
    {
        Require(_stack.Count > 0 && _stack[^1] != _mark, "a value that is not there");
        return _stack[^1];
    }

    private object?[] Pop(int count)
    {
        Require(_stack.Count >= count, "values that are not there");
        object?[] values = [.. _stack[^count..]];
        Require(!values.Contains(_mark), "values that are not there");
        _stack.RemoveRange(_stack.Count - count, count);
        return values;
    }

    private object?[] PopToMark()
    {
        int mark = _stack.LastIndexOf(_mark);
        Require(mark >= 0, "the start of a list that is not there");
        object?[] values = [.. _stack[(mark + 1)..]];
        _stack.RemoveRange(mark, _stack.Count - mark);
        return values;
    }

    private static T As<T>(object? value) where T : class => value as T ?? throw new InvalidCastException();

    private ReadOnlySpan<byte> Take(int count)
    {
        Require(count >= 0 && count <= bytes.Length - _position, "it ends within an instruction");
        _position += count;
        return bytes.AsSpan(_position - count, count);
    }

    private byte Byte() => Take(1)[0];

    private int Int() => BinaryPrimitives.ReadInt32LittleEndian(Take(sizeof(int)));

    private long Long(int length)
    {
        Require(length <= MostIntegerBytes, "a whole number of more than 8 bytes");
        return (long)new BigInteger(Take(length));
    }

    private string Text(int length) => Encoding.UTF8.GetString(Take(length));

    private string Line()
    {
        int end = bytes.AsSpan(_position).IndexOf((byte)'\n');
        Require(end >= 0, "a name without an end");
        string line = Text(end);
        _position++;
        return line;
    }

    private void Require(bool holds, string fault)
    {
        if (!holds)
            throw new PickleException(_position, fault);
    }
}
