using System.Buffers;
using System.Runtime.InteropServices;

namespace GpuPool.Experiments.Distributed;

/// <summary>A call of MPI that returns before it is complete. Its memory stays where it is until then, and for good where the job ends before: other ranks may still read it.</summary>
internal sealed class MpiExchange(ReadOnlyMemory<float> send, Memory<float> receive) : IExchange
{
    private MemoryHandle _send = send.Pin(), _receive = receive.Pin();
    private nint _request;
    private bool _isComplete;

    /// <summary>What is sent.</summary>
    public ReadOnlySpan<byte> Send => MemoryMarshal.AsBytes(send.Span);

    /// <summary>Where it is received.</summary>
    public Span<byte> Receive => MemoryMarshal.AsBytes(receive.Span);

    /// <summary>MPI's handle of the call.</summary>
    public ref nint Request => ref _request;

    /// <inheritdoc/>
    public bool IsComplete()
    {
        if (!_isComplete)
        {
            Mpi.Require(Mpi.Test(ref _request, out int isComplete, Mpi.NoStatus));
            if (isComplete != 0)
                Complete();
        }
        return _isComplete;
    }

    /// <inheritdoc/>
    public void Wait()
    {
        if (_isComplete)
            return;
        Mpi.Require(Mpi.Wait(ref _request, Mpi.NoStatus));
        Complete();
    }

    private void Complete()
    {
        _isComplete = true;
        _send.Dispose();
        _receive.Dispose();
    }
}
