namespace GpuPool.Tests.Kernels.Ptx;

/// <summary>Instructions at their edges, against the PTX manual. Numbers are the bits of the operands and of the result.</summary>
public sealed class PtxThreadTests
{
    private const ulong NaN32 = 0x7FC00000, One32 = 0x3F800000, NaN64 = 0x7FF8000000000000, One64 = 0x3FF0000000000000;

    [TestCase("add.s32", 0x7FFFFFFFul, 1ul, 0x80000000ul)]
    [TestCase("sub.s32", 0ul, 1ul, 0xFFFFFFFFul)]
    [TestCase("mul.lo.s32", 0xFFFFFFFFul, 3ul, 0xFFFFFFFDul)]
    [TestCase("mul.wide.u32", 0xFFFFFFFFul, 4ul, 0x3FFFFFFFCul, Description = "no sign is extended")]
    [TestCase("div.s32", 0xFFFFFFF9ul, 2ul, 0xFFFFFFFDul, Description = "-7 / 2 is -3")]
    [TestCase("rem.s32", 0xFFFFFFF9ul, 2ul, 0xFFFFFFFFul, Description = "the sign is that of the dividend")]
    [TestCase("shl.b32", 1ul, 32ul, 0ul)]
    [TestCase("shl.b64", 1ul, 64ul, 0ul)]
    [TestCase("shr.s32", 0xFFFFFFF9ul, 1ul, 0xFFFFFFFCul, Description = "-7 is -4 where C# divides it to -3")]
    [TestCase("shr.s32", 0xFFFFFFF8ul, 40ul, 0xFFFFFFFFul)]
    [TestCase("shr.u32", 0xFFFFFFF8ul, 32ul, 0ul)]
    [TestCase("shr.u64", 0x8000000000000000ul, 63ul, 1ul)]
    [TestCase("min.s32", 0xFFFFFFFFul, 1ul, 0xFFFFFFFFul)]
    [TestCase("max.s32", 0xFFFFFFFFul, 1ul, 1ul)]
    [TestCase("setp.lt.s32", 0xFFFFFFFFul, 1ul, 1ul)]
    [TestCase("setp.lo.u32", 0xFFFFFFFFul, 1ul, 0ul)]
    [TestCase("setp.lt.f32", NaN32, One32, 0ul)]
    [TestCase("setp.gtu.f32", NaN32, One32, 1ul)]
    [TestCase("setp.gtu.f32", One32, One32, 0ul)]
    [TestCase("setp.neu.f32", NaN32, NaN32, 1ul)]
    [TestCase("setp.eq.f32", 0x80000000ul, 0ul, 1ul)]
    [TestCase("setp.ltu.f64", One64, NaN64, 1ul)]
    [TestCase("setp.gtu.f64", One64, One64, 0ul)]
    [TestCase("testp.notanumber.f32", NaN32, 0ul, 1ul)]
    [TestCase("testp.notanumber.f64", One64, 0ul, 0ul)]
    [TestCase("cvt.rzi.s32.f32", NaN32, 0ul, 0ul)]
    [TestCase("cvt.rzi.s32.f32", 0xBFF33333ul, 0ul, 0xFFFFFFFFul, Description = "-1.9 is -1")]
    [TestCase("cvt.rzi.s32.f32", 0x7F800000ul, 0ul, 0x7FFFFFFFul, Description = "infinity is the largest")]
    [TestCase("cvt.rzi.s32.f64", NaN64, 0ul, 0x80000000ul)]
    [TestCase("cvt.rn.f32.s32", 16777217ul, 0ul, 0x4B800000ul, Description = "to even")]
    [TestCase("cvt.rn.f64.u32", 0xFFFFFFFFul, 0ul, 0x41EFFFFFFFE00000ul)]
    [TestCase("rcp.rn.f32", 0x80000000ul, 0ul, 0xFF800000ul)]
    [TestCase("sqrt.rn.f64", One64, 0ul, One64)]
    public unsafe void An_instruction_gives_what_the_manual_says(string name, ulong a, ulong b, ulong result)
    {
        string text = $$"""
            .visible .entry Kernel_Run(
            	.param .b64 _a,
            	.param .b64 _b,
            	.param .b64 _y
            )
            {
            	ld.param.b64	%rd1, [_a];
            	ld.param.b64	%rd2, [_b];
            	ld.param.b64	%rd3, [_y];
            	{{name}}	%rd4, %rd1, %rd2;
            	st.b64	[%rd3], %rd4;
            	ret;
            }
            """;
        ulong y = 0;
        ulong* parameters = stackalloc ulong[] { a, b, (ulong)&y };
        var program = new PtxProgram(text);
        fixed (PtxInstruction* code = program.Instructions)
            new PtxGroup(program, threads: 1, groups: 1, backwards: false).Run(code, 0, (byte*)parameters);
        Assert.That(y, Is.EqualTo(result));
    }
}
