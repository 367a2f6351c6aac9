using System.CommandLine;
using System.Globalization;
using GpuPool.Experiments.Data;
using GpuPool.Experiments.Report;
using GpuPool.Experiments.Tables;
using GpuPool.Experiments.Training;
using GpuPool.Kernels;
using GpuPool.Models.Costs;

namespace GpuPool.Experiments.Commands;

/// <summary><c>gpupool reproduce</c>: trains the cells of a table of the paper and writes them to CSV, beside the paper's values.</summary>
internal static class ReproduceCommand
{
    public static Command Create(Session session)
    {
        var name = new Argument<string>("TABLE") { Description = $"One of {string.Join(", ", TableCatalogue.Names)}." };
        Option<TablePreset> preset = Options.Choice(
            "--preset", TablePreset.Smoke, "How much: smoke proves that every cell trains, quick is a reduced experiment, paper the full recipe.");
        Option<string?> data = new("--data")
        {
            Description = "Folder of the table's data set, or a source as for 'train'. Default: generated images.",
            HelpName = "DIR",
        };
        Option<ulong[]> seeds = Options.Numbers("--seeds", [0UL], "Seeds, one run each, for example 0,1,2.");
        Option<string> rows = new("--rows")
        {
            Description = "Only cells whose name (ResNet18/max/s1=2) or label matches a pattern with * and ?.",
            HelpName = "GLOB",
            DefaultValueFactory = _ => "*",
        };
        Option<string> output = new("--out") { Description = "Folder of the results.", HelpName = "DIR", DefaultValueFactory = _ => "results" };
        Option<bool> dryRun = new("--dry-run") { Description = "Say what would be run, and run nothing." };
        var device = new DeviceOptions();
        var command = new Command("reproduce", "Reproduces a table of the paper.") { name, preset, data, seeds, rows, output, dryRun };
        device.AddTo(command);
        command.SetAction(parsed =>
        {
            (ITable[] tables, IAnalysis<object>[] analyses) = TableCatalogue.Of(parsed.GetRequiredValue(name));
            (ITable Table, TableCell[] Cells)[] work = Select(tables, parsed.GetValue(rows)!);
            using Device? opened = parsed.GetValue(dryRun) || work.Length == 0 ? null : device.Open(parsed);
            foreach ((ITable table, TableCell[] cells) in work)
            {
                DatasetSource source = Source(table, parsed.GetValue(preset), parsed.GetValue(data));
                var runner = new TableRunner(table, parsed.GetValue(preset), source, parsed.GetValue(output)!);
                if (opened is null)
                    Plan(session, runner, cells, parsed.GetValue(seeds)!);
                else
                {
                    runner.Run(session, opened, cells, parsed.GetValue(seeds)!);
                    TablePrinter.Print(session.Output, table, parsed.GetValue(preset), runner.File.Rows);
                    session.Output.WriteLine(runner.File.FilePath);
                }
            }
            foreach (IAnalysis<object> analysis in analyses)
                Count(session, analysis, parsed.GetValue(output)!, parsed.GetValue(dryRun));
            return (int)ExitCode.Done;
        });
        return command;
    }

    // A table without a cell that matches is left out, where others have one.
    private static (ITable Table, TableCell[] Cells)[] Select(ITable[] tables, string glob)
    {
        (ITable Table, TableCell[] Cells)[] work =
            [.. tables.Select(table => (Table: table, Cells: table.Cells.Where(cell => cell.Matches(glob)).ToArray())).Where(entry => entry.Cells.Length > 0)];
        return work.Length > 0 || tables.Length == 0 ? work : throw new GpuPoolException(
            ExitCode.Configuration,
            $"no cell of {string.Join(", ", tables.Select(table => table.Id))} matches '{glob}'",
            $"Their names are like {tables[0].Cells[0].Name}; '--dry-run' lists them.");
    }

    private static void Count(Session session, IAnalysis<object> analysis, string output, bool dryRun)
    {
        string file = Path.Combine(output, $"{analysis.Id}.csv");
        if (!dryRun)
        {
            OutputFolder.Create(output);
            CsvFile.Write(file, analysis.Count());
        }
        session.Output.WriteLine($"{analysis.Title}: counted, nothing is trained; {file}");
    }

    private static DatasetSource Source(ITable table, TablePreset preset, string? data)
    {
        if (data is null && preset == TablePreset.Paper)
            throw new GpuPoolException(
                ExitCode.DataMissing,
                $"the paper preset of {table.Id} needs the paper's data set",
                $"Give the folder of {table.DatasetKind} with --data, or take --preset quick.");
        if (data is null)
            return DatasetSource.Synthetic;
        bool isSource = !Directory.Exists(data) && (data.Contains(':', StringComparison.Ordinal) || data == DatasetSource.Synthetic.ToString());
        return DatasetSource.Parse(isSource ? data : $"{table.DatasetKind}:{data}");
    }

    private static void Plan(Session session, TableRunner runner, TableCell[] cells, ulong[] seeds)
    {
        foreach (TableCell cell in cells)
        {
            foreach (ulong seed in seeds)
            {
                TrainingConfig config = runner.Configure(cell, seed);
                Cost cost = config.Cost(classes: 10);
                session.Output.WriteLine(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{cell.Name}: {config.Architecture}, width {config.Width}, {config.Size} pixels, {config.Epochs} epochs of "
                    + $"{(config.TrainLimit is { } limit ? $"{limit}" : "all")} images, seed {seed}, {cost.MultiplyAdds / 1e6:F1} million multiply-adds an image"
                    + $"{(runner.Finished(cell, seed) is null ? "" : " (finished)")}"));
            }
        }
        session.Output.WriteLine($"{cells.Length * seeds.Length} runs; results in {runner.File.FilePath}");
    }
}
