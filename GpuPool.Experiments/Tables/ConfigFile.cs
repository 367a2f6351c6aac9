using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using GpuPool.Experiments.Storage;
using GpuPool.Experiments.Training;

namespace GpuPool.Experiments.Tables;

/// <summary>
/// The configurations of a table's runs as JSON: under <c>shared</c> what is the same in all cells, and a line for each cell with its seeds and its <c>own</c> values.
/// Both together are a <see cref="TrainingConfig"/>, but for the seed, and for <c>data</c>, which is the data set as the CSV has it: without the place where it was.
/// </summary>
internal sealed class ConfigFile
{
    private static readonly JsonSerializerOptions Strict = new(Json.Line)
    {
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
        AllowDuplicateProperties = false,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    };

    private readonly ITable _table;
    private readonly TablePreset _preset;
    private readonly Dictionary<CellKey, (ulong[] Seeds, TrainingConfig Config)> _cells;

    /// <summary>Opens the file of a table in a folder; cells that it has already are kept until they are entered again.</summary>
    /// <exception cref="GpuPoolException">It is damaged, or has cells that are none of this table (11): they would be lost.</exception>
    public ConfigFile(string folder, ITable table, TablePreset preset)
    {
        (_table, _preset) = (table, preset);
        FilePath = Path.Combine(folder, $"{table.Id}-{preset.ToString().ToLowerInvariant()}-config.json");
        _cells = Read(FilePath);
    }

    /// <summary>Where it is.</summary>
    public string FilePath { get; }

    /// <summary>Enters the runs of cells.</summary>
    public void Enter(IEnumerable<(TableCell Cell, IReadOnlyList<CellResult> Results)> entries)
    {
        foreach ((TableCell cell, IReadOnlyList<CellResult> results) in entries)
            _cells[Key(cell)] = ([.. results.Select(result => result.Config.Seed)], results[0].Config with { Data = results[0].Dataset, Seed = 0 });
    }

    /// <summary>Writes the file; none for no cells.</summary>
    public void Write()
    {
        if (_cells.Count > 0)
            AtomicFile.WriteText(FilePath, Text());
    }

    private CellKey Key(TableCell cell) => CellKey.Of(_table.Columns.Empty(_table, cell, _preset));

    private string Text()
    {
        (CellKey Cell, ulong[] Seeds, JsonObject Config)[] cells =
            [.. _table.Cells.Select(Key).Where(_cells.ContainsKey).Select(key => (key, _cells[key].Seeds, Properties(_cells[key].Config)))];
        JsonObject first = cells[0].Config;
        HashSet<string> shared = [.. first.Select(property => property.Key).Where(name => cells.All(cell => JsonNode.DeepEquals(first[name], cell.Config[name])))];
        IEnumerable<string> lines = cells.Select(cell => Line(new Entry(cell.Cell, cell.Seeds, Only(cell.Config, name => !shared.Contains(name)))));
        return $$"""
            {
            "table": {{Line(_table.Id)}},
            "preset": {{Line(_preset)}},
            "shared": {{Line(Only(first, shared.Contains))}},
            "cells": [
            {{string.Join(",\n", lines)}}
            ]
            }

            """;
    }

    private static JsonObject Properties(TrainingConfig config)
    {
        JsonObject properties = JsonSerializer.SerializeToNode(config, Strict)!.AsObject();
        properties.Remove(JsonNamingPolicy.SnakeCaseLower.ConvertName(nameof(TrainingConfig.Seed)));
        return properties;
    }

    private static JsonObject Only(IEnumerable<KeyValuePair<string, JsonNode?>> properties, Predicate<string> isTaken) =>
        new(properties.Where(property => isTaken(property.Key)).Select(property => KeyValuePair.Create(property.Key, property.Value?.DeepClone())));

    private static string Line<T>(T value) => JsonSerializer.Serialize(value, Strict);

    private Dictionary<CellKey, (ulong[] Seeds, TrainingConfig Config)> Read(string path)
    {
        if (!File.Exists(path))
            return [];
        try
        {
            Content content = JsonSerializer.Deserialize<Content>(File.ReadAllText(path), Strict) ?? throw new JsonException();
            if (content.Table != _table.Id || content.Preset != _preset)
                throw new JsonException($"it is of {content.Table} at {content.Preset}");
            if (content.Cells.Select(entry => entry.Cell).Except(_table.Cells.Select(Key)).ToArray() is [var foreign, ..])
                throw new JsonException($"{_table.Id} has no {foreign}");
            return content.Cells.ToDictionary(
                entry => entry.Cell,
                entry => (entry.Seeds, Only(content.Shared.Where(property => !entry.Own.ContainsKey(property.Key)).Concat(entry.Own), _ => true).Deserialize<TrainingConfig>(Strict)!));
        }
        catch (Exception exception) when (exception is JsonException or ArgumentException)
        {
            throw new GpuPoolException(
                ExitCode.DataCorrupt, $"{path} is not the configurations of a table's runs: {exception.Message.TrimEnd('.')}",
                "It was left as it is: mend it, or move it away to begin anew.", exception);
        }
    }

    private sealed record Content(string Table, TablePreset Preset, JsonObject Shared, IReadOnlyList<Entry> Cells);

    private sealed record Entry(CellKey Cell, ulong[] Seeds, JsonObject Own);
}
