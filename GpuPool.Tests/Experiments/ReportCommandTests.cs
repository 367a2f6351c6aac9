using System.Text.Json;
using GpuPool.Experiments;
using GpuPool.Kernels;
using GpuPool.Models.Safetensors;

namespace GpuPool.Tests.Experiments;

/// <summary>The commands that measure: profile, bench, parity.</summary>
public sealed class ReportCommandTests
{
    [TestCase("mobilenet_v2-skip-1222121", 3_504_872, 300_774_272)]
    [TestCase("resnet18-skip-1222", 11_689_512, 1_814_073_344)]
    public void Profile_counts_what_the_literature_counts(string architecture, long parameters, long multiplyAdds)
    {
        CommandLine run = CommandLine.Run("profile", architecture, "--json");
        Assert.That(run.Code, Is.EqualTo(ExitCode.Done), run.Error);
        JsonElement profile = JsonDocument.Parse(run.Output).RootElement;
        Assert.That(profile.GetProperty("params").GetInt64(), Is.EqualTo(parameters));
        JsonElement macs = profile.GetProperty("macs");
        Assert.That(macs.GetProperty("total").GetInt64(), Is.EqualTo(multiplyAdds));
        Assert.That(macs.GetProperty("conv").GetInt64() + macs.GetProperty("linear").GetInt64(), Is.EqualTo(multiplyAdds));
        JsonElement peak = profile.GetProperty("peak");
        Assert.That(peak.GetProperty("live").EnumerateArray().Sum(map => map.GetProperty("bytes").GetInt64()), Is.EqualTo(profile.GetProperty("peak_bytes").GetInt64()));
        Assert.That(profile.GetProperty("layers").GetArrayLength(), Is.GreaterThan(20));
    }

    [Test]
    public void Profile_prints_a_table_without_json() =>
        Assert.That(CommandLine.Run("profile", "resnet18-nlp-1222", "--size", "64").Output, Does.Contain("multiply-adds  ").And.Contain("attention"));

    [Test]
    public void Profile_counts_int8_as_a_quarter_of_float32_and_names_what_is_live_at_the_peak()
    {
        string[] line = ["profile", "mobilenet_v2-skip-1222121", "--width", "0.35", "--size", "224"];
        Assert.That(CommandLine.Run(line).Output, Does.Contain("peak           3,010,560 bytes live while net.features.1.0.conv.3 runs: "
            + "net.features.1.0.conv.0 (1, 112, 112, 48) 2,408,448, net.features.1.0.conv.3 (1, 56, 56, 48) 602,112"));
        Assert.That(CommandLine.Run([.. line, "--dtype", "int8"]).Output, Does.Contain("peak           752,640 bytes live while"));
        CommandLine wrong = CommandLine.Run([.. line, "--dtype", "int4"]);
        Assert.That(wrong.Code, Is.EqualTo(ExitCode.Usage));
        Assert.That(wrong.Line, Is.EqualTo("gpupool: unknown value 'int4' of --dtype. Did you mean 'int8'? Known values: int8, float32."));
    }

    [TestCase("train")]
    [TestCase("eval")]
    public void Bench_prints_one_line_of_json_with_the_keys_of_other_engines(string mode)
    {
        CommandLine run = CommandLine.Run(
            ["bench", "mobilenet_v2-skip-1222121", "--width", "0.35", "--size", "32", "--batch", "2", "--steps", "2", "--mode", mode, "--device", "cpu"]);
        Assert.That(run.Code, Is.EqualTo(ExitCode.Done), run.Error);
        Assert.That(run.Output.TrimEnd('\n'), Does.Not.Contain("\n"));
        JsonElement line = JsonDocument.Parse(run.Output).RootElement;
        string[] keys =
            ["engine", "architecture", "width", "size", "batch", "mode", "threads", "attention", "params", "median_ms", "best_ms", "peak_rss_mb", "loss"];
        Assert.That(line.EnumerateObject().Select(property => property.Name).Take(keys.Length), Is.EqualTo(keys));
        Assert.That(line.GetProperty("engine").GetString(), Is.EqualTo("gpupool"));
        Assert.That(line.GetProperty("mode").GetString(), Is.EqualTo(mode));
        Assert.That(line.GetProperty("threads").GetInt32(), Is.EqualTo(2));
        Assert.That(line.GetProperty("params").GetInt64(), Is.EqualTo(408_938));
        Assert.That(line.GetProperty("median_ms").GetDouble(), Is.GreaterThan(0));
    }

