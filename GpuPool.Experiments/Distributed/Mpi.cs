using System.Reflection;
using System.Runtime.InteropServices;

namespace GpuPool.Experiments.Distributed;

/// <summary>What is used of MPI's C interface, of MPICH or Open MPI.</summary>
/// <remarks>
/// MPI fixes names and not binaries: handles are numbers in MPICH and pointers to variables of the library in Open MPI. Both fit into a native integer, so the declarations are the
/// same and only the values of constants differ. Of a native integer MPICH writes the lower half alone, so one that it fills is 0 before. Source: MPI 3.1; mpi.h of MPICH 4.0 and of
/// Open MPI 4.1.
/// </remarks>
internal static class Mpi
{
    /// <summary>Calls may come from several threads, one at a time.</summary>
    public const int ThreadsInTurn = 2;

    private const string Library = "mpi";

    private static readonly string[] MpichNames = ["libmpich.so.12", "libmpi.so.12"], OpenMpiNames = ["libmpi.so.40"];

    private static nint _library;

    /// <summary>All processes of the job.</summary>
    public static nint World { get; private set; }

    /// <summary>The element of what is moved.</summary>
    public static nint Byte { get; private set; }

    /// <summary>In place of what a call would tell of a request.</summary>
    public static nint NoStatus { get; private set; }

    /// <summary>Loads the library whose launcher started this process.</summary>
    /// <returns>Whether there is one.</returns>
    public static bool Load(bool isOpenMpi)
    {
        if (!(isOpenMpi ? OpenMpiNames : MpichNames).Any(name => NativeLibrary.TryLoad(name, out _library)))
            return false;
        (World, Byte, NoStatus) = isOpenMpi
            ? (NativeLibrary.GetExport(_library, "ompi_mpi_comm_world"), NativeLibrary.GetExport(_library, "ompi_mpi_byte"), 0)
            : (0x44000000, 0x4c00010d, 1);
        NativeLibrary.SetDllImportResolver(Assembly.GetExecutingAssembly(), (name, _, _) => name == Library ? _library : 0);
        return true;
    }

    /// <summary>A variable of the environment as the library sees it: what .NET sets stays within .NET.</summary>
    [DllImport("libc", EntryPoint = "setenv", CharSet = CharSet.Ansi, BestFitMapping = false, ThrowOnUnmappableChar = true)]
    public static extern int SetEnvironment(string name, string value, int overwrite);

    [DllImport(Library, EntryPoint = "MPI_Init_thread")]
    public static extern int Initialise(nint argumentCount, nint arguments, int required, out int provided);

    [DllImport(Library, EntryPoint = "MPI_Comm_rank")]
    public static extern int Rank(nint communicator, out int rank);

    [DllImport(Library, EntryPoint = "MPI_Comm_size")]
    public static extern int Size(nint communicator, out int size);

    [DllImport(Library, EntryPoint = "MPI_Comm_dup")]
    public static extern int Duplicate(nint communicator, ref nint duplicate);

    [DllImport(Library, EntryPoint = "MPI_Ialltoall")]
    public static extern int BeginAllToAll(
        in byte send, int count, nint type, ref byte receive, int receiveCount, nint receiveType, nint communicator, ref nint request);

    [DllImport(Library, EntryPoint = "MPI_Iallgather")]
    public static extern int BeginAllGather(
        in byte send, int count, nint type, ref byte receive, int receiveCount, nint receiveType, nint communicator, ref nint request);

    [DllImport(Library, EntryPoint = "MPI_Test")]
    public static extern int Test(ref nint request, out int isComplete, nint status);

    [DllImport(Library, EntryPoint = "MPI_Wait")]
    public static extern int Wait(ref nint request, nint status);

    [DllImport(Library, EntryPoint = "MPI_Allgather")]
    public static extern int AllGather(in byte send, int count, nint type, ref byte receive, int receiveCount, nint receiveType, nint communicator);

    [DllImport(Library, EntryPoint = "MPI_Bcast")]
    public static extern int Broadcast(ref byte buffer, int count, nint type, int root, nint communicator);

    [DllImport(Library, EntryPoint = "MPI_Abort")]
    public static extern int Abort(nint communicator, int code);

    [DllImport(Library, EntryPoint = "MPI_Finalize")]
    public static extern int Finish();

    /// <summary>Holds a call to its code. By default MPI ends the job where a call fails, and no code arrives.</summary>
    public static void Require(int code)
    {
        if (code != 0)
            throw new InvalidOperationException($"A call of MPI failed with code {code}.");
    }
}
