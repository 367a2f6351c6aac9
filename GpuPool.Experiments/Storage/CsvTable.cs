using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using System.Xml;
using CsvHelper;

namespace GpuPool.Experiments.Storage;

/// <summary>A CSV file of any columns, as text in which every character may stand in a document.</summary>
/// <param name="Name">Name of the file without its extension.</param>
/// <param name="Columns">The header.</param>
/// <param name="Rows">As many cells in each as there are columns.</param>
/// <param name="Lines">The line of the file in which each row begins, counted from 1.</param>
internal sealed record CsvTable(string Name, IReadOnlyList<string> Columns, IReadOnlyList<IReadOnlyList<string>> Rows, IReadOnlyList<long> Lines)
{
    private const int MostBytes = 64 << 20, MostLetters = 200;

    private static readonly CsvReaderOptions Strict = new()
    {
        Separator = ',',
        FieldCountMismatch = CsvFieldCountHandling.Throw,
        MalformedData = CsvMalformedDataHandling.Throw,
        MaxRecordSize = 1 << 20,
        TrackLineNumbers = true,
    };

    // A CSV does not tell numbers from text.
    private static readonly JsonSerializerOptions FromText = new(Json.Line)
    {
        Converters = { new WholeNumberConverter<int>(), new WholeNumberConverter<long>(), new WholeNumberConverter<ulong>(), new NumberConverter() },
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
        List<long> lines = [];
        foreach (CsvRow row in csv)
        {
            rows.Add([.. row.ToArray().Select(Printable)]);
            lines.Add(csv.LineNumber);
        }
        return new CsvTable(Path.GetFileNameWithoutExtension(path), columns, rows, lines);
    }

    /// <summary>Whether it has all columns that a record must have, each once.</summary>
    public bool Has<T>() => Columns.Distinct().Count() == Columns.Count && Required<T>().All(Columns.Contains);

    /// <summary>Refuses columns that a record has not, those that are there twice, and the lack of one that it must have.</summary>
    /// <exception cref="CsvFormatException">There are such columns.</exception>
    public void RequireNoOther<T>()
    {
        if (Columns.Except(Properties<T>().Select(property => property.Name)).FirstOrDefault() is { } other)
            throw new CsvFormatException(OneLine($"line 1, column '{other}' is not one of this file's"));
        if (Columns.GroupBy(column => column).FirstOrDefault(column => column.Count() > 1) is { } twice)
            throw new CsvFormatException(OneLine($"line 1, column '{twice.Key}' is there twice"));
        if (Required<T>().Except(Columns).FirstOrDefault() is { } missing)
            throw new CsvFormatException($"line 1, column '{missing}' is missing");
    }

    /// <summary>The rows as records; other columns are ignored, and an empty cell is one that is not there.</summary>
    /// <param name="check">Finds what is wrong with a record beside those before it, if anything.</param>
    /// <exception cref="CsvFormatException">A cell is not what its column is to hold, or the check found something: the message has line and column.</exception>
    public IReadOnlyList<T> Records<T>(Func<T, CsvFault?>? check = null) where T : class
    {
        List<T> records = [];
        foreach ((IReadOnlyList<string> row, long line) in Rows.Zip(Lines))
        {
            (T? record, CsvFault? fault) = Record<T>(row);
            fault ??= check?.Invoke(record!);
            if (fault is not null)
                throw new CsvFormatException(OneLine($"line {line}, column '{fault.Column}': {fault.What}"));
            records.Add(record!);
        }
        return records;
    }

    private (T?, CsvFault?) Record<T>(IReadOnlyList<string> row) where T : class
    {
        Dictionary<string, string> cells = Columns.Zip(row).Where(cell => cell.Second.Length > 0).ToDictionary(cell => cell.First, cell => cell.Second);
        if (Required<T>().FirstOrDefault(name => !cells.ContainsKey(name)) is { } missing)
            return (null, new CsvFault(missing, "it is empty"));
        try
        {
            return (JsonSerializer.SerializeToElement(cells).Deserialize<T>(FromText), null);
        }
        catch (JsonException exception)
        {
            string column = exception.Path!["$.".Length..];
            return (null, new CsvFault(column, $"'{cells[column]}' is {exception.Message}"));
        }
    }

    // A cell may have many letters and lines.
    private static string OneLine(string message)
    {
        string line = message.ReplaceLineEndings(" ");
        return line.Length <= MostLetters ? line : line[..MostLetters] + "...";
    }

    private static IEnumerable<string> Required<T>() => Properties<T>().Where(property => property.IsRequired).Select(property => property.Name);

    private static IEnumerable<JsonPropertyInfo> Properties<T>() => new DefaultJsonTypeInfoResolver().GetTypeInfo(typeof(T), Json.Line).Properties;

    private static string Printable(string text) => text.All(XmlConvert.IsXmlChar)
        ? text
        : string.Concat(text.EnumerateRunes().Select(rune => rune.IsBmp && !XmlConvert.IsXmlChar((char)rune.Value) ? "\uFFFD" : rune.ToString()));
}
