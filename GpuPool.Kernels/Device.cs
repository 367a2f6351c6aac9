using System.Collections.Concurrent;
using GpuPool.Kernels.Host;
using ILGPU;
using ILGPU.Backends;
using ILGPU.Backends.EntryPoints;
using ILGPU.Runtime;
using ILGPU.Runtime.CPU;
using ILGPU.Runtime.Cuda;
using ILGPU.Runtime.OpenCL;

namespace GpuPool.Kernels;

/// <summary>Kinds of accelerator.</summary>
public enum DeviceKind
{
    /// <summary>The processor: vectorised host bodies on all its threads.</summary>
    Cpu,

    /// <summary>An NVIDIA GPU.</summary>
    Cuda,

    /// <summary>A GPU with an OpenCL 2 driver.</summary>
    OpenCL,

    /// <summary>No accelerator: arrays have a shape and an element type, and no elements. See <see cref="Device.ShapeOnly"/>.</summary>
    ShapeOnly,
}

/// <summary>
/// An accelerator with its memory and its way to run kernels. Not thread safe: one thread drives it, and its own worker threads help; another thread may drive another device.
/// </summary>
public sealed class Device : IDisposable
{
    // The rest is left to the process itself and to others.
    private const double HostMemoryShare = 0.85;

    // All are null on the shape-only device.
    private readonly Context? _context;
    private readonly Accelerator? _accelerator;
    private readonly MemoryPool? _pool;
    private readonly Workers? _workers;
    private readonly ConcurrentDictionary<Type, Delegate> _kernels = new();
    private readonly UploadBuffer? _uploads;
    private Accelerator? _groupSimulator;

    private Device(DeviceKind kind) => Kind = kind;

    private Device(DeviceKind kind, Context context, Accelerator accelerator, long memoryLimit, Workers? workers)
    {
        (Kind, _context, _accelerator, _workers) = (kind, context, accelerator, workers);
        _pool = new MemoryPool(bytes => accelerator.Allocate1D<byte>(bytes)) { LimitBytes = memoryLimit };
        _uploads = kind == DeviceKind.Cpu ? null : new UploadBuffer(accelerator);
        GroupBodies = kind != DeviceKind.Cpu && accelerator.MaxNumThreadsPerGroup >= GroupEntryPoint.Threads ? GroupBodies.WhereLarge : GroupBodies.Never;
    }

    /// <summary>
    /// The device of arrays without elements, on which the forward pass of an op gives the shape of its output and computes nothing: so a network too large for
    /// this machine can be followed, in milliseconds. Values copied to it are ignored; to read some, or a backward pass, is an error. Any thread may use it.
    /// </summary>
    public static Device ShapeOnly { get; } = new(DeviceKind.ShapeOnly);

    /// <summary>Kind of accelerator.</summary>
    public DeviceKind Kind { get; }

    /// <summary>Name as the driver gives it; for the processor its number of worker threads.</summary>
    public string Name => _workers is { } workers ? $"CPU, {workers.Count} thread{(workers.Count == 1 ? "" : "s")}" : _accelerator?.Name ?? "shapes only";

    /// <summary>Memory of the device in bytes.</summary>
    public long MemoryBytes => IsHost ? GC.GetGCMemoryInfo().TotalAvailableMemoryBytes : _accelerator?.MemorySize ?? 0;

    /// <summary>
    /// Most bytes that arrays may take. At first what the driver says is free on a CUDA device; all memory of an OpenCL device, as OpenCL cannot tell what
    /// is free; 85 % of the memory that the process may use on the processor. Lower it to leave room to others.
    /// </summary>
    public long MemoryLimitBytes
    {
        get => _pool?.LimitBytes ?? 0;
        set => _pool?.LimitBytes = value;
    }

    /// <summary>Bytes taken from the driver: those of arrays alive, and those kept for the next ones. <see cref="Trim"/> gives the latter back.</summary>
    public long ReservedBytes => _pool?.ReservedBytes ?? 0;

    /// <summary>Bytes of all arrays alive.</summary>
    public long LiveBytes => _pool?.LiveBytes ?? 0;

    /// <summary>Largest <see cref="LiveBytes"/> since the last <see cref="ResetPeak"/>.</summary>
    public long PeakBytes => _pool?.PeakBytes ?? 0;

    /// <summary>Where the times of ops are collected; null, the default, collects nothing and costs nothing.</summary>
    public OpProfile? Profile { get; set; }

    /// <summary>
    /// Whether a launch takes as long as some ten thousand elements, so that memory for all gradients at once, which one launch then turns into new weights, is worth its place. So it is
    /// on GPUs; on the processor gradients come and go.
    /// </summary>
    public bool PrefersFewLaunches => !IsHost || SimulatesThreads;

