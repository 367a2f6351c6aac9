using System.Globalization;
using System.Runtime.InteropServices;

namespace GpuPool.Experiments.Distributed;

/// <summary>The processes of an MPI job.</summary>
internal sealed class MpiRanks : Ranks
{
    // Set by the launchers of MPICH (and by srun for it) and of Open MPI (by srun for it, too).
    private const string MpichSize = "PMI_SIZE", OpenMpiSize = "OMPI_COMM_WORLD_SIZE", PmixRank = "PMIX_RANK";

    private MpiRanks()
    {
        // MPICH would add a line of its own to the one that says why.
        _ = Mpi.SetEnvironment("MPIR_CVAR_SUPPRESS_ABORT_MESSAGE", "1", 1);
        Require(Mpi.Initialise(0, 0, Mpi.ThreadsInTurn, out _));
        Require(Mpi.Rank(Mpi.World, out int rank));
        Require(Mpi.Size(Mpi.World, out int size));
        (Rank, Count) = (rank, size);
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
    public override void Abort(int code) => _ = Mpi.Abort(Mpi.World, code);

    /// <inheritdoc/>
    public override void Dispose()
    {
        Require(Mpi.Finish());
        base.Dispose();
    }

    /// <inheritdoc/>
    protected override void AllToAll(ReadOnlySpan<byte> send, Span<byte> receive) => Require(Mpi.AllToAll(
        in MemoryMarshal.GetReference(send), send.Length / Count, Mpi.Byte, ref MemoryMarshal.GetReference(receive), send.Length / Count, Mpi.Byte, Mpi.World));

    /// <inheritdoc/>
    protected override void AllGather(ReadOnlySpan<byte> send, Span<byte> receive) => Require(Mpi.AllGather(
        in MemoryMarshal.GetReference(send), send.Length, Mpi.Byte, ref MemoryMarshal.GetReference(receive), send.Length, Mpi.Byte, Mpi.World));

    /// <inheritdoc/>
    protected override void Broadcast(Span<byte> bytes) => Require(Mpi.Broadcast(ref MemoryMarshal.GetReference(bytes), bytes.Length, Mpi.Byte, 0, Mpi.World));

    // By default MPI ends the job where a call fails, and no code arrives.
    private static void Require(int code)
    {
        if (code != 0)
            throw new InvalidOperationException($"A call of MPI failed with code {code}.");
    }

    private static bool IsSet(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 };
}
