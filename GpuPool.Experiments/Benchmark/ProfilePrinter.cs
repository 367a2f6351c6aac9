using System.Globalization;
using GpuPool.Kernels;
using Spectre.Console;

namespace GpuPool.Experiments.Benchmark;

/// <summary>Shows where the time of a step goes: for each kind of op and direction its time, what it achieved, and the share of what the machine can do.</summary>
internal static class ProfilePrinter
{
    /// <summary>Prints the times of <paramref name="steps"/> steps as a table for one step.</summary>
    public static void Print(TextWriter output, OpProfile profile, int steps, Yardstick limit)
    {
        double total = profile.Times.Sum(time => time.Seconds);
        var table = new Table().AddColumns("op", "pass");
        foreach (string name in new[] { "calls", "ms", "share of step", "GFLOP/s", "GB/s", "share of limit" })
            table.AddColumn(new TableColumn(name).RightAligned());
        foreach (OpTime time in profile.Times)
        {
            double bound = Math.Max(time.MultiplyAdds / limit.MultiplyAddsPerSecond, time.Bytes / limit.BytesPerSecond);
            table.AddRow(
                time.Op, time.Backward ? "backward" : "forward", Number(time.Calls / (double)steps, "F0"), Number(time.Seconds / steps * 1e3, "F3"), Number(time.Seconds / total, "P1"),
                time.MultiplyAdds == 0 ? "" : Number(2 * time.MultiplyAdds / time.Seconds / 1e9, "F0"), Number(time.Bytes / time.Seconds / 1e9, "F1"), Number(bound / time.Seconds, "P0"));
        }
        Terminal.Over(output).Write(table);
        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"ops {total / steps * 1e3:F2} ms a step; limit measured here: {2 * limit.MultiplyAddsPerSecond / 1e9:F0} GFLOP/s in a product, {limit.BytesPerSecond / 1e9:F1} GB/s in a sum of large arrays (small maps stay in caches and pass it)"));
    }

    private static string Number(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