    internal bool IsHost => Kind == DeviceKind.Cpu;

    internal bool IsShapeOnly => Kind == DeviceKind.ShapeOnly;

    /// <summary>Tests switch host bodies off, to compare them with the portable bodies on the same machine.</summary>
    internal bool UseHostBodies { get; set; } = true;

    /// <summary>Threads that host bodies run on.</summary>
    internal int Threads => _workers?.Count ?? 1;

    /// <summary>Whether kernels with a host body run that.</summary>
    internal bool RunsHostBodies => IsHost && UseHostBodies && !SimulatesThreads && GroupBodies == GroupBodies.Never;

    /// <summary>Tests have new arrays filled with NaN, so that what is read before it is written shows.</summary>
    internal bool FillsNewArraysWithNaN { get; set; }

    /// <inheritdoc cref="MemoryPool.IsExact"/>
    internal bool AllocatesExactly { get => _pool!.IsExact; set => _pool!.IsExact = value; }

    /// <summary>
    /// Tests have the CPU device launch portable bodies through ILGPU, on its simulated threads, as a GPU does. These switch a thread of the system for every one of
    /// theirs and are a hundred times slower than a loop.
    /// </summary>
    internal bool SimulatesThreads { get; set; }

    /// <summary>
    /// Where group bodies are used: on GPUs where kernels are large. Tests have the CPU device run them, too, on groups that ILGPU simulates with a thread of the
    /// system for each of theirs.
    /// </summary>
    internal GroupBodies GroupBodies { get; set; }

    /// <summary>Tests are told of each launch of a portable body or of a stage of a group body; where they answer true, it is theirs and not run.</summary>
    internal Func<KernelLaunch, bool>? Interceptor { get; set; }

    /// <summary>How often the host has waited for a GPU.</summary>
    internal int Synchronisations { get; private set; }

    // Without memory nothing is to be returned, and no thread sees the scopes of another.
    internal ArrayScope? Scope { get; set => field = IsShapeOnly ? null : value; }

    internal Accelerator Accelerator => _accelerator!;

    internal AcceleratorStream Stream => Accelerator.DefaultStream;

    internal Context Context => _context!;

    /// <summary>Opens an accelerator.</summary>
    /// <param name="kind">Its kind.</param>
    /// <param name="index">Its number among those of its kind that can be used, from 0, as <see cref="DeviceReport.Index"/> has it.</param>
    /// <param name="threads">Threads of the CPU device, by default all processors.</param>
    /// <exception cref="DeviceNotFoundException">There is no such accelerator, or it does not start; the message says why.</exception>
    public static Device Open(DeviceKind kind, int index = 0, int? threads = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        if (kind == DeviceKind.ShapeOnly)
            return ShapeOnly;
        if (kind == DeviceKind.Cpu)
            return index == 0 ? OpenCpu(threads ?? Environment.ProcessorCount) : throw new DeviceNotFoundException(kind, index, new ArgumentOutOfRangeException(nameof(index)));
        Context? context = null;
        try
        {
            context = CreateContext(builder => kind == DeviceKind.Cuda ? builder.Cuda() : builder.OpenCL(OpenCLSupport.Admit));
            if (kind == DeviceKind.OpenCL)
            {
                CLAccelerator openCL = context.CreateCLAccelerator(index);
                return new Device(kind, context, openCL, openCL.MemorySize, null);
            }
            CudaAccelerator cuda = context.CreateCudaAccelerator(index);
            return new Device(kind, context, cuda, cuda.GetFreeMemory(), null);
        }
        catch (Exception exception)
        {
            context?.Dispose();
            throw new DeviceNotFoundException(kind, index, exception);
        }
    }

    /// <summary>A new array in uninitialised memory.</summary>
    /// <exception cref="DeviceMemoryException">It does not fit.</exception>
    public DeviceArray Allocate(Shape shape, DType type = DType.Float32) => new(this, shape, type, Rent(shape, type));

    /// <summary>New arrays of zeros, one behind the other in the same memory: what is done to all of them can be done in one launch. The memory returns with the last of them.</summary>
    /// <exception cref="DeviceMemoryException">They do not fit.</exception>
    public IReadOnlyList<DeviceArray> AllocateTogether(IReadOnlyList<Shape> shapes, DType type = DType.Float32)
    {
        ArgumentNullException.ThrowIfNull(shapes);
        long[] bytes = [.. shapes.Select(shape => MemoryPool.Aligned((long)shape.Count * type.Bytes()))];
        MemoryPool.Block? block = shapes.Count > 0 ? _pool?.Rent(bytes.Sum()) : null;
        block?.View.MemSetToZero(Stream);
        long start = 0;
        return [.. shapes.Select((shape, index) => new DeviceArray(this, shape, type, block, (start += bytes[index]) - bytes[index]))];
    }

