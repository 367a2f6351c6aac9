using System.Reflection;
using System.Reflection.Emit;
using GpuPool.Kernels;

namespace GpuPool.Tests.Kernels.Il;

/// <summary>An instruction of a method of .NET.</summary>
/// <param name="Offset">Where it stands.</param>
/// <param name="Code">What it does.</param>
/// <param name="Operand">A number, a member, the offsets that it may branch to, or null.</param>
internal readonly record struct IlInstruction(int Offset, OpCode Code, object? Operand)
{
    private static readonly Dictionary<short, OpCode> s_codes = typeof(OpCodes).GetFields().Select(field => (OpCode)field.GetValue(null)!).ToDictionary(code => code.Value);

    /// <summary>Offsets that it may branch to.</summary>
    public int[] Targets => Operand as int[] ?? [];

    /// <summary>Reads the body of a method; its members are those of the types that it is closed over.</summary>
    public static IEnumerable<IlInstruction> Read(MethodBase method)
    {
        byte[] bytes = method.GetMethodBody()!.GetILAsByteArray()!;
        Type[]? typeArguments = method.DeclaringType!.IsGenericType ? method.DeclaringType.GetGenericArguments() : null;
        Type[]? methodArguments = method.IsGenericMethod ? method.GetGenericArguments() : null;
        Type? constrained = null;
        for (int at = 0; at < bytes.Length;)
        {
            int offset = at;
            short value = bytes[at++];
            if (value == 0xFE)
                value = (short)(0xFE00 | bytes[at++]);
            OpCode code = s_codes[value];
            int size = code.OperandType switch
            {
                OperandType.InlineNone => 0,
                OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
                OperandType.InlineVar => 2,
                OperandType.InlineI8 or OperandType.InlineR => 8,
                OperandType.InlineSwitch => 4 + 4 * BitConverter.ToInt32(bytes, at),
                _ => 4,
            };
            int next = at + size;
            object? operand = code.OperandType switch
            {
                OperandType.ShortInlineBrTarget => new[] { next + (sbyte)bytes[at] },
                OperandType.InlineBrTarget => new[] { next + BitConverter.ToInt32(bytes, at) },
                OperandType.InlineSwitch => Enumerable.Range(1, (size - 4) / 4).Select(index => next + BitConverter.ToInt32(bytes, at + 4 * index)).ToArray(),
                OperandType.ShortInlineI => (double)(sbyte)bytes[at],
                OperandType.InlineI => (double)BitConverter.ToInt32(bytes, at),
                OperandType.InlineI8 => (double)BitConverter.ToInt64(bytes, at),
                OperandType.ShortInlineR => (double)BitConverter.ToSingle(bytes, at),
                OperandType.InlineR => BitConverter.ToDouble(bytes, at),
                OperandType.ShortInlineVar => (int)bytes[at],
                OperandType.InlineVar => (int)BitConverter.ToInt16(bytes, at),
                OperandType.InlineMethod or OperandType.InlineField or OperandType.InlineType or OperandType.InlineTok =>
                    method.Module.ResolveMember(BitConverter.ToInt32(bytes, at), typeArguments, methodArguments),
                _ => null,
            };
            if (operand is MethodBase called && constrained is not null)
                operand = Implementation(constrained, called);
            constrained = code == OpCodes.Constrained ? (Type)operand! : null;
            yield return new IlInstruction(offset, code, operand);
            at = next;
        }
    }

    /// <summary>Whether a member is of this library, or of its tests.</summary>
    public static bool IsOurs(Type type) => type.Assembly == typeof(Op).Assembly || type.Assembly == typeof(IlInstruction).Assembly;

    /// <summary>The method of a type that stands for one of an interface.</summary>
    public static MethodBase Implementation(Type type, MethodBase method)
    {
        if (!IsOurs(type) || !method.DeclaringType!.IsInterface)
            return method;
        InterfaceMapping map = type.GetInterfaceMap(method.DeclaringType);
        MethodInfo target = map.TargetMethods[Array.IndexOf(map.InterfaceMethods, method.IsGenericMethod ? ((MethodInfo)method).GetGenericMethodDefinition() : method)];
        return method.IsGenericMethod ? target.MakeGenericMethod(method.GetGenericArguments()) : target;
    }
}
