using System.Text.Json;
using GpuPool.Experiments;
using GpuPool.Kernels;

namespace GpuPool.Tests.Experiments;

public sealed class DevicesCommandTests
{
    [Test]
    public void Every_kind_is_listed_tested_or_left_out_with_a_reason_and_auto_picks_one()
    {
        CommandLine run = CommandLine.Run("devices", "--json");
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
    public void Self_test_holds_on_both_bodies()
    {
        using Device device = Device.Open(DeviceKind.Cpu, threads: 2);
        Assert.That(SelfTest.Run(device), Is.Below(SelfTest.Tolerance));
        device.UseHostBodies = false;
        Assert.That(SelfTest.Run(device), Is.Below(SelfTest.Tolerance));
    }

    [Test]
    public void Auto_opens_a_device_everywhere()
    {
        using Device device = DeviceChoice.Auto.Open(threads: 1);
        Assert.That(device.MemoryBytes, Is.GreaterThan(0));
    }
}
