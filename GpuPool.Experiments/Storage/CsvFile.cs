using System.Globalization;
using System.Text.Json;
using CsvHelper;

namespace GpuPool.Experiments.Storage;

/// <summary>
/// CSV files of records: the columns are the names in JSON of the record that has most, in their order; numbers as in JSON, nulls and what a record lacks as empty cells, <c>\n</c> at the end of a
/// line. A file is replaced as a whole.
/// </summary>
internal static class CsvFile
{
    /// <summary>Replaces the file.</summary>
    /// <param name="path">Where it is.</param>
    /// <param name="records">At least one record.</param>
    /// <param name="disk">Where to; null for the disk of this machine.</param>
    public static void Write<T>(string path, IReadOnlyList<T> records, IDisk? disk = null) where T : class
    {
        using var text = new StringWriter(CultureInfo.InvariantCulture);
        using (CsvWriter csv = CsvWriter.Create(text, new CsvWriterOptions { NewLine = "\n" }, leaveOpen: true))
        {
            JsonElement[] rows = [.. records.Select(record => JsonSerializer.SerializeToElement(record, record.GetType(), Json.Line))];
            string[] columns = [.. rows.MaxBy(row => row.GetPropertyCount()).EnumerateObject().Select(column => column.Name)];
            csv.WriteHeader(columns);
            foreach (JsonElement row in rows)
                csv.WriteRecord([.. columns.Select(column => row.TryGetProperty(column, out JsonElement value) ? value.ToString() : "")]);
        }
        AtomicFile.WriteText(path, text.ToString(), disk);
    }

    /// <summary>
    /// The records of a file that <see cref="Write"/> made, and that may have gone through other programs since; none where there is no file. Who writes it
    /// again would lose what was not read, so nothing is passed over.
    /// </summary>
    /// <param name="path">Where it is.</param>
    /// <param name="check">Finds what is wrong with a record beside those before it, if anything.</param>
    /// <exception cref="GpuPoolException">A line is not a record, or there are columns that a record has not (11).</exception>
    public static IReadOnlyList<T> Read<T>(string path, Func<T, CsvFault?>? check = null) where T : class
    {
        if (!File.Exists(path))
            return [];
        try
        {
            var table = CsvTable.Read(path);
            table.RequireNoOther<T>();
            return table.Records(check);
        }
        catch (CsvFormatException exception)
        {
            throw new GpuPoolException(
                ExitCode.DataCorrupt, $"{path}: {exception.Message.TrimEnd('.')}", "It was left as it is: mend it, or move it away to begin anew.", exception);
        }
    }
}
