using System.CommandLine;
using GpuPool.Experiments.Data;
using GpuPool.Experiments.Data.Detection;
using GpuPool.Experiments.Report;
using GpuPool.Experiments.Storage;
using GpuPool.Experiments.Tables;
using GpuPool.Kernels;

namespace GpuPool.Experiments.Commands;

/// <summary>
/// <c>gpupool reproduce</c>: trains the cells of a table of the paper and writes them to CSV, beside the paper's values. At the presets quick and paper
/// <c>TABLE-PRESET-curves.csv</c> has the epochs of all runs and <c>TABLE-PRESET-config.json</c> what they were trained with; a rerun with nothing left writes all
/// again.
/// </summary>
internal static class ReproduceCommand
{
    public static Command Create(Session session)
    {
        var tableName = new Argument<string>("TABLE") { Description = $"One of {string.Join(", ", TableCatalogue.Names)}." };
        Option<TablePreset> preset = Options.Choice(
            "--preset", TablePreset.Smoke, "How much: smoke proves that every cell trains, quick is a reduced experiment, paper the full recipe.");
        Option<string?> data = new("--data")
        {
            Description = "Folder of the table's data set, or a source as for 'train'. Default: generated images.",
            HelpName = "DIR",
        };
        Option<IReadOnlyList<string>?> classes = Options.Classes("Classes that the detectors of table4 learn. Default: the eight of street scenes of COCO, all of other data.");
        Option<ulong[]> seeds = Options.Numbers("--seeds", [0UL], 0UL, "Seeds, one run each, for example 0,1,2.");
        Option<string> rows = new("--rows")
        {
            Description = "Only cells whose name (ResNet18/max/s1=2) or label matches a pattern with * and ?.",
            HelpName = "GLOB",
            DefaultValueFactory = _ => "*",
        };
        Option<string> output = new("--out") { Description = "Folder of the results.", HelpName = "DIR", DefaultValueFactory = _ => "results" };
        Option<string?> cellName = new("--cell")
        {
            Description = "One cell by its exact name: only its result in the folder 'runs' is made, and no CSV. The same command without it makes the CSV.",
            HelpName = "NAME",
        };
        Option<int?> jobs = Options.Count(
            "--jobs",
            "Do so many runs at a time, each in a process of its own with its share of the processors. Default: 1; smoke runs share the processors within one process.");
        Option<PlanForm?> plan = Options.Choice<PlanForm>(
            "--plan", "Print a command for each run that is left, and run nothing: lines for GNU parallel, or slurm for a script for sbatch.");
        Option<int> arraySize = Options.Number(
            "--array-size", CellPlan.DefaultArraySize, 1, "With --plan slurm: most runs of one array, MaxArraySize of slurm.conf; more are several, in a script for sh.");
        Option<string[]> collect = new("--collect")
        {
            Description = "Run nothing: take over the finished runs of other --out folders, and rewrite the CSV; without a folder, rewrite it with the paper's values and "
                + "the ranking.",
            HelpName = "DIR",
            Arity = ArgumentArity.ZeroOrMore,
            AllowMultipleArgumentsPerToken = true,
        };
        Option<bool> leash = new(CellProcess.Leash) { Hidden = true };
        Option<bool> dryRun = new("--dry-run") { Description = "Say what would be run and what it costs, and run nothing." };
        Option<bool> probe = new("--probe") { Description = "With --dry-run: estimate the time, too, from some steps of some cells; takes up to a minute." };
        Option<string?> lipRun = new("--lip") { Description = "With figure4: folder of a trained run of LIP; with --ours nothing is trained.", HelpName = "RUN" };
        Option<string?> ourRun = new("--ours") { Description = "With figure4: folder of a trained run of self-attentive pooling.", HelpName = "RUN" };
        Option<string?> gaussianRun = new("--gaussian") { Description = "With --lip and --ours: folder of a trained run of Gaussian pooling, for deletion and insertion curves beside theirs.", HelpName = "RUN" };
        Option<bool> mapsAlone = new("--without-pictures") { Description = "With figure4: draw the maps without the test pictures, for where these may not be shown." };
        var device = new DeviceOptions();
        var command = new Command("reproduce", "Reproduces a table of the paper.")
        {
            tableName, preset, data, classes, seeds, rows, output, cellName, jobs, plan, arraySize, collect, leash, dryRun, probe, lipRun, ourRun, gaussianRun, mapsAlone,
        };
        device.AddTo(command);
        command.Validators.Add(result => Options.AddErrorUnlessAlone(result, [cellName, jobs, plan, collect]));
        command.Validators.Add(result => Options.AddErrorUnlessAlone(result, [cellName, dryRun, plan, collect]));
        command.Validators.Add(result => Options.AddErrorUnlessAlone(result, [cellName, rows]));
        command.Validators.Add(result =>
        {
            if (result.GetResult(arraySize) is { Implicit: false } && result.GetValue(plan) != PlanForm.Slurm)
                result.AddError("--array-size goes with --plan slurm. Give both, or neither");
            bool drawsGiven = result.GetValue(lipRun) is not null;
            if (drawsGiven != result.GetValue(ourRun) is not null)
                result.AddError("--lip and --ours go together. Give both, or neither");
            else if (drawsGiven && result.GetValue(tableName) != Figure4.Name)
                result.AddError($"--lip and --ours go with {Figure4.Name}. Leave them out");
            if (result.GetValue(gaussianRun) is not null && !drawsGiven)
                result.AddError("--gaussian goes with --lip and --ours. Give all three, or leave it out");
            if (result.GetValue(mapsAlone) && result.GetValue(tableName) != Figure4.Name)
                result.AddError($"{mapsAlone.Name} goes with {Figure4.Name}. Leave it out");
            if (result.GetValue(probe) && !result.GetValue(dryRun))
                result.AddError("--probe goes with --dry-run. Give both, or neither");
        });
        command.SetAction(parsed =>
        {
            string name = parsed.GetRequiredValue(tableName);
            (ITable[] tables, IAnalysis<object>[] analyses) = TableCatalogue.Of(name);
            if (parsed.GetValue(lipRun) is { } givenLip)
            {
                using Device drawing = device.Open(session, parsed);
                (string, string)[] between = parsed.GetValue(gaussianRun) is { } givenGaussian ? [("gaussian", givenGaussian)] : [];
                Figure4Files.Write(session, drawing, Figure4Path(parsed), [("LIP", givenLip), .. between, ("ours", parsed.GetValue(ourRun)!)], !parsed.GetValue(mapsAlone));
                return (int)ExitCode.Done;
            }
            (ITable Table, TableCell[] Cells)[] work = Select(tables, parsed.GetValue(cellName), parsed.GetValue(rows)!);
            string[]? collected = parsed.GetResult(collect) is null ? null : parsed.GetValue(collect);
            if (Classes(parsed) is not null && tables.Any(table => table.Columns != TableColumns.Precision))
                throw new GpuPoolException(ExitCode.Usage, $"--classes is for detectors, and {name} has networks that classify", "Give it with table4 alone.");
            if (parsed.GetValue(data) is not null && tables.Length > 0 && tables.All(table => table.MakesItsPictures))
                throw new GpuPoolException(ExitCode.Usage, $"--data is given, but {name} makes its pictures", "Leave it out, or give it with another table.");
            List<IReadOnlyList<string>> commands = [];
            bool computes = parsed.GetValue(plan) is null && collected is null && (!parsed.GetValue(dryRun) || parsed.GetValue(probe));
            ProcessorShare share = ProcessorShare.Of(parsed.GetValue(preset), parsed.GetValue(cellName) is null ? parsed.GetValue(jobs) : 1, device.Threads(parsed));
            using Device? opened = computes && work.Length > 0 ? device.Open(session, parsed, share.Threads) : null;
            int atOnce = parsed.GetValue(jobs) is null && opened?.Kind != DeviceKind.Cpu ? 1 : share.Runs;
            Session bound = parsed.GetValue(leash) ? InputLeash.Bind(session) : session;
            List<GpuPoolException> failures = [];
            foreach ((ITable table, TableCell[] cells) in work)
            {
                string source = Source(table, parsed.GetValue(preset), parsed.GetValue(data));
                var runner = new TableRunner(table, parsed.GetValue(preset), source, parsed.GetValue(output)!, Classes(parsed));
                if (parsed.GetValue(plan) is not null)
                    commands.AddRange(runner.Left(cells, parsed.GetValue(seeds)!).Select(Command(parsed, table, null).Whole));
                else if (collected is not null)
                {
                    failures.AddRange(new ResultCollection(session, runner).Collect(collected, cells, parsed.GetValue(seeds)!));
                    Print(table, runner, parsed);
                }
                else if (parsed.GetValue(dryRun))
                    new DryRun(session, runner, atOnce, inProcesses: parsed.GetValue(jobs) is > 1).Tell(cells, parsed.GetValue(seeds)!, opened);
                else if (parsed.GetValue(cellName) is not null)
                {
                    foreach (CellRun run in runner.Left(cells, parsed.GetValue(seeds)!))
                        runner.Complete(bound, opened!, run.Cell, run.Seed, $"{run}");
                }
                else
                {
                    if (atOnce == 1)
                        failures.AddRange(runner.Run(session, opened!, cells, parsed.GetValue(seeds)!));
                    else
                    {
                        using CellThread? inside = parsed.GetValue(jobs) is null ? new CellThread(session, runner, share.Threads) : null;
                        ICellWorker worker = inside ?? (ICellWorker)new CellProcess(Command(parsed, table, share.Threads));
                        failures.AddRange(new JobPool(session, atOnce, worker).Run(runner, cells, parsed.GetValue(seeds)!));
                    }
                    Print(table, runner, parsed);
                    if (table is Figure4 && Figure4Runs(runner, parsed.GetValue(seeds)![0]) is { Length: > 0 } runs)
                        Figure4Files.Write(session, opened!, Figure4Path(parsed), runs, !parsed.GetValue(mapsAlone));
                }
            }
            if (parsed.GetValue(plan) is { } form)
            {
                session.Output.Write(CellPlan.Text(
                    form, commands, $"gpupool-{name}-{parsed.GetValue(preset).ToString().ToLowerInvariant()}", device.Threads(parsed), parsed.GetValue(arraySize)));
                if (commands.Count == 0)
                    session.Error.WriteLine("gpupool: all runs are finished; nothing is left to plan");
                return (int)ExitCode.Done;
            }
            foreach (IAnalysis<object> analysis in analyses)
                Count(session, analysis, parsed.GetValue(output)!, parsed.GetValue(dryRun));
            return failures.Count == 0 ? (int)ExitCode.Done : throw failures[0];
        });
        return command;

        string Figure4Path(ParseResult parsed) => Path.Combine(parsed.GetValue(output)!, $"{Figure4.Name}-{parsed.GetValue(preset).ToString().ToLowerInvariant()}");

        void Print(ITable table, TableRunner runner, ParseResult parsed)
        {
            runner.Rank(parsed.GetValue(seeds)!);
            TablePrinter.Print(session.Output, table, parsed.GetValue(preset), runner.File.Rows);
            DrawDetections(table, runner, parsed.GetValue(seeds)![0]);
            session.Output.WriteLine(File.Exists(runner.File.FilePath) ? runner.File.FilePath : $"no cell is measured yet, so {runner.File.FilePath} is not written");
        }

        string? Classes(ParseResult parsed) => parsed.GetValue(classes) is { } names ? string.Join(',', names) : null;

        CellCommand Command(ParseResult parsed, ITable table, int? threads) => new(
            table.Id, parsed.GetValue(preset), parsed.GetValue(data), Classes(parsed), parsed.GetValue(output)!, device.Word(parsed), device.Threads(parsed) ?? threads);
    }

