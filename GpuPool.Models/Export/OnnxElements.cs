using GpuPool.Kernels;
using GpuPool.Kernels.Ops;

namespace GpuPool.Models.Export;

/// <summary>What acts on each element alone, in whatever layout it comes.</summary>
internal static class OnnxElements
{
    /// <summary>Two operands, of which ONNX repeats one by itself where ours is repeated.</summary>
    public static Action<Op, OnnxCall> Binary(string type) => (_, call) => call.Put(call.Node(type, [call.Operand(0), call.Operand(1)]));

    /// <summary>y = g a + (1 - g) b</summary>
    public static void Blend(Blend op, OnnxCall call)
    {
        string gate = call.Operand(2), rest = call.Node("Sub", [call.Number(1), gate]);
        call.Put(call.Node("Add", [call.Node("Mul", [gate, call.Operand(0)]), call.Node("Mul", [rest, call.Operand(1)])]));
    }

    /// <summary>One function.</summary>
    public static void Pointwise(Pointwise op, OnnxCall call)
    {
        string x = call.Either(0);
        call.Put(op.Function switch
        {
            PointwiseFunction.Relu6 => Relu6(call, x),
            PointwiseFunction.LeakyRelu => call.Node("LeakyRelu", [x], ("alpha", (float)op.Leak)),
            _ => call.Node(op.Function.ToString(), [x]),
        });
    }

    /// <summary>What stands behind a batch norm.</summary>
    public static string Activation(OnnxCall call, Activation activation, string x) => activation switch
    {
        Kernels.Ops.Activation.Relu => call.Node("Relu", [x]),
        Kernels.Ops.Activation.Relu6 => Relu6(call, x),
        _ => x,
    };

    private static string Relu6(OnnxCall call, string x) => call.Node("Clip", [x, call.Number(0), call.Number(6)]);
}
