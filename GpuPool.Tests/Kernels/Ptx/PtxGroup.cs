namespace GpuPool.Tests.Kernels.Ptx;

/// <summary>A group of threads with their registers and the memory that they share.</summary>
internal sealed unsafe class PtxGroup
{
    private readonly int[] _next;
    private readonly ulong[] _registers, _shared;
    private readonly int _registerCount;
    private readonly bool _backwards;

    /// <param name="program">The kernel.</param>
    /// <param name="threads">Threads of the group.</param>
    /// <param name="groups">Groups of the grid.</param>
    /// <param name="backwards">Whether the last thread is the first to run: without races it makes no difference.</param>
    public PtxGroup(PtxProgram program, int threads, int groups, bool backwards)
    {
        (_next, _registerCount, _backwards) = (new int[threads], program.RegisterCount, backwards);
        _registers = GC.AllocateArray<ulong>(threads * _registerCount, pinned: true);
        _shared = GC.AllocateArray<ulong>((program.SharedBytes + sizeof(ulong) - 1) / sizeof(ulong), pinned: true);
        for (int thread = 0; thread < threads; thread++)
        {
            Span<ulong> registers = _registers.AsSpan(thread * _registerCount, _registerCount);
            registers[PtxProgram.ThreadPlace] = (ulong)thread;
            registers[PtxProgram.GroupExtent..].Slice(0, 3).Fill(1);
            registers[PtxProgram.GroupExtent] = (ulong)threads;
            registers[PtxProgram.GridExtent..].Slice(0, 3).Fill(1);
            registers[PtxProgram.GridExtent] = (ulong)groups;
            foreach ((int register, ulong value) in program.Constants)
                registers[register] = value;
            foreach ((int register, int place) in program.SharedVariables)
                registers[register] = (ulong)((byte*)Address(_shared) + place);
        }
    }

    /// <summary>Runs the group of a number: its threads one after the other to the next barrier, until all have ended. Their shared memory holds NaN at first.</summary>
    public void Run(PtxInstruction* code, int group, byte* parameters)
    {
        Array.Fill(_shared, ulong.MaxValue);
        Array.Clear(_next);
        int waiting;
        do
        {
            waiting = 0;
            for (int turn = 0; turn < _next.Length; turn++)
            {
                int thread = _backwards ? _next.Length - 1 - turn : turn;
                ulong* registers = Address(_registers) + thread * _registerCount;
                registers[PtxProgram.GroupPlace] = (ulong)group;
                _next[thread] = PtxThread.Run(code, _next[thread], registers, parameters);
                waiting += _next[thread] >= 0 ? 1 : 0;
            }
            if (waiting > 0 && waiting < _next.Length)
                throw new InvalidOperationException($"{waiting} of {_next.Length} threads wait at a barrier, and the others have ended.");
        }
        while (waiting > 0);
    }

    private static ulong* Address(ulong[] pinned) => (ulong*)System.Runtime.InteropServices.Marshal.UnsafeAddrOfPinnedArrayElement(pinned, 0);
}
