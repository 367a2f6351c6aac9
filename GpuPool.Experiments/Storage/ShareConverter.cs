using System.Text.Json;
using System.Text.Json.Serialization;

namespace GpuPool.Experiments.Storage;

/// <summary>A share of images of a CSV, in [0, 1].</summary>
internal sealed class ShareConverter : JsonConverter<double>
{
    /// <inheritdoc/>
    public override double Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        NumberConverter.Parse(reader.GetString()!) is >= 0 and <= 1 and var share ? share : throw new JsonException("not a share from 0 to 1");

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, double value, JsonSerializerOptions options) => writer.WriteNumberValue(value);
}
