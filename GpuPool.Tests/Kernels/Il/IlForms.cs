using System.Numerics;
using System.Reflection;
using System.Reflection.Emit;

namespace GpuPool.Tests.Kernels.Il;

/// <summary>
/// Finds what ILGPU 1.5.3 makes another thing of than C# does. It follows the instructions of a method in their order, with what is known of the values on the stack
/// and in local variables; where branches meet, only what both say is kept.
/// </summary>
internal sealed class IlForms
{
    // IfLess of our arithmetic is not one of them: it tests its right side for NaN.
    private static readonly string[] s_comparisons = ["clt", "cgt", "blt", "ble", "bgt", "bge", "op_LessThan", "op_LessThanOrEqual", "op_GreaterThan", "op_GreaterThanOrEqual"];

    // The only functions of these classes that a kernel may call; all others are not there on each device, or differ from one to the other, or lose NaN.
    private static readonly string[] s_functions = ["XMath.Sqrt", "Math.Min of Int32", "Math.Max of Int32", "Single.IsNaN", "Double.IsNaN"];
    private static readonly string[] s_mathematics = ["XMath", "Math", "MathF", "IntrinsicMath", "Half", "BitOperations", "Single", "Double", "Int32", "UInt32", "Int64", "UInt64"];

    private readonly MethodBase _method;
    private readonly List<string> _faults = [];
    private readonly Dictionary<int, IlValue[]> _stacks = [];
    private readonly Dictionary<int, IlValue> _locals = [];
    private readonly Stack<IlValue> _stack = new();

    private IlForms(MethodBase method) => _method = method;

    /// <summary>The faults of a method, with the names of the forms.</summary>
    public static IReadOnlyList<string> Faults(MethodBase method)
    {
        var forms = new IlForms(method);
        IlInstruction[] instructions = [.. IlInstruction.Read(method)];
        HashSet<int> targets = [.. instructions.SelectMany(instruction => instruction.Targets)];
        bool fallsThrough = true;
        foreach (IlInstruction instruction in instructions)
        {
            if (targets.Contains(instruction.Offset))
                forms.Meet(instruction.Offset, fallsThrough);
            forms.Follow(instruction);
            foreach (int target in instruction.Targets)
                forms._stacks.TryAdd(target, [.. forms._stack]);
            fallsThrough = instruction.Code.FlowControl is not (FlowControl.Branch or FlowControl.Return or FlowControl.Throw);
        }
        return forms._faults;
    }

    private void Meet(int offset, bool fallsThrough)
    {
        _locals.Clear();
        if (!_stacks.TryGetValue(offset, out IlValue[]? other))
            return;
        IlValue[] merged = fallsThrough ? [.. _stack.Zip(other, (here, there) => here == there ? here : default)] : other;
        _stack.Clear();
        foreach (IlValue value in merged.Reverse())
            _stack.Push(value);
    }

    private void Follow(IlInstruction instruction)
    {
        string name = instruction.Code.Name!.Split('.')[0];
        if (instruction.Operand is MethodBase called && instruction.Code.FlowControl == FlowControl.Call)
        {
            Call(instruction, called);
            return;
        }
        switch (name)
        {
            case "ldc":
                Push(new IlValue(IlKind.Constant, instruction.Operand as double? ?? Literal(instruction.Code.Name), instruction.Code.Name.Contains(".r", StringComparison.Ordinal) ? "float" : ""));
                return;
            case "ldloc":
                Push(_locals.GetValueOrDefault(Local(instruction)));
                return;
            case "stloc":
                _locals[Local(instruction)] = Pop();
                return;
            case "dup":
                Push(_stack.Peek());
                return;
            case "conv":
                Convert(instruction.Code.Name);
                return;
            case "add" or "sub" or "mul":
                (IlValue right, IlValue left) = (Pop(), Pop());
                bool isFloat = right.Conversion == "float" || left.Conversion == "float";
                Push(isFloat ? Arithmetic(name, left, right) : default);
                return;
            case "div" when _stack.Peek() is { IsConstant: true, Conversion: "" } divisor && BitOperations.IsPow2((long)divisor.Number) && divisor.Number > 1:
                Report($"a division by {divisor.Number}, which becomes a shift");
                break;
        }
        if (s_comparisons.Contains(name))
            Compare();
        Pop(Count(instruction.Code.StackBehaviourPop));
        for (int count = Count(instruction.Code.StackBehaviourPush); count > 0; count--)
            Push(default);
    }

