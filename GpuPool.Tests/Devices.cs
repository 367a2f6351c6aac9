using GpuPool.Kernels;
using GpuPool.Models;

namespace GpuPool.Tests;

/// <summary>The devices of all tests of the run, in one thread.</summary>
[SetUpFixture]
public sealed class Devices
{
    private const string Variable = "GPUPOOL_TEST_DEVICE";

    private static Device? _gpu;

    public static Device Cpu { get; private set; } = null!;

    /// <summary>
    /// Where the bodies of GPUs are tested: OpenCL, which may be the processor, or what the environment variable GPUPOOL_TEST_DEVICE names, such as cuda. A test that asks for it is
    /// skipped where it is not there.
    /// </summary>
    public static Device Gpu
    {
        get
        {
            try
            {
                return _gpu ??= GpuChoice.Open();
            }
            catch (DeviceNotFoundException exception)
            {
                Assert.Ignore($"{exception.Message} (OpenCL on the processor, on Debian: apt-get install pocl-opencl-icd ocl-icd-opencl-dev)");
                throw;
            }
        }
    }

    /// <summary>What <see cref="Gpu"/> opens.</summary>
    public static DeviceChoice GpuChoice => DeviceChoice.TryParse(Environment.GetEnvironmentVariable(Variable), out DeviceChoice choice) ? choice : new(DeviceKind.OpenCL);

    [OneTimeSetUp]
    public void Open()
    {
        Environment.SetEnvironmentVariable(OpenCLSupport.ProcessorVariable, "1");
        Cpu = Device.Open(DeviceKind.Cpu, threads: 2);
    }

    [OneTimeTearDown]
    public void Close()
    {
        _gpu?.Dispose();
        Cpu.Dispose();
    }
}
