using System.Text.Json;
using System.Text.Json.Serialization;
using GpuPool.Experiments.Tasks;

namespace GpuPool.Experiments.Training;

/// <summary>
/// An epoch as one flat object, and so as one row of a CSV: epoch, rate, the measures of training under <c>train_</c>, those of the test under <c>test_</c>, and what it cost.
/// </summary>
internal sealed class EpochRecordConverter : JsonConverter<EpochRecord>
{
    private const string Train = "train_", Test = "test_";

    /// <inheritdoc/>
    public override EpochRecord Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        Dictionary<string, JsonElement> values = JsonSerializer.Deserialize<Dictionary<string, JsonElement>>(ref reader, options)!;
        T Value<T>(string name) where T : struct =>
            values.TryGetValue(name, out JsonElement value) ? value.Deserialize<T>(options) : throw new JsonException($"an epoch without '{name}'");
        Measures Under(string prefix) => new([.. values.Keys.Where(name => name.StartsWith(prefix, StringComparison.Ordinal))
            .Select(name => new Measure(name[prefix.Length..], Value<double>(name)))]);
        Measures train = Under(Train), test = Under(Test);
        if (train.Count == 0)
            throw new JsonException("an epoch without a loss");
        return new EpochRecord(
            Value<int>(Name(nameof(EpochRecord.Epoch))), Value<double>(Name(nameof(EpochRecord.LearningRate))), train, test,
            Value<double>(Name(nameof(EpochRecord.ImagesPerSecond))), Value<double>(Name(nameof(EpochRecord.Seconds))),
            Value<long>(Name(nameof(EpochRecord.LiveBytes))), Value<long>(Name(nameof(EpochRecord.PeakBytes))));
    }

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, EpochRecord value, JsonSerializerOptions options)
    {
        writer.WriteStartObject();
        Value(Name(nameof(value.Epoch)), value.Epoch);
        Value(Name(nameof(value.LearningRate)), value.LearningRate);
        foreach (Measure measure in value.Train)
            Value(Train + measure.Name, measure.Value);
        foreach (Measure measure in value.Test)
            Value(Test + measure.Name, measure.Value);
        Value(Name(nameof(value.ImagesPerSecond)), value.ImagesPerSecond);
        Value(Name(nameof(value.Seconds)), value.Seconds);
        Value(Name(nameof(value.LiveBytes)), value.LiveBytes);
        Value(Name(nameof(value.PeakBytes)), value.PeakBytes);
        writer.WriteEndObject();

        void Value<T>(string name, T number)
        {
            writer.WritePropertyName(name);
            JsonSerializer.Serialize(writer, number, options);
        }
    }

    private static string Name(string property) => JsonNamingPolicy.SnakeCaseLower.ConvertName(property);
}