    private void Call(IlInstruction instruction, MethodBase called)
    {
        int count = called.GetParameters().Length;
        string name = called.Name.Split('.')[^1];
        CheckFunction(called, name);
        if (s_comparisons.Contains(name) && count == 2)
        {
            Compare();
            Pop(2);
            Push(default);
            return;
        }
        IlValue[] arguments = Pop(count + (called.IsStatic || instruction.Code == OpCodes.Newobj ? 0 : 1));
        if (instruction.Code != OpCodes.Newobj && called is MethodInfo { ReturnType: var type } && type == typeof(void))
            return;
        Push(name switch
        {
            "Add" or "op_Addition" when count == 2 => Arithmetic("add", arguments[0], arguments[1]),
            "Subtract" or "op_Subtraction" when count == 2 => Arithmetic("sub", arguments[0], arguments[1]),
            "Multiply" or "op_Multiply" when count == 2 => Arithmetic("mul", arguments[0], arguments[1]),
            "get_Zero" or "get_One" => new IlValue(IlKind.Constant, name == "get_One" ? 1 : 0, "float"),
            "Of" when count == 1 && arguments[0].IsConstant => arguments[0] with { Conversion = "float" },
            _ => default,
        });
    }

    private void CheckFunction(MethodBase called, string name)
    {
        if (!s_mathematics.Contains(called.DeclaringType!.Name))
            return;
        string function = $"{called.DeclaringType!.Name}.{name}", typed = $"{function} of {called.GetParameters().FirstOrDefault()?.ParameterType.Name}";
        if (!s_functions.Contains(function) && !s_functions.Contains(typed))
            Report($"a call of {typed}");
    }

    private void Compare()
    {
        (IlValue right, IlValue left) = (Pop(), Pop());
        if (left is { IsConstant: true, Conversion: "float" } && !right.IsConstant)
            Report("a comparison with its constant on the left, which becomes true for NaN");
        Push(left);
        Push(right);
    }

    // x + c + d becomes x + (c + d), and x * c * d likewise.
    private IlValue Arithmetic(string name, IlValue left, IlValue right)
    {
        IlKind kind = name == "mul" ? IlKind.Product : IlKind.Sum;
        if (left.IsConstant && right.IsConstant)
            return left;
        if (!left.IsConstant && !right.IsConstant)
            return default;
        if ((left.IsConstant ? right : left).Kind == kind && name != "sub")
            Report($"a {kind} of constants, which become one constant");
        return name == "sub" ? default : new IlValue(kind, 0, "float");
    }

    private void Convert(string code)
    {
        IlValue value = Pop();
        // To double, which holds each unsigned integer of 32 bits.
        if (value.Kind == IlKind.Converted && value.Conversion != "conv.r.un")
            Report($"{code} of {value.Conversion}, which become one conversion");
        Push(value.IsConstant ? value with { Conversion = code.Contains(".r", StringComparison.Ordinal) ? "float" : "" } : new IlValue(IlKind.Converted, 0, code));
    }

    private void Report(string fault) => _faults.Add($"{_method.DeclaringType!.Name}.{_method.Name}: {fault}");

    private void Push(IlValue value) => _stack.Push(value);

    private IlValue Pop() => _stack.TryPop(out IlValue value) ? value : default;

    private IlValue[] Pop(int count)
    {
        IlValue[] values = new IlValue[count];
        for (int index = count - 1; index >= 0; index--)
            values[index] = Pop();
        return values;
    }

    private static double Literal(string code) => code[^2..] switch
    {
        "m1" or "M1" => -1,
        _ => code[^1] - '0',
    };

    private static int Local(IlInstruction instruction) => instruction.Operand as int? ?? instruction.Code.Name![^1] - '0';

    private static int Count(StackBehaviour behaviour) => behaviour switch
    {
        StackBehaviour.Pop0 or StackBehaviour.Push0 => 0,
        StackBehaviour.Push1_push1 => 2,
        _ => behaviour.ToString().Split('_').Length,
    };
}
