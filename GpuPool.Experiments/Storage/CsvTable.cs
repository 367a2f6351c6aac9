using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using System.Xml;
using CsvHelper;

namespace GpuPool.Experiments.Storage;

/// <summary>A CSV file of any columns, as text in which every character may stand in a document.</summary>
/// <param name="Name">Name of the file without its extension.</param>
/// <param name="Columns">The header.</param>
/// <param name="Rows">As many cells in each as there are columns.</param>
internal sealed record CsvTable(string Name, IReadOnlyList<string> Columns, IReadOnlyList<IReadOnlyList<string>> Rows)
{
    private const int MostBytes = 64 << 20;

    private static readonly CsvReaderOptions Strict = new()
    {
        Separator = ',',
        FieldCountMismatch = CsvFieldCountHandling.Throw,
        MalformedData = CsvMalformedDataHandling.Throw,
        MaxRecordSize = 1 << 20,
        TrackLineNumbers = true,
    };

    /// <summary>Reads a file.</summary>
    /// <exception cref="CsvFormatException">It is no CSV, or it is empty or larger than 64 MiB.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static CsvTable Read(string path)
    {
        if (new FileInfo(path).Length > MostBytes)
            throw new CsvFormatException($"it is larger than {MostBytes >> 20} MiB");
        using CsvReader csv = CsvReader.FromFile(path, Strict);
        string[] columns = [.. csv.Headers.Select(Printable)];
        if (columns.Length == 0)
            throw new CsvFormatException("it is empty");
        List<string[]> rows = [];
        foreach (CsvRow row in csv)
            rows.Add([.. row.ToArray().Select(Printable)]);
        return new CsvTable(Path.GetFileNameWithoutExtension(path), columns, rows);
    }

    /// <summary>Whether it has all columns that a record must have, each once.</summary>
    public bool Has<T>() => Columns.Distinct().Count() == Columns.Count && Required(typeof(T)).All(Columns.Contains);

    /// <summary>The rows as records; other columns are ignored.</summary>
    /// <exception cref="JsonException">A cell is not what its column is to hold.</exception>
    public IReadOnlyList<T> Records<T>() where T : class => [.. Rows.Select(row => CsvFile.Record<T>(Columns.Zip<string, string?>(row)))];

    private static IEnumerable<string> Required(Type type) =>
        new DefaultJsonTypeInfoResolver().GetTypeInfo(type, Json.Line).Properties.Where(property => property.IsRequired).Select(property => property.Name);

    private static string Printable(string text) => text.All(XmlConvert.IsXmlChar)
        ? text
        : string.Concat(text.EnumerateRunes().Select(rune => rune.IsBmp && !XmlConvert.IsXmlChar((char)rune.Value) ? "\uFFFD" : rune.ToString()));
}
