using System.Globalization;

namespace GpuPool.Experiments.Tables;

/// <summary>The command line that does one run of a table and leaves its result in the folder of the runs.</summary>
/// <param name="Table">Name of the table.</param>
/// <param name="Preset">How much of it.</param>
/// <param name="Data">As given with <c>--data</c>; null for the default.</param>
/// <param name="Classes">As given with <c>--classes</c>; null for the default.</param>
/// <param name="Output">As given with <c>--out</c>.</param>
/// <param name="Device">As given with <c>--device</c>.</param>
/// <param name="Threads">Threads of the CPU device; null for one per processor.</param>
internal sealed record CellCommand(string Table, TablePreset Preset, string? Data, string? Classes, string Output, string Device, int? Threads)
{
    /// <summary>The file of the program and its arguments.</summary>
    public IReadOnlyList<string> Whole(CellRun run) => [.. OwnProgram.Command, .. Arguments(run)];

    /// <summary>The arguments of the program.</summary>
    public IReadOnlyList<string> Arguments(CellRun run) =>
    [
        "reproduce", Table, "--preset", Preset.ToString().ToLowerInvariant(), "--cell", run.Cell.Name, "--seeds", run.Seed.ToString(CultureInfo.InvariantCulture),
        .. Data is null ? (string[])[] : ["--data", Data],
        .. Classes is null ? (string[])[] : ["--classes", Classes],
        "--out", Output, "--device", Device,
        .. Threads is { } threads ? ["--threads", threads.ToString(CultureInfo.InvariantCulture)] : (string[])[],
    ];
}
