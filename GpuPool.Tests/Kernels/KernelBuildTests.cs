using System.Diagnostics;
using GpuPool.Kernels;
using GpuPool.Kernels.Ops;
using ILGPU;

namespace GpuPool.Tests.Kernels;

public sealed class KernelBuildTests
{
    [Test]
    public void The_log_of_a_failed_build_is_in_the_error()
    {
        static Action Build()
        {
            Trace.WriteLine("Kernel loading failed:");
            Trace.WriteLine("<source>:3:9: error: use of undeclared identifier 'y'");
            throw new InvalidOperationException("CL_BUILD_PROGRAM_FAILURE");
        }
        Assert.That(() => KernelBuildException.Explain("AddForward", "a GPU", Build), Throws.TypeOf<KernelBuildException>()
            .With.Message.EqualTo("kernel AddForward cannot be built for a GPU: Kernel loading failed: <source>:3:9: error: use of undeclared identifier 'y'")
            .And.InnerException.TypeOf<InvalidOperationException>());
    }

    [Test]
    public void The_log_of_a_build_in_another_thread_is_not()
    {
        static Action Build()
        {
            var other = new Thread(() => Trace.WriteLine("error of another kernel"));
            other.Start();
            other.Join();
            throw new InvalidOperationException("CL_BUILD_PROGRAM_FAILURE");
        }
        Assert.That(() => KernelBuildException.Explain("AddForward", "a GPU", Build), Throws.TypeOf<KernelBuildException>()
            .With.Message.EqualTo("kernel AddForward cannot be built for a GPU: CL_BUILD_PROGRAM_FAILURE"));
    }

    [Test]
    public void Sources_that_differ_in_the_counts_of_names_become_the_same()
    {
        static string Source(int type, int label) => $$"""
            typedef global float* type_{{type + 10}};
            struct type_{{type}};
            struct type_{{type}}_kernel { int field_0; };
            L_{{label}}: goto L_{{label + 7}}; var12 = view_0; TOTAL_3 = subtype_4;
            """;
        Assert.That(KernelSource.Renumber(Source(536, 1002)), Is.EqualTo(KernelSource.Renumber(Source(99, 5))).And.EqualTo("""
            typedef global float* type_0;
            struct type_1;
            struct type_1_kernel { int field_0; };
            L_2: goto L_3; var12 = view_0; TOTAL_3 = subtype_4;
            """));
    }

    [Test]
    public void A_kernel_that_ilgpu_refuses_is_named_with_the_cause()
    {
        using Device device = Device.Open(DeviceKind.Cpu, threads: 1);
        device.SimulatesThreads = true;
        using DeviceArray y = device.Allocate(new Shape(4));
        Assert.That(() => device.Launch(new Throwing { Y = y.View<float>() }), Throws.TypeOf<KernelBuildException>()
            .With.Message.EqualTo("kernel Throwing cannot be built for CPU, 1 thread: Not supported IL instruction of type 'Throw'"));
        Assert.That(() => new Scale(2).Forward([device.Upload(new Shape(1), [3f])], keep: false).Output.ToDoubles(), Is.EqualTo(new[] { 6.0 }), "the next one is built");
    }

    private struct Throwing : IKernel
    {
        public ArrayView<float> Y;

        public readonly int Count => Y.IntLength;

        public readonly void Run(int index) => Y[index] = index > 2 ? throw new InvalidOperationException() : 1;
    }
}