    private static void DrawDetections(ITable table, TableRunner runner, ulong seed)
    {
        (TableCell Cell, CellResult Result)[] results =
            [.. from cell in table.Cells let result = runner.Finished(cell, seed) where result?.Found is not null select (cell, result)];
        if (results.Length > 0 && DetectionGrid.Draw(((DetectionSplits)runner.Images(results[0].Result.Config)).Test, results) is { } png)
            AtomicFile.Write(Path.ChangeExtension(runner.File.FilePath, null) + "-detections.png", stream => stream.Write(png));
    }

    // All of them, or none: the figure compares.
    private static (string Name, string Run)[] Figure4Runs(TableRunner runner, ulong seed)
    {
        var table = new Figure4();
        return table.Cells.All(cell => runner.Finished(cell, seed) is not null)
            ? [.. table.Cells.Select(cell => (cell.Method switch { "lip" => "LIP", "self-attentive" => "ours", var other => other }, runner.Folder(new CellRun(cell, seed))))]
            : [];
    }

    // Of several tables, one without a cell that matches is left out.
    private static (ITable Table, TableCell[] Cells)[] Select(ITable[] tables, string? name, string glob)
    {
        (ITable Table, TableCell[] Cells)[] work =
        [
            .. tables.Select(table => (Table: table, Cells: table.Cells.Where(cell => name is null ? cell.Matches(glob) : cell.Name == name).ToArray()))
                .Where(entry => entry.Cells.Length > 0),
        ];
        return work.Length > 0 || tables.Length == 0 ? work : throw new GpuPoolException(
            ExitCode.Configuration,
            $"no cell of {string.Join(", ", tables.Select(table => table.Id))} {(name is null ? $"matches '{glob}'" : $"is named '{name}'")}",
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

    private static string Source(ITable table, TablePreset preset, string? data)
    {
        if (table.MakesItsPictures)
            return "";
        if (data is null && preset == TablePreset.Paper)
            throw new GpuPoolException(
                ExitCode.DataMissing,
                $"the paper preset of {table.Id} needs the paper's data set",
                $"Give the folder of {table.DatasetKind} with --data, or take --preset quick.");
        if (data is null)
            return DatasetSource.Synthetic.ToString();
        bool isSource = !Directory.Exists(data) && (data.Contains(':', StringComparison.Ordinal) || data == DatasetSource.Synthetic.ToString());
        return RunOptions.Source(table.Cells[0].Architecture, isSource ? data : $"{table.DatasetKind}:{data}");
    }
}
