namespace GpuPool.Models.Export;

/// <summary>One operator of an ONNX graph.</summary>
/// <param name="Type">Its name in ONNX, of the standard domain.</param>
/// <param name="Inputs">Names of the values that it reads.</param>
/// <param name="Outputs">Names of the values that it makes.</param>
/// <param name="Attributes">Whole numbers, lists of them, single-precision numbers and texts by name.</param>
internal sealed record OnnxNode(string Type, IReadOnlyList<string> Inputs, IReadOnlyList<string> Outputs, IReadOnlyList<(string Name, object Value)> Attributes)
{
    // Numbers of AttributeProto's fields and of its types.
    private const int FloatType = 1, IntegerType = 2, TextType = 3, IntegersType = 7, TypeField = 20;

    /// <summary>The node as ONNX's NodeProto, named after what it makes.</summary>
    public ProtobufMessage Message()
    {
        var message = new ProtobufMessage();
        foreach (string input in Inputs)
            message.Add(1, input);
        foreach (string output in Outputs)
            message.Add(2, output);
        message.Add(3, Outputs[0]).Add(4, Type);
        foreach ((string name, object value) in Attributes)
            message.Add(5, Attribute(name, value));
        return message;
    }

    private static ProtobufMessage Attribute(string name, object value)
    {
        var message = new ProtobufMessage().Add(1, name);
        switch (value)
        {
            case float number: return message.Add(2, number).Add(TypeField, FloatType);
            case int number: return message.Add(3, number).Add(TypeField, IntegerType);
            case string text: return message.Add(4, text).Add(TypeField, TextType);
            case int[] numbers:
                foreach (int number in numbers)
                    message.Add(8, number);
                return message.Add(TypeField, IntegersType);
            default: throw new NotSupportedException($"ONNX: no attribute of type {value.GetType().Name}.");
        }
    }
}
