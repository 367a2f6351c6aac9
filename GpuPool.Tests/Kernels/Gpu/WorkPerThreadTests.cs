using GpuPool.Autograd;
using GpuPool.Kernels;
using GpuPool.Kernels.Gpu;
using GpuPool.Kernels.Numerics;
using GpuPool.Kernels.Updates;
using GpuPool.Models;

namespace GpuPool.Tests.Kernels.Gpu;

/// <summary>What a GPU would be given to do in a training step, of which nothing is run: the memory is asked for and never touched.</summary>
public sealed class WorkPerThreadTests
{
    private const int Batch = 64, Size = 224;
    private const int MostElements = 4096, FewestThreads = 8192, ManyElements = 1_000_000;

    [TestCase("mobilenet_v2-skip-1222121"), TestCase("mobilenet_v2-nlp_headfix2-1222121")]
    public void No_thread_of_a_training_step_loops_long_and_no_large_launch_has_few(string architecture)
    {
        List<KernelLaunch> launches = Launches(architecture, GroupBodies.WhereLarge);
        Assert.That(launches, Has.Count.AtLeast(500));
        Assert.That(launches.Where(launch => Loop(launch) > MostElements).Select(Name).Distinct(), Is.Empty, "loops");
        Assert.That(launches.Where(launch => Elements(launch) > ManyElements && launch.Threads < FewestThreads).Select(Name).Distinct(), Is.Empty, "threads");
        Assert.That(launches.Count(launch => launch.Argument is SgdElement<float, Real32>), Is.EqualTo(1), "updates");
    }

    [Test]
    public void One_thread_of_the_portable_bodies_alone_would_sum_all_pixels_of_a_batch()
    {
        List<KernelLaunch> launches = Launches("mobilenet_v2-skip-1222121", GroupBodies.Never);
        Assert.That(launches.Max(Loop), Is.AtLeast(Batch * (Size / 2) * (Size / 2)));
        Assert.That(launches.Where(launch => Elements(launch) > ManyElements && launch.Threads < FewestThreads), Is.Not.Empty);
    }

    private static List<KernelLaunch> Launches(string architecture, GroupBodies bodies)
    {
        List<KernelLaunch> launches = [];
        using Device device = Device.Open(DeviceKind.Cpu, threads: 1);
        device.MemoryLimitBytes = long.MaxValue;
        using Network network = Network.Create(device, Architecture.Parse(architecture));
        network.Training = true;
        (device.SimulatesThreads, device.GroupBodies) = (true, bodies);
        device.Interceptor = launch =>
        {
            launches.Add(launch);
            return true;
        };
        using var optimiser = new Sgd(network.Parameters, learningRate: 0.01, momentum: 0.9);
        using ArrayScope step = device.OpenScope();
        Tensor x = Tensor.Leaf(device.Allocate(new Shape(Batch, Size, Size, 3))), labels = Tensor.Leaf(device.Allocate(new Shape(Batch)));
        network.Call(x).SoftmaxCrossEntropy(labels).Backward();
        optimiser.Step();
        return launches;
    }

    private static string Name(KernelLaunch launch) => $"{launch.Argument.GetType()} with {launch.Threads} threads, {Loop(launch)} of {Elements(launch)} elements each";

    private static long Elements(KernelLaunch launch) => launch.OperandBytes / sizeof(float);

    /// <summary>Rows of a sum or depth of a product that one thread goes through; of another kernel its share of all elements.</summary>
    private static long Loop(KernelLaunch launch)
    {
        object kernel = launch.Argument;
        if (Value(kernel, "PartDepth") is int depth)
            return depth;
        if (Value(kernel, "Extent") is ReductionExtent extent)
            return extent.PartRows / extent.Lanes;
        long share = Elements(launch) / launch.Threads;
        return Value(kernel, "Extents") switch
        {
            ValueTuple<int, int, int> extents when kernel.GetType().GetInterfaces().Any(type => type.Name == typeof(IReduction<,>).Name) => extents.Item2,
            ValueTuple<int, int, int> extents => extents.Item3,
            _ => share,
        };
    }

    private static object? Value(object kernel, string name) =>
        kernel.GetType().GetField(name)?.GetValue(kernel) ?? kernel.GetType().GetProperty(name)?.GetValue(kernel);
}
