using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using CsvHelper;

namespace GpuPool.Experiments.Storage;

/// <summary>
/// CSV files of records: the columns are the record's names in JSON, in their order; numbers as in JSON, nulls as empty cells, <c>\n</c> at the end of a
/// line. A file is replaced as a whole.
/// </summary>
internal static class CsvFile
{
    // A CSV does not tell numbers from text.
    private static readonly JsonSerializerOptions FromText = new(Json.Line) { NumberHandling = JsonNumberHandling.AllowReadingFromString | JsonNumberHandling.AllowNamedFloatingPointLiterals };

    /// <summary>Replaces the file.</summary>
    /// <param name="path">Where it is.</param>
    /// <param name="records">At least one record.</param>
    /// <param name="disk">Where to; null for the disk of this machine.</param>
    public static void Write<T>(string path, IReadOnlyList<T> records, IDisk? disk = null) where T : class
    {
        using var text = new StringWriter(CultureInfo.InvariantCulture);
        using (CsvWriter csv = CsvWriter.Create(text, new CsvWriterOptions { NewLine = "\n" }, leaveOpen: true))
        {
            JsonElement[] rows = [.. records.Select(record => JsonSerializer.SerializeToElement(record, Json.Line))];
            csv.WriteHeader([.. rows[0].EnumerateObject().Select(column => column.Name)]);
            foreach (JsonElement row in rows)
                csv.WriteRecord([.. row.EnumerateObject().Select(column => column.Value.ToString())]);
        }
        AtomicFile.WriteText(path, text.ToString(), disk);
    }

    /// <summary>The records of a file that <see cref="Write"/> made; none where there is no file, or one of other columns.</summary>
    public static IReadOnlyList<T> Read<T>(string path) where T : class
    {
        if (!File.Exists(path))
            return [];
        using CsvReader csv = CsvReader.FromFile(path);
        List<T> records = [];
        try
        {
            foreach (CsvRow row in csv)
                records.Add(Record<T>(row.ToDictionary().Select(cell => (cell.Key, cell.Value))));
            return records;
        }
        catch (Exception exception) when (exception is JsonException or CsvFormatException)
        {
            return [];
        }
    }

    /// <summary>The record of a row; an empty cell is one that is not there.</summary>
    /// <param name="cells">Column and text of each cell; other columns than those of the record are ignored.</param>
    /// <exception cref="JsonException">A cell is not what its column is to hold, or one is missing.</exception>
    public static T Record<T>(IEnumerable<(string Column, string? Text)> cells) where T : class =>
        JsonSerializer.SerializeToElement(cells.Where(cell => cell.Text is { Length: > 0 }).ToDictionary(cell => cell.Column, cell => cell.Text))
            .Deserialize<T>(FromText)!;
}
