using GpuPool.Kernels;
using GpuPool.Models;

[assembly: LevelOfParallelism(2)]
[assembly: Parallelizable(ParallelScope.Fixtures)]

namespace GpuPool.Tests;

/// <summary>The devices of the run: those of each thread that runs tests, opened by the first test that asks.</summary>
[SetUpFixture]
public sealed class Devices
{
    private const string Variable = "GPUPOOL_TEST_DEVICE";

    private static readonly ThreadLocal<Device> s_cpu = new(() => Device.Open(DeviceKind.Cpu, threads: 2), trackAllValues: true);
    private static readonly ThreadLocal<Device> s_gpu = new(() => GpuChoice.Open(), trackAllValues: true);

    public static Device Cpu => s_cpu.Value!;

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
                return s_gpu.Value!;
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
    public void AdmitProcessors() => Environment.SetEnvironmentVariable(OpenCLSupport.ProcessorVariable, "1");

    [OneTimeTearDown]
    public void Close()
    {
        foreach (Device device in s_gpu.Values.Concat(s_cpu.Values))
            device.Dispose();
    }
}
