using System.CommandLine;
using GpuPool.Experiments.Audit;
using GpuPool.Experiments.Storage;

namespace GpuPool.Experiments.Commands;

/// <summary><c>gpupool audit</c>: every claim of the paper that can be recomputed, with a verdict, as a page.</summary>
internal static class AuditCommand
{
    public static Command Create(Session session)
    {
        Option<string> results = new("--results") { Description = "Folder with the CSV files of measured tables.", HelpName = "DIR", DefaultValueFactory = _ => "results" };
        Option<string> output = new("--out") { Description = "The page, in Markdown.", HelpName = "FILE", DefaultValueFactory = _ => Path.Combine("docs", "audit.md") };
        var command = new Command("audit", "Checks the paper's claims against what is counted and measured, and writes a page.") { results, output };
        command.SetAction(parsed =>
        {
            string file = parsed.GetValue(output)!, page = OutputFile.Prepare(file);
            IReadOnlyList<Claim> claims = AuditPage.Claims(parsed.GetValue(results)!);
            AtomicFile.WriteText(page, AuditPage.Write(claims));
            session.Output.WriteLine($"{file}: {AuditPage.Tally(claims)}");
            return (int)ExitCode.Done;
        });
        return command;
    }
}
