using System.Diagnostics;

namespace GpuPool.Kernels;

/// <summary>A portable kernel cannot be built for a device; the message has the log of the driver's compiler.</summary>
public sealed class KernelBuildException : Exception
{
    private KernelBuildException(string kernel, string device, string log, Exception inner)
        : base($"kernel {kernel} cannot be built for {device}: {(log.Length > 0 ? log : inner.GetBaseException().Message.ReplaceLineEndings(" "))}", inner) { }

    /// <summary>Builds a kernel. ILGPU hands the log of a failed build to the trace listeners and to nobody else, so one listens meanwhile, to its own thread.</summary>
    internal static T Explain<T>(string kernel, string device, Func<T> build)
    {
        using var log = new StringWriter();
        using var listener = new ThreadListener(log);
        Trace.Listeners.Add(listener);
        try
        {
            return build();
        }
        catch (Exception exception)
        {
            throw new KernelBuildException(kernel, device, string.Join(" ", log.ToString().Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)), exception);
        }
        finally
        {
            Trace.Listeners.Remove(listener);
        }
    }

    // The listeners are those of the process, in which other threads may build for other devices.
    private sealed class ThreadListener(TextWriter log) : TraceListener
    {
        private readonly int _thread = Environment.CurrentManagedThreadId;

        public override void Write(string? message)
        {
            if (Environment.CurrentManagedThreadId == _thread)
                log.Write(message);
        }

        public override void WriteLine(string? message) => Write(message + Environment.NewLine);
    }
}
