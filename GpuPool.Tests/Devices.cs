using GpuPool.Kernels;

namespace GpuPool.Tests;

/// <summary>One CPU device for all tests of the run, in one thread.</summary>
[SetUpFixture]
public sealed class Devices
{
    public static Device Cpu { get; private set; } = null!;

    [OneTimeSetUp]
    public void Open() => Cpu = Device.Open(DeviceKind.Cpu, threads: 2);

    [OneTimeTearDown]
    public void Close() => Cpu.Dispose();
}
