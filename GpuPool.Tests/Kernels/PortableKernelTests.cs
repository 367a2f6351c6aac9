using System.Reflection;
using GpuPool.Kernels;
using GpuPool.Kernels.Numerics;
using ILGPU.Backends.EntryPoints;
using ILGPU.Backends.PTX;
using ILGPU.Runtime;
using ILGPU.Runtime.Cuda;

namespace GpuPool.Tests.Kernels;

/// <summary>Every portable body compiles for CUDA, in both element types, on a machine without a GPU.</summary>
public sealed class PortableKernelTests
{
    private static IEnumerable<Type> Kernels =>
        from type in typeof(Op).Assembly.GetTypes()
        where type.IsValueType && typeof(IKernel).IsAssignableFrom(type)
        from closed in Close(type)
        select closed;

    [Test]
    public void Every_kernel_compiles_to_ptx([ValueSource(nameof(Kernels))] Type kernel)
    {
        foreach (CudaArchitecture architecture in new[] { CudaArchitecture.SM_80, CudaArchitecture.SM_90 })
        {
            using var backend = new PTXBackend(Devices.Cpu.Context, new CudaCapabilityContext(architecture), architecture, CudaInstructionSet.ISA_80, null);
            MethodInfo entry = typeof(EntryPoint<>).MakeGenericType(kernel).GetMethod("Run")!;
            var compiled = (PTXCompiledKernel)backend.Compile(EntryPointDescription.FromImplicitlyGroupedKernel(entry), new KernelSpecialization());
            Assert.That(compiled.PTXAssembly, Does.Contain(".entry"));
        }
    }

    /// <summary>A generic kernel is closed over float and double with their arithmetic, and over every function it may take.</summary>
    private static IEnumerable<Type> Close(Type kernel)
    {
        if (!kernel.IsGenericTypeDefinition)
            return [kernel];
        return new[] { (typeof(float), typeof(Real32)), (typeof(double), typeof(Real64)) }.SelectMany(number => Arguments(kernel, number.Item1, number.Item2))
            .Select(arguments => kernel.MakeGenericType(arguments));
    }

    private static IEnumerable<Type[]> Arguments(Type kernel, Type element, Type real)
    {
        IEnumerable<Type[]> lists = [[]];
        foreach (Type parameter in kernel.GetGenericArguments())
        {
            Type[] choices = parameter.Name switch
            {
                "T" => [element],
                "R" => [real],
                _ => [.. typeof(Op).Assembly.GetTypes().Where(type => type.IsValueType && !type.IsGenericType
                    && parameter.GetGenericParameterConstraints().Where(constraint => constraint.IsInterface).All(constraint => constraint.IsAssignableFrom(type)))],
            };
            lists = [.. lists.SelectMany(list => choices.Select(choice => (Type[])[.. list, choice]))];
        }
        return lists;
    }
}
