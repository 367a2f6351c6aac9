using System.Globalization;
using System.Numerics;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;

namespace GpuPool.Experiments.Storage;

/// <summary>A whole number of a CSV, also as <c>16.0</c>: so spreadsheets and data frames write a column of whole numbers with empty cells.</summary>
internal sealed class WholeNumberConverter<T> : JsonConverter<T> where T : IBinaryInteger<T>
{
    /// <inheritdoc/>
    public override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        T.TryParse(WholeNumber.Canonical(reader.GetString()!), CultureInfo.InvariantCulture, out T? number) ? number : throw new JsonException("not a whole number");

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options) => throw new NotSupportedException();
}

/// <summary>Whole numbers, or - for none, with blanks between them: a value for each seed. In a CSV that was saved elsewhere they may have a <c>.0</c>.</summary>
internal sealed class WholeNumbersConverter : JsonConverter<string>
{
    /// <inheritdoc/>
    public override string Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => string.Join(
        ' ', reader.GetString()!.Split(' ').Select(word => word == "-" ? word : WholeNumber.Canonical(word) ?? throw new JsonException("not a list of whole numbers")));

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, string value, JsonSerializerOptions options) => writer.WriteStringValue(value);
}

/// <summary>Whole numbers as text.</summary>
internal static partial class WholeNumber
{
    // No sign: nothing that is counted is below 0. No exponent: a program that writes 4.8E+07 has left out digits.
    [GeneratedRegex(@"^(?<number>[0-9]+)(\.0+)?\z", RegexOptions.CultureInvariant)]
    private static partial Regex Form { get; }

    /// <summary>The number without a fraction of zeros; null if it is none.</summary>
    public static string? Canonical(string text) => Form.Match(text) is { Success: true } match ? match.Groups["number"].Value : null;
}
