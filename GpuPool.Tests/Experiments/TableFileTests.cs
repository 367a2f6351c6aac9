using System.Text;
using GpuPool.Experiments;
using GpuPool.Experiments.Storage;
using GpuPool.Experiments.Tables;

namespace GpuPool.Tests.Experiments;

/// <summary>The CSV of a table that went through other programs before it is written again: measured rows are read, or the file is left alone.</summary>
public sealed class TableFileTests
{
    private const string Missing = "MobileNetV2-0.35x/max/s1=2";

    private static readonly Table2 Table = new();

    private static readonly TableRow[] Rows =
    [
        .. Table.Cells.Select(cell => TableRow.Empty(Table, cell, TablePreset.Smoke)).Select((row, index) => index % 2 == 1 ? row : row with
        {
            BestAccuracy = 0.125, BestAccuracyDeviation = 0.01, LastAccuracy = 0.0625, BestEpoch = "1 22", DivergedEpoch = index == 0 ? "- 19" : null, FirstLoss = 2.3,
            LastLoss = index == 0 ? double.NaN : 1e-5, Dataset = "synthetic", TrainImages = 16, TestImages = 16, ImageSize = 32, Batch = 16, Epochs = 40, Seeds = "0 1",
            Parameters = 2236682, MultiplyAdds = 6124928, PeakBytes = 47884288, Device = "CPU, 1 thread", Revision = "0.1.0+3bac465bd8c4", Seconds = 1.6,
        }),
    ];

    private TemporaryFolder _folder = null!;

    private string FilePath => _folder["table2-smoke.csv"];

    private static IEnumerable<TestCaseData<Func<string, string>>> Harmless()
    {
        yield return Case("as written", text => text);
        yield return Case("whole numbers with a fraction", text => Cells(text, cells => [.. cells.Select(Fraction)]));
        yield return Case("everything in quotes", text => Cells(text, cells => cells));
        yield return Case("CRLF", text => text.Replace("\n", "\r\n", StringComparison.Ordinal));
        yield return Case("a byte order mark", text => '\uFEFF' + text);
        yield return Case("columns in another order", text => Cells(text, cells => [.. cells.Reverse()]));
        yield return Case("no newline at the end, empty lines", text => text.Replace("\n", "\n\n", StringComparison.Ordinal).TrimEnd('\n'));
    }

    [SetUp]
    public void Write()
    {
        _folder = new TemporaryFolder();
        CsvFile.Write(FilePath, Rows);
    }

    [TearDown]
    public void Remove() => _folder.Dispose();