    /// <summary>A new array with these values.</summary>
    /// <exception cref="ShapeException">The number of values is not that of the shape.</exception>
    /// <exception cref="DeviceMemoryException">It does not fit.</exception>
    public DeviceArray Upload(Shape shape, ReadOnlySpan<float> values, DType type = DType.Float32)
    {
        DeviceArray.CheckCount(shape, values.Length);
        DeviceArray array = Allocate(shape, type);
        array.CopyFrom(values);
        return array;
    }

    /// <summary>A new array with these values.</summary>
    /// <exception cref="ShapeException">The number of values is not that of the shape.</exception>
    /// <exception cref="DeviceMemoryException">It does not fit.</exception>
    public DeviceArray Upload(Shape shape, ReadOnlySpan<double> values, DType type = DType.Float64)
    {
        DeviceArray.CheckCount(shape, values.Length);
        DeviceArray array = Allocate(shape, type);
        array.CopyFrom(values);
        return array;
    }

    /// <summary>Opens a scope that owns all arrays made until it is disposed of.</summary>
    public ArrayScope OpenScope() => new(this);

    /// <summary>Starts a new measurement of <see cref="PeakBytes"/>.</summary>
    public void ResetPeak() => _pool?.ResetPeak();

    /// <summary>Gives memory that no array uses back to the driver: for a program that goes on with arrays of other sizes.</summary>
    public void Trim() => _pool?.Trim();

    /// <summary>Waits until all launched work is done.</summary>
    /// <exception cref="DeviceFailedException">Some of it failed.</exception>
    public void Synchronize()
    {
        if (IsHost)
            return;
        Synchronisations++;
        try
        {
            _accelerator?.Synchronize();
            _uploads?.Clear();
        }
        catch (AcceleratorException exception)
        {
            throw new DeviceFailedException(Name, exception);
        }
    }

    /// <summary>Ends the worker threads and releases all memory.</summary>
    public void Dispose()
    {
        _workers?.Dispose();
        _uploads?.Dispose();
        _pool?.Dispose();
        _groupSimulator?.Dispose();
        _accelerator?.Dispose();
        _context?.Dispose();
    }

    /// <summary>
    /// Runs a kernel: its host body on worker threads where memory is host memory, or its portable body in a loop if it has none; on a GPU its group body where it has
    /// one that pays, else its portable body. A body that needs scratch gets it with its launch, so that one that is not run costs no memory.
    /// </summary>
    internal void Launch<K>(in K kernel) where K : struct, IKernel
    {
        if (kernel.Count == 0)
            return;
        if (GroupBodies != GroupBodies.Never && kernel is IGroupKernel body && (GroupBodies == GroupBodies.Always || body.SuitsGroups))
        {
            body.LaunchGroups(this);
            return;
        }
        if (IsHost && !SimulatesThreads && UseHostBodies && HostBody<K>.Run is { } run)
        {
            run(this, _workers!, kernel);
            return;
        }
        LaunchThreads(kernel);
    }

    /// <summary>Runs the portable body of a kernel, one thread for each index.</summary>
    internal void LaunchThreads<K>(in K kernel) where K : struct, IKernel
    {
        if (IsHost && !SimulatesThreads)
        {
            for (int index = 0; index < kernel.Count; index++)
                kernel.Run(index);
            return;
        }
        if (Interceptor?.Invoke(new KernelLaunch(typeof(EntryPoint<K>), kernel, kernel.Count, 0)) ?? false)
            return;
        int groupSize = Math.Min(GroupEntryPoint.Threads, _accelerator!.MaxNumThreadsPerGroup);
        var launch = Build<Action<AcceleratorStream, Index1D, K>>(_accelerator, typeof(K), EntryPointDescription.FromImplicitlyGroupedKernel(((Action<Index1D, K>)EntryPoint<K>.Run).Method),
            groupSize, compiled => _accelerator.LoadImplicitlyGroupedKernel(compiled, groupSize));
        try
        {
            launch(Stream, kernel.Count, kernel);
        }
        catch (AcceleratorException exception)
        {
            throw new DeviceFailedException(Name, exception);
        }
        if (IsHost)
            _accelerator.Synchronize();
    }

