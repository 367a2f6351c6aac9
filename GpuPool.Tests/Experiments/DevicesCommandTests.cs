using System.Text.Json;
using System.Text.RegularExpressions;
using GpuPool.Experiments;
using GpuPool.Experiments.Commands;
using GpuPool.Kernels;
using GpuPool.Models;
using ILGPU.Runtime.OpenCL;

namespace GpuPool.Tests.Experiments;

[NonParallelizable]
public sealed class DevicesCommandTests
{
    [Test]
    public void Every_kind_is_listed_tested_or_left_out_with_a_reason_and_auto_picks_one()
    {
        CommandLine run = WithoutProcessors(() => CommandLine.Run("devices", "--json"));
        Assert.That(run.Code, Is.EqualTo(ExitCode.Done), run.Error);
        JsonElement[] devices = [.. JsonDocument.Parse(run.Output).RootElement.EnumerateArray()];
        Assert.That(devices.Select(device => device.GetProperty("kind").GetString()).Distinct(), Is.EqualTo(new[] { "cpu", "cuda", "opencl" }));
        Assert.That(devices.Count(device => device.GetProperty("auto").GetBoolean()), Is.EqualTo(1));
        foreach (JsonElement device in devices)
        {
            bool leftOut = device.GetProperty("left_out").ValueKind == JsonValueKind.String;
            Assert.That(device.GetProperty("usable").GetBoolean(), Is.EqualTo(!leftOut), device.ToString());
        }
    }

    [Test]
    public void A_driver_that_takes_longer_than_it_is_given_is_left_out_with_the_option_that_gives_it_more()
    {
        // Three training steps on the processor through OpenCL, in a process that has yet to start.
        _ = Devices.Gpu;
        Assert.That(ProbeCommand.Run(DeviceKind.OpenCL, patience: 1).Single().Report.LeftOut, Is.EqualTo("the driver did not answer within 1 s, see --patience"));
    }

    [Test]
    public void Self_test_holds_on_both_bodies()
    {
        using Device device = Device.Open(DeviceKind.Cpu, threads: 2);
        Assert.That(SelfTest.Run(device), Is.Below(SelfTest.Tolerance));
        device.UseHostBodies = false;
        Assert.That(SelfTest.Run(device), Is.Below(SelfTest.Tolerance));
    }

    [Test]
    public void A_device_has_the_number_that_opens_it()
    {
        Assert.That(DeviceReport.Find(DeviceKind.Cpu).Single().Index, Is.Zero);
        Assert.That(() => Device.Open(DeviceKind.Cpu, 1), Throws.TypeOf<DeviceNotFoundException>().With.Message.EqualTo("no Cpu device: none has the number 1 (they count from 0)"));
        using Device second = Devices.GpuChoice.Open();
        Assert.That(second.Name, Is.EqualTo(Devices.Gpu.Name));
        Assert.That(() => (Devices.GpuChoice with { Index = 100 }).Open(), Throws.TypeOf<DeviceNotFoundException>().With.Message.Contains("none has the number 100 (they count from 0)"));
    }

    [Test]
    public void A_processor_is_an_OpenCL_device_for_those_who_ask_for_it()
    {
        Assert.That(SelfTest.Run(Devices.Gpu), Is.Below(SelfTest.Tolerance));
        foreach (DeviceReport report in WithoutProcessors(() => DeviceReport.Find(DeviceKind.OpenCL)).Where(report => report.LeftOut?.Contains("processor", StringComparison.Ordinal) == true))
            Assert.That(report, Is.EqualTo(report with { Index = null, SelfTestError = null, LeftOut = "it is the processor; GPUPOOL_OPENCL_CPU=1 takes it, which is slow" }));
    }

    [Test]
    public void Auto_opens_a_device_everywhere()
    {
        using Device device = DeviceChoice.Auto.Open(threads: 1);
        Assert.That(device.MemoryBytes, Is.GreaterThan(0));
    }