    [TestCaseSource(nameof(Harmless))]
    public void A_form_that_says_the_same_is_read_as_the_same(Func<string, string> change)
    {
        File.WriteAllText(FilePath, change(File.ReadAllText(FilePath)), new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));
        Assert.That(new TableFile(_folder.Path, Table, TablePreset.Smoke).Rows, Is.EqualTo(Rows));
    }

    [TestCase(",16,16,32,", ",-16,16,32,", "line 2, column 'train_images': '-16' is not a whole number")]
    [TestCase(",16,16,32,", ",16.5,16,32,", "line 2, column 'train_images': '16.5' is not a whole number")]
    [TestCase("47884288", "4.8E+07", "line 2, column 'peak_bytes': '4.8E+07' is not a whole number")]
    [TestCase(",0 1,", ",0 1.5,", "line 2, column 'seeds': '0 1.5' is not a list of whole numbers")]
    [TestCase("- 19", "none", "line 2, column 'diverged_epoch': 'none' is not a list of whole numbers")]
    [TestCase(",0.125,", ",12.5,", "line 2, column 'best_accuracy': '12.5' is not a share from 0 to 1")]
    [TestCase(",0.125,", ",\"0,125\",", "line 2, column 'best_accuracy': '0,125' is not a number")]
    [TestCase("MobileNetV2,strided,,4,", "MobileNetV2,strided,,1,", "line 4, column 's1': the cell MobileNetV2/strided//1 has a line before this one")]
    [TestCase("MobileNetV2,strided,,4,", "MobileNetV2,strided,,8,", "line 4, column 's1': table2 has no cell MobileNetV2/strided//8")]
    [TestCase("skip-4222121", "skip-4222122", "line 4, column 'architecture': 'mobilenet_v2-skip-4222122' is not mobilenet_v2-skip-4222121")]
    [TestCase(",smoke,synthetic,", ",quick,synthetic,", "line 2, column 'preset': 'quick' is not the preset of this file")]
    [TestCase("table,", "notes,", "line 1, column 'notes' is not one of this file's")]
    [TestCase("table,", "network,", "line 1, column 'network' is there twice")]
    [TestCase("seconds\n", "seconds\n1\n", "Record 2 (line 2) has 1 fields but 30 were expected")]
    public void What_cannot_be_read_stops_the_command_and_stays_as_it_is(string right, string wrong, string fault)
    {
        int first = File.ReadAllText(FilePath).IndexOf(right, StringComparison.Ordinal);
        File.WriteAllText(FilePath, File.ReadAllText(FilePath).Remove(first, right.Length).Insert(first, wrong));
        byte[] before = File.ReadAllBytes(FilePath);
        CommandLine run = CommandLine.Run("reproduce", "table2", "--preset", "smoke", "--rows", Missing, "--out", _folder.Path, "--device", "cpu");
        Assert.That(run.Code, Is.EqualTo(ExitCode.DataCorrupt), run.Error);
        Assert.That(run.Error, Does.StartWith($"gpupool: {FilePath}: {fault}").And.Contain("mend it, or move it away").And.Not.Contain("\n\n"));
        Assert.That(File.ReadAllBytes(FilePath), Is.EqualTo(before));
        Assert.That(Directory.GetFileSystemEntries(_folder.Path), Has.Length.EqualTo(1));
    }

    [TestCase("")]
    [TestCase("{\"table\":\"table2\",\"preset\":\"quick\",\"shared\":null,\"cells\":[]}")]
    [TestCase("{\"table\":\"table2\",\"preset\":\"quick\",\"shared\":{\"colour\":1},\"cells\":[CELL]}")]
    [TestCase("{\"table\":\"table2\",\"preset\":\"quick\",\"shared\":{\"architecture\":\"a\",\"architecture\":\"b\"},\"cells\":[]}")]
    [TestCase("{\"table\":\"table2\",\"preset\":\"quick\",\"shared\":{\"architecture\":\"a\"},\"cells\":[CELL,CELL]}")]
    [TestCase("{\"table\":\"table3\",\"preset\":\"quick\",\"shared\":{},\"cells\":[]}")]
    public void A_damaged_file_of_configurations_stops_the_command_and_stays_as_it_is(string damaged)
    {
        string path = _folder["table2-quick-config.json"];
        string text = damaged.Replace(
            "CELL", "{\"cell\":{\"network\":\"MobileNetV2\",\"method\":\"strided\",\"placement\":\"\",\"s1\":1},\"seeds\":[0],\"own\":{}}", StringComparison.Ordinal);
        File.WriteAllText(path, text);
        Assert.That(
            () => new TableFile(_folder.Path, Table, TablePreset.Quick),
            Throws.TypeOf<GpuPoolException>().With.Property("Code").EqualTo(ExitCode.DataCorrupt).And.Message.StartsWith($"{path} is not the configurations of a table's runs: "));
        Assert.That(File.ReadAllText(path), Is.EqualTo(text));
    }

    private static TestCaseData<Func<string, string>> Case(string name, Func<string, string> change) => new(change) { TestName = $"{{m}}({name})" };

    // No cell of these rows has a newline or a quote, and only in cells is there a blank behind a comma.
    private static string Cells(string text, Func<string[], string[]> change) => string.Concat(text.TrimEnd('\n').Split('\n').Select(line =>
        string.Join(',', change(line.Replace(", ", "; ", StringComparison.Ordinal).Replace("\"", "", StringComparison.Ordinal).Split(','))
            .Select(cell => $"\"{cell.Replace(';', ',')}\"")) + "\n"));

    private static string Fraction(string cell) => cell.Length == 0 || cell.Any(letter => !char.IsAsciiDigit(letter) && letter is not (' ' or '-'))
        ? cell : string.Join(' ', cell.Split(' ').Select(word => word == "-" ? word : word + ".0"));
}
