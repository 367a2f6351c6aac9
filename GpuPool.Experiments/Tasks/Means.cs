using System.Text.Json;
using System.Text.Json.Serialization;

namespace GpuPool.Experiments.Tasks;

/// <summary>Measures that are means over images, as sums that grow batch by batch.</summary>
/// <param name="Images">Number of images.</param>
/// <param name="Sums">Sum of each measure over them.</param>
[JsonConverter(typeof(MeansConverter))]
internal sealed record Means(int Images, Measures Sums)
{
    /// <summary>Of no image.</summary>
    public static Means None { get; } = new(0, new Measures());

    /// <summary>The means.</summary>
    public Measures Measures => new([.. Sums.Select(sum => sum with { Value = sum.Value / Images })]);

    /// <summary>With the images of one more batch.</summary>
    public Means Add(Means batch) => Images == 0
        ? batch
        : new Means(Images + batch.Images, new Measures([.. Sums.Zip(batch.Sums, (sum, more) => sum with { Value = sum.Value + more.Value })]));

    // An object: the number of images and the sum of each measure.
    private sealed class MeansConverter : JsonConverter<Means>
    {
        private const string Count = "images", Sum = "_sum";

        public override Means Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            Dictionary<string, double> values = JsonSerializer.Deserialize<Dictionary<string, double>>(ref reader, options)!;
            // Checkpoints of earlier builds have the sum of a classification's accuracy under another name, and means beside the sums.
            if (values.Remove("right", out double right))
                values[Classification.Accuracy + Sum] = right;
            return new Means((int)values.GetValueOrDefault(Count), new Measures(
                [.. values.Where(entry => entry.Key.EndsWith(Sum, StringComparison.Ordinal)).Select(entry => new Measure(entry.Key[..^Sum.Length], entry.Value))]));
        }

        public override void Write(Utf8JsonWriter writer, Means value, JsonSerializerOptions options)
        {
            writer.WriteStartObject();
            writer.WriteNumber(Count, value.Images);
            foreach (Measure sum in value.Sums)
            {
                writer.WritePropertyName(sum.Name + Sum);
                JsonSerializer.Serialize(writer, sum.Value, options);
            }
            writer.WriteEndObject();
        }
    }
}
