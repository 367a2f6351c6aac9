using System.Text.Json;
using System.Text.Json.Nodes;

namespace GpuPool.Tests.Experiments;

/// <summary>Compares the folders of two finished runs.</summary>
internal static class RunCheck
{
    private static readonly string[] WallClock = ["images_per_second", "seconds"];

    /// <summary>All bytes of weights and configuration, and all columns of both logs but those of wall-clock time.</summary>
    public static void Same(string run, string expected)
    {
        string[] names = [.. ExactFiles(expected)];
        Assert.That(ExactFiles(run), Is.EquivalentTo(names));
        foreach (string name in names)
            Assert.That(File.ReadAllBytes(Path.Combine(run, name)), Is.EqualTo(File.ReadAllBytes(Path.Combine(expected, name))), name);
        Assert.That(Csv(run), Is.EqualTo(Csv(expected)), "log.csv");
        Assert.That(Log(run), Is.EqualTo(Log(expected)), "log.jsonl");
        Assert.That(Directory.Exists(Path.Combine(run, "checkpoints")), Is.False);
        Assert.That(Directory.GetFiles(run, "*.tmp"), Is.Empty);
    }

    private static IEnumerable<string> ExactFiles(string run) =>
        new[] { "*.safetensors", "config.json" }.SelectMany(files => Directory.GetFiles(run, files)).Select(file => Path.GetFileName(file));

    private static string[] Csv(string run)
    {
        string[][] cells = [.. File.ReadLines(Path.Combine(run, "log.csv")).Select(line => line.Split(','))];
        int[] kept = [.. Enumerable.Range(0, cells[0].Length).Where(column => !WallClock.Contains(cells[0][column]))];
        return [.. cells.Select(row => string.Join(',', kept.Select(column => row[column])))];
    }

    private static string[] Log(string run) => [.. File.ReadLines(Path.Combine(run, "log.jsonl")).Select(line =>
    {
        JsonObject epoch = JsonNode.Parse(line)!.AsObject();
        foreach (string column in WallClock)
            Assert.That(epoch.Remove(column));
        return epoch.ToJsonString(JsonSerializerOptions.Default);
    })];
}
