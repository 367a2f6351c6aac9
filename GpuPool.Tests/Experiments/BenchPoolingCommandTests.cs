using System.Text.Json;
using GpuPool.Experiments;
using GpuPool.Models.Pooling;

namespace GpuPool.Tests.Experiments;

public sealed class BenchPoolingCommandTests
{
    [Test]
    public void Every_method_is_measured_as_a_line_of_json()
    {
        CommandLine run = CommandLine.Run("bench-pooling", "--size", "8", "--channels", "4", "--steps", "1", "--json");
        Assert.That(run.Code, Is.EqualTo(ExitCode.Done), run.Error);
        JsonElement[] lines = [.. run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement)];
        Assert.That(lines.Select(line => line.GetProperty("method").GetString()), Is.EqualTo(PoolingMethod.All.Skip(1).Select(method => method.Word)));
        Assert.That(lines.Select(line => line.GetProperty("peak_bytes").GetInt64()), Is.All.Positive);
        JsonElement lip = lines.Single(line => line.GetProperty("method").GetString() == "lip");
        Assert.That(lip.GetProperty("parameters").GetInt64(), Is.EqualTo(4 * 4 + 3 * 4));
        Assert.That(lip.GetProperty("multiply_adds").GetInt64(), Is.EqualTo(8 * 8 * 4 * 4));
    }

    [Test]
    public void The_table_is_markdown()
    {
        CommandLine run = CommandLine.Run("bench-pooling", "--size", "4", "--channels", "4", "--steps", "1");
        Assert.That(run.Output, Does.Contain("| method").And.Contain("| rnnpool"));
    }
}
