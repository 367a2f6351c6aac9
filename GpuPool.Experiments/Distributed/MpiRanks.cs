using System.Globalization;
using System.Runtime.InteropServices;

namespace GpuPool.Experiments.Distributed;

/// <summary>The processes of an MPI job.</summary>
internal sealed class MpiRanks : Ranks
{
    // Set by the launchers of MPICH (and by srun for it) and of Open MPI (by srun for it, too).
    private const string MpichSize = "PMI_SIZE", OpenMpiSize = "OMPI_COMM_WORLD_SIZE", PmixRank = "PMIX_RANK";

    // What goes on while the program does other things is apart from what it waits for, and the two halves of a sum from one another: only within a communicator must all ranks begin
    // everything in one order, and how far a sum is when a batch norm asks for its statistics, or another sum begins, differs between ranks.
    private readonly nint _parts, _sums;

    private MpiRanks()
    {
        // MPICH would add a line of its own to the one that says why.
        _ = Mpi.SetEnvironment("MPIR_CVAR_SUPPRESS_ABORT_MESSAGE", "1", 1);
        Mpi.Require(Mpi.Initialise(0, 0, Mpi.ThreadsInTurn, out _));
        Mpi.Require(Mpi.Rank(Mpi.World, out int rank));
        Mpi.Require(Mpi.Size(Mpi.World, out int size));
        (Rank, Count) = (rank, size);
        Mpi.Require(Mpi.Duplicate(Mpi.World, ref _parts));
        Mpi.Require(Mpi.Duplicate(Mpi.World, ref _sums));
    }

    /// <inheritdoc/>
    public override int Rank { get; }

    /// <inheritdoc/>
    public override int Count { get; }

    /// <summary>The processes that were started together with this one; this one alone where it was not started by <c>mpirun</c> or <c>srun</c>.</summary>
    /// <exception cref="GpuPoolException">It was, and there is no library of that launcher (3).</exception>
    public static Ranks Join()
    {
        bool isOpenMpi = IsSet(OpenMpiSize) || IsSet(PmixRank);
        if (!isOpenMpi && !(int.TryParse(Environment.GetEnvironmentVariable(MpichSize), NumberStyles.None, CultureInfo.InvariantCulture, out int size) && size > 1))
            return Alone;
        if (!Mpi.Load(isOpenMpi))
        {
            throw new GpuPoolException(
                ExitCode.Configuration, $"the program was started by {(isOpenMpi ? "Open MPI" : "MPICH")}, and its library is not there",
                $"Install {(isOpenMpi ? "libopenmpi3" : "libmpich12")} and see that it is found, by LD_LIBRARY_PATH for example.");
        }
        return new MpiRanks();
    }

    /// <inheritdoc/>
    public override IExchange BeginAllToAll(ReadOnlyMemory<float> send, Memory<float> receive)
    {
        var exchange = new MpiExchange(send, receive);
        int bytes = exchange.Send.Length / Count;
        Mpi.Require(Mpi.BeginAllToAll(
            in MemoryMarshal.GetReference(exchange.Send), bytes, Mpi.Byte, ref MemoryMarshal.GetReference(exchange.Receive), bytes, Mpi.Byte, _parts, ref exchange.Request));
        return exchange;
    }

    /// <inheritdoc/>
    public override IExchange BeginAllGather(ReadOnlyMemory<float> send, Memory<float> receive)
    {
        var exchange = new MpiExchange(send, receive);
        int bytes = exchange.Send.Length;
        Mpi.Require(Mpi.BeginAllGather(
            in MemoryMarshal.GetReference(exchange.Send), bytes, Mpi.Byte, ref MemoryMarshal.GetReference(exchange.Receive), bytes, Mpi.Byte, _sums, ref exchange.Request));
        return exchange;
    }

    /// <inheritdoc/>
    public override void Abort(int code) => _ = Mpi.Abort(Mpi.World, code);

    /// <inheritdoc/>
    public override void Dispose()
    {
        Mpi.Require(Mpi.Finish());
        base.Dispose();
    }

    /// <inheritdoc/>
    protected override void AllGather(ReadOnlySpan<byte> send, Span<byte> receive) => Mpi.Require(Mpi.AllGather(
        in MemoryMarshal.GetReference(send), send.Length, Mpi.Byte, ref MemoryMarshal.GetReference(receive), send.Length, Mpi.Byte, Mpi.World));

    /// <inheritdoc/>
    protected override void Broadcast(Span<byte> bytes) => Mpi.Require(Mpi.Broadcast(ref MemoryMarshal.GetReference(bytes), bytes.Length, Mpi.Byte, 0, Mpi.World));

    private static bool IsSet(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 };
}