    [Test]
    public void Parity_holds_for_recorded_modules()
    {
        string[] files = [.. Directory.GetFiles(Shared.Require("golden/pooling"), "*.safetensors").Order()];
        CommandLine run = CommandLine.Run(["parity", .. files, "--json", "--device", "cpu"]);
        JsonElement[] lines = [.. run.Output.TrimEnd('\n').Split('\n').Select(line => JsonDocument.Parse(line).RootElement)];
        Assert.That(lines, Has.Length.EqualTo(files.Length), run.Error);
        foreach (JsonElement line in lines)
        {
            Assert.That(line.GetProperty("passed").GetBoolean(), line.ToString());
            Assert.That(line.GetProperty("relative").GetDouble(), Is.NoMoreThan(1e-9), line.ToString());
        }
        Assert.That(run.Code, Is.EqualTo(ExitCode.Done));
    }

    [TestCase("mobilenet_v2-skip-1222121-w0.35")]
    [TestCase("mobilenet_v2-nlp_headfix2-1222121-w0.35")]
    [TestCase("mobilenet_v2-lip-2222121-w0.35")]
    public void Parity_holds_for_recorded_networks(string name)
    {
        CommandLine run = CommandLine.Run("parity", Shared.Require($"golden/network/{name}.safetensors"), "--device", "cpu");
        Assert.That(run.Code, Is.EqualTo(ExitCode.Done), run.Output + run.Error);
        Assert.That(run.Output, Does.StartWith($"passed  {name}.safetensors: worst "));
    }

    [Test]
    public void Parity_fails_where_a_number_differs()
    {
        using var folder = new TemporaryFolder();
        float[] x = [1, 2, 3, 4], dy = [1], dx = [0, 0, 0, 1];
        SafetensorsTensor[] Tensors(float y) =>
        [
            new("input", new Shape(1, 1, 2, 2), x), new("output", new Shape(1, 1, 1, 1), new[] { y }),
            new("grad_output", new Shape(1, 1, 1, 1), dy), new("grad.input", new Shape(1, 1, 2, 2), dx),
        ];
        var metadata = new Dictionary<string, string> { ["module"] = "maxp", ["in_channels"] = "1", ["stride"] = "2", ["mode"] = "eval" };
        SafetensorsFile.Write(folder["right"], Tensors(4), metadata);
        SafetensorsFile.Write(folder["wrong"], Tensors(4.001f), metadata);
        SafetensorsFile.Write(folder["foreign"], Tensors(4), new Dictionary<string, string>(metadata) { ["module"] = "softmaxp" });
        CommandLine run = CommandLine.Run("parity", folder["right"], folder["wrong"], folder["foreign"], "--json", "--device", "cpu");
        Assert.That(run.Code, Is.EqualTo(ExitCode.CheckFailed), run.Error);
        string[] lines = run.Output.Split('\n');
        Assert.That(lines[0], Does.Contain("\"passed\":true,\"tensor\":\"output\",\"relative\":0"));
        Assert.That(lines[1], Does.Contain("\"passed\":false,\"tensor\":\"output\",\"relative\":0.000249"));
        Assert.That(lines[2], Does.Contain("\"passed\":false,\"reason\":\"unknown module 'softmaxp'\""));
    }

    [Test]
    public void Parity_refuses_files_that_are_no_recordings()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder["short"], [1, 2, 3]);
        CommandLine broken = CommandLine.Run("parity", folder["short"], "--device", "cpu");
        Assert.That(broken.Code, Is.EqualTo(ExitCode.DataCorrupt));
        Assert.That(broken.Line, Does.Contain("byte 0: the file ends within the length of its header"));
        SafetensorsFile.Write(folder["plain"], []);
        CommandLine plain = CommandLine.Run("parity", folder["plain"], "--device", "cpu");
        Assert.That(plain.Code, Is.EqualTo(ExitCode.DataCorrupt));
        Assert.That(plain.Line, Does.Contain("lack 'module'"));
        Assert.That(CommandLine.Run("parity", folder["none"], "--device", "cpu").Code, Is.EqualTo(ExitCode.DataMissing));
    }
}
