namespace GpuPool.Tests.Kernels.Ptx;

/// <summary>An instruction whose operands are numbers of registers; constants have registers of their own.</summary>
/// <param name="Code">What it does.</param>
/// <param name="D">Where the result goes; of a branch the number of the instruction that it leads to.</param>
/// <param name="A">First operand; of a branch and of a return the predicate.</param>
/// <param name="B">Second operand; of a branch and of a return the value of the predicate with which it is taken.</param>
/// <param name="C">Third operand.</param>
/// <param name="Offset">Bytes behind an address, or from the start of the parameters.</param>
internal readonly record struct PtxInstruction(PtxCode Code, int D, int A, int B, int C, int Offset)
{
    public bool Writes => Code is not (PtxCode.bra or PtxCode.ret or PtxCode.bar_sync or PtxCode.st_b32 or PtxCode.st_b64 or PtxCode.st_f32 or PtxCode.st_f64);
}