    [TestCase("auto", null, 0)]
    [TestCase("cpu", DeviceKind.Cpu, 0)]
    [TestCase("CUDA", DeviceKind.Cuda, 0)]
    [TestCase("cuda:1", DeviceKind.Cuda, 1)]
    [TestCase("opencl:12", DeviceKind.OpenCL, 12)]
    public void A_choice_is_read_and_written(string text, DeviceKind? kind, int index)
    {
        Assert.That(DeviceChoice.TryParse(text, out DeviceChoice choice));
        Assert.That(choice, Is.EqualTo(new DeviceChoice(kind, index)));
        Assert.That(choice.ToString(), Is.EqualTo(text.ToLowerInvariant()));
    }

    [Test]
    public void What_names_no_device_is_refused_with_the_words_that_do([Values("gpu", "cuda:", "cuda:-1", "cuda:+1", "cuda:1:2", "auto:1")] string text)
    {
        Assert.That(DeviceChoice.TryParse(text, out _), Is.False);
        CommandLine run = CommandLine.Run("parity", "none", "--device", text);
        Assert.That(run.Code, Is.EqualTo(ExitCode.Usage));
        Assert.That(run.Line, Does.StartWith($"gpupool: unknown value '{text}' of --device. ").And.EndsWith("Known values: auto, cpu, cuda, opencl, cuda:1."));
    }

    [Test]
    public void A_device_is_chosen_where_it_agrees_and_is_faster()
    {
        Assert.That(new DeviceTrial(1e-5, 0.01, 0.1).Fault, Is.Null);
        Assert.That(new DeviceTrial(1e-5, 0.2, 0.1).Fault, Is.EqualTo("a training step takes 200.0 ms there and 100.0 ms on the processor"));
        Assert.That(new DeviceTrial(0.5, 0.01, 0.1).Fault, Is.EqualTo("its training step is off by 5.0e-1 of the processor's"));
        Assert.That(new DeviceTrial(double.NaN, 0.01, 0.1).Fault, Does.StartWith("its training step is off by NaN"));
    }

    [Test, Category("Nightly")]
    public void Auto_says_why_it_takes_the_processor()
    {
        _ = Devices.Gpu;
        Device gpu = Devices.GpuChoice.Open(), cpu = Device.Open(DeviceKind.Cpu, threads: 2);
        string reason = "";
        using Device better = DeviceChoice.Better(gpu, cpu, sentence => reason = sentence);
        // PoCL takes ten times as long; were it faster, this would be a sentence for it.
        Assert.That(reason, Does.Match(better == cpu
            ? $@"^auto takes the processor and not {Regex.Escape(gpu.Name)}: a training step takes [0-9.]+ ms there and [0-9.]+ ms on the processor$"
            : $@"^auto takes {Regex.Escape(gpu.Name)}: a training step takes [0-9.]+ ms there and [0-9.]+ ms on the processor, and agrees to .*e-\d$"));
        Assert.That(better.LiveBytes, Is.Zero);
        Assert.That(better.PeakBytes, Is.Zero);
    }

    [Test]
    public void A_failed_driver_is_one_line_with_what_it_says()
    {
        GpuPoolException failure = Failure.Of(new DeviceFailedException("a GPU", new CLException(CLError.CL_OUT_OF_RESOURCES)));
        Assert.That(failure.Code, Is.EqualTo(ExitCode.NoDevice));
        Assert.That(failure.Message, Does.StartWith("the driver of a GPU failed: CL_OUT_OF_RESOURCES. 'train' and 'prune' with --resume, "));
    }

    private static T WithoutProcessors<T>(Func<T> action)
    {
        Environment.SetEnvironmentVariable(OpenCLSupport.ProcessorVariable, null);
        try
        {
            return action();
        }
        finally
        {
            Environment.SetEnvironmentVariable(OpenCLSupport.ProcessorVariable, "1");
        }
    }
}