    /// <summary>Runs one stage of a group body.</summary>
    internal void LaunchStage<S>(in S stage) where S : struct, IGroupStage
    {
        if (stage.Groups == 0 || (Interceptor?.Invoke(new KernelLaunch(typeof(GroupEntryPoint<S>), stage, stage.Groups, GroupEntryPoint.Threads)) ?? false))
            return;
        // The accelerator of host bodies has two threads, and no group of more.
        Accelerator accelerator = IsHost ? _groupSimulator ??= Context.CreateCPUAccelerator(1) : _accelerator!;
        var launch = Build<Action<AcceleratorStream, KernelConfig, S>>(accelerator, typeof(S), EntryPointDescription.FromExplicitlyGroupedKernel(((Action<S>)GroupEntryPoint<S>.Run).Method),
            GroupEntryPoint.Threads, accelerator.LoadKernel);
        try
        {
            launch(accelerator.DefaultStream, (stage.Groups, GroupEntryPoint.Threads), stage);
        }
        catch (AcceleratorException exception)
        {
            throw new DeviceFailedException(Name, exception);
        }
        if (IsHost)
            accelerator.Synchronize();
    }

    // ILGPU goes on from what it made of a method for kernels before, which depends on their order: it made other code of every third of ours, in some with variables in
    // memory instead of registers, and after one that it refuses it could build no more. So each kernel is built as the first.
    private D Build<D>(Accelerator accelerator, Type kernel, EntryPointDescription entry, int groupSize, Func<CompiledKernel, Kernel> load) where D : Delegate =>
        (D)_kernels.GetOrAdd(kernel, _ => KernelBuildException.Explain(kernel.Name, Name, () =>
        {
            Context.ClearCache(ClearCacheMode.Everything);
            CompiledKernel compiled = accelerator.GetBackend().Compile(entry, new KernelSpecialization(groupSize, null));
            KernelSource.Renumber(compiled);
            return load(compiled).CreateLauncherDelegate<D>();
        }));

    internal MemoryPool.Block? Rent(Shape shape, DType type)
    {
        MemoryPool.Block? block = _pool?.Rent((long)shape.Count * type.Bytes());
        if (FillsNewArraysWithNaN)
            block?.Buffer.MemSet(Stream, byte.MaxValue);
        return block;
    }

    /// <summary>Copies values to a GPU without waiting for it, unless more are on their way than <see cref="UploadBuffer"/> holds.</summary>
    internal void Send(ReadOnlySpan<byte> values, ArrayView<byte> target)
    {
        try
        {
            for (int done = 0; done < values.Length;)
            {
                int sent = _uploads!.Send(values[done..], target.SubView(done));
                if (sent == 0)
                    Synchronize();
                done += sent;
            }
        }
        catch (AcceleratorException exception)
        {
            throw new DeviceFailedException(Name, exception);
        }
    }

    internal void Return(MemoryPool.Block block) => _pool!.Return(block);

    // Only at this level does ILGPU say that the memory of a view is global: else GPUs find out at each load, and PoCL, which cannot, refuses the kernels. The processor's own code does
    // not depend on it; tests compile for CUDA in its context.
    private static Context CreateContext(Func<Context.Builder, Context.Builder> devices) => Context.Create(builder => devices(builder.Optimize(OptimizationLevel.O2)).EnableAlgorithms());

    private static Device OpenCpu(int threads)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1);
        // Two threads per simulated warp are ILGPU's minimum; host bodies do the real work, so the simulator stays small. Another one, which tests alone start, has groups.
        Context context = CreateContext(builder => builder.CPU(new CPUDevice(2, 1, 1)).CPU(new CPUDevice(32, 8, 1)));
        long available = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        return new Device(DeviceKind.Cpu, context, context.CreateCPUAccelerator(0), (long)(available * HostMemoryShare), new Workers(threads));
    }
}

/// <summary>An accelerator that was asked for is absent or does not start.</summary>
public sealed class DeviceNotFoundException : Exception
{
    internal DeviceNotFoundException(DeviceKind kind, int index, Exception inner) : base($"no {kind} device: {Reason(kind, index, inner)}", inner) { }

    private static string Reason(DeviceKind kind, int index, Exception inner) => inner switch
    {
        DllNotFoundException => $"the {(kind == DeviceKind.Cuda ? "NVIDIA driver" : "OpenCL loader")} is not installed",
        ArgumentOutOfRangeException or NotSupportedException when index > 0 => $"none has the number {index} (they count from 0)",
        ArgumentOutOfRangeException or NotSupportedException => $"no {kind} accelerator was found",
        _ => inner.Message.ReplaceLineEndings(" "),
    };
}
