using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace GpuPool.Experiments.Storage;

/// <summary>A number of a CSV; NaN and infinities are numbers.</summary>
internal sealed class NumberConverter : JsonConverter<double>
{
    private const NumberStyles Style = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;

    /// <inheritdoc/>
    public override double Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => Parse(reader.GetString()!);

    /// <summary>The number that a text is.</summary>
    /// <exception cref="JsonException">It is none; the message goes on after "'TEXT' is".</exception>
    public static double Parse(string text) =>
        double.TryParse(text, Style, CultureInfo.InvariantCulture, out double number) ? number : throw new JsonException("not a number");

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, double value, JsonSerializerOptions options) => writer.WriteNumberValue(value);
}
