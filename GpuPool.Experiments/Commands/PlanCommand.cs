using System.CommandLine;
using System.Text.Json;
using GpuPool.Experiments.Planning;
using GpuPool.Experiments.Storage;
using GpuPool.Models;
using GpuPool.Models.Costs;
using Spectre.Console;

namespace GpuPool.Experiments.Commands;

/// <summary><c>gpupool plan</c>: which forms of a network have maps that fit into the memory of a microcontroller. The exit code is 1 where none has.</summary>
internal static class PlanCommand
{
    private enum Types
    {
        Int8,
        Float32,
        Both,
    }

    public static Command Create(Session session)
    {
        Argument<string> architecture = Options.Architecture();
        Option<long> budget = Options.Bytes("--budget", "Memory for activation maps: bytes, or a number with KB (1,024 bytes) or MB (1,024 KB).");
        Option<int> size = Options.Number("--size", 96, 1, "Side of the square input in pixels.");
        Option<int> classes = Options.Number("--classes", 2, 1, "Number of classes.");
        Option<int[]> firstStrides = Options.Numbers("--s1", [1, 2, 4], 1, "Strides of the first stage to try.");
        Option<double[]> widths = Options.Numbers("--width", [1, 0.75, 0.5, 0.35, 0.25], Options.LeastWidth, "Width multipliers to try; ResNet18 has 1 only.");
        Option<string> methods = new("--methods") { Description = "Pattern of the pooling methods' words, for example nlp*.", HelpName = "GLOB", DefaultValueFactory = _ => "*" };
        Option<Types> type = Options.Choice("--dtype", Types.Int8, "Element type of maps and weights.");
        Option<int> top = Options.Number("--top", 20, 1, "Rows to print; JSON has them all.");
        Option<bool> json = Options.Json();
        var command = new Command("plan", "Finds stride, width and pooling of a network whose activations fit into a small memory; nothing is computed.")
        {
            architecture, budget, size, classes, firstStrides, widths, methods, type, top, json,
        };
        command.SetAction(parsed =>
        {
            var plan = new MemoryPlan(Architecture.Parse(parsed.GetRequiredValue(architecture)), parsed.GetValue(size), parsed.GetValue(classes));
            ElementType[] types = [.. Enum.GetValues<ElementType>().Where(element => parsed.GetValue(type) is Types.Both || $"{element}" == $"{parsed.GetValue(type)}")];
            long bytes = parsed.GetValue(budget);
            IReadOnlyList<PlanCandidate> candidates = plan.Search(
                bytes, parsed.GetValue(firstStrides)!, parsed.GetValue(widths)!,
                parsed.GetValue(methods)!, types, session.Interrupt);
            if (parsed.GetValue(json))
                session.Output.WriteLine(JsonSerializer.Serialize(new { BudgetBytes = bytes, Candidates = candidates }, Json.Line));
            else if (candidates[0].Fits)
                Print(session.Output, candidates, bytes, parsed.GetValue(top));
            return candidates[0].Fits ? (int)ExitCode.Done : throw new GpuPoolException(
                ExitCode.CheckFailed, $"none of {candidates.Count} candidates fits into {Count(bytes)} bytes", $"Nearest: {Overshoot(candidates[0])}.");
        });
        return command;
    }

    private static void Print(TextWriter output, IReadOnlyList<PlanCandidate> candidates, long budget, int top)
    {
        var table = new Table();
        foreach (string name in new[] { "s1", "width", "pooling", "type", "peak bytes", "of budget", "peak layer", "weight bytes", "multiply-adds" })
            table.AddColumn(name is "pooling" or "type" or "peak layer" ? new TableColumn(name).NoWrap() : new TableColumn(name).RightAligned());
        PlanCandidate[] fitting = [.. candidates.Where(candidate => candidate.Fits)];
        foreach (PlanCandidate row in fitting.Take(top))
            table.AddRow(
                Text($"{row.S1}"), Text($"{row.Width}"), row.Pooling, row.Dtype.ToString().ToLowerInvariant(), Count(row.PeakBytes),
                Text($"{100.0 * row.PeakBytes / budget:F0} %"), Markup.Escape(row.PeakLayer), Count(row.WeightBytes), Count(row.MultiplyAdds));
        Terminal.Over(output).Write(table);
        output.WriteLine($"{fitting.Length} of {candidates.Count} candidates fit into {Count(budget)} bytes{(fitting.Length > top ? $"; the first {top} are shown" : "")}");
        output.WriteLine("peak bytes are of maps, for which a microcontroller has SRAM; weight bytes go into its flash memory");
        output.WriteLine("best first: the backbone with most multiply-adds in its strided form, the pooling asked for, the smallest peak");
        if (candidates.Count > fitting.Length)
            output.WriteLine($"nearest that does not fit: {Overshoot(candidates[fitting.Length])}");
    }

    private static string Overshoot(PlanCandidate candidate) => Text(
        $"{candidate.Architecture}, width {candidate.Width}, {candidate.Dtype.ToString().ToLowerInvariant()}: {candidate.PeakBytes:N0} bytes while {candidate.PeakLayer} runs, {candidate.OvershootBytes:N0} too many");

    private static string Count(long value) => Text($"{value:N0}");

    private static string Text(FormattableString text) => FormattableString.Invariant(text);
}
