using System.CommandLine;
using System.Globalization;
using GpuPool.Experiments.Report;
using GpuPool.Experiments.Report.Html;
using GpuPool.Experiments.Storage;

namespace GpuPool.Experiments.Commands;

/// <summary>
/// <c>gpupool report</c>: the CSV files of a folder as one HTML file with plots, beside the paper's numbers. A file that is not understood is named, and the exit code
/// is 11.
/// </summary>
internal static class ReportCommand
{
    public static Command Create(Session session)
    {
        Option<string> results = new("--results") { Description = "Folder with the CSV files.", HelpName = "DIR", DefaultValueFactory = _ => "results" };
        Option<string?> output = new("--out") { Description = "The report. Default: report.html in the folder of the results.", HelpName = "FILE" };
        Option<string?> plots = new("--plots") { Description = "Folder for the plots as PNG and SVG. Default: plots in the folder of the results.", HelpName = "DIR" };
        var command = new Command("report", "Shows the results of a folder as one HTML page with plots.") { results, output, plots };
        command.SetAction(parsed =>
        {
            string source = parsed.GetValue(results)!;
            string file = parsed.GetValue(output) ?? Path.Combine(source, "report.html"), folder = parsed.GetValue(plots) ?? Path.Combine(source, "plots");
            ResultsFolder read = ResultsFolder.Read(source);
            OutputFolder.Create(folder);
            string page = OutputFile.Prepare(file);
            var pictures = new PlotFolder(folder);
            AtomicFile.WriteText(page, ReportDocument.Write(read, pictures));
            foreach (BrokenFile broken in read.Broken)
                session.Error.WriteLine($"gpupool: {broken.Name}: {broken.Reason}");
            session.Output.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{file}: {read.Accuracies.Count + read.Precisions.Count} tables, {read.Curves.Count} files of curves, {read.Others.Count} other files; {pictures.Count} plot files in {folder}"));
            return (int)(read.Broken.Count == 0 ? ExitCode.Done : ExitCode.DataCorrupt);
        });
        return command;
    }
}
