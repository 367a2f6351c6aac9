namespace GpuPool.Tests.Kernels.Ptx;

/// <summary>What each instruction does, as the PTX manual defines it, on the registers of one thread and the memory of the host.</summary>
internal static unsafe class PtxThread
{
    /// <summary>Runs a thread from an instruction to the next barrier, and returns the instruction behind it, or to its end, and returns -1.</summary>
    public static int Run(PtxInstruction* code, int next, ulong* registers, byte* parameters)
    {
        while (true)
        {
            PtxInstruction* instruction = code + next++;
            ulong* d = registers + instruction->D, a = registers + instruction->A, b = registers + instruction->B, c = registers + instruction->C;
            int offset = instruction->Offset;
            switch (instruction->Code)
            {
                case PtxCode.bra:
                    if (*a == (ulong)instruction->B)
                        next = instruction->D;
                    break;
                case PtxCode.ret:
                    if (*a == (ulong)instruction->B)
                        return -1;
                    break;
                case PtxCode.bar_sync: return next;

                // On the host an address of global memory is one of all memory.
                case PtxCode.cvta_to_u64: *d = *a; break;
                case PtxCode.mov_pred or PtxCode.mov_b32 or PtxCode.mov_b64 or PtxCode.mov_f32 or PtxCode.mov_f64: *d = *a; break;
                case PtxCode.ld_param_b32 or PtxCode.ld_param_f32: *d = *(uint*)(parameters + offset); break;
                case PtxCode.ld_param_b64 or PtxCode.ld_param_f64: *d = *(ulong*)(parameters + offset); break;
                case PtxCode.ld_b32 or PtxCode.ld_f32: *d = *(uint*)(*a + (ulong)offset); break;
                case PtxCode.ld_b64 or PtxCode.ld_f64: *d = *(ulong*)(*a + (ulong)offset); break;
                // The address stands first, in place of a result.
                case PtxCode.st_b32 or PtxCode.st_f32: *(uint*)(*d + (ulong)offset) = *(uint*)a; break;
                case PtxCode.st_b64 or PtxCode.st_f64: *(ulong*)(*d + (ulong)offset) = *a; break;

                case PtxCode.add_s32 or PtxCode.add_u32: *(int*)d = *(int*)a + *(int*)b; break;
                case PtxCode.add_s64 or PtxCode.add_u64: *d = *a + *b; break;
                case PtxCode.add_f32: *(float*)d = *(float*)a + *(float*)b; break;
                case PtxCode.add_f64: *(double*)d = *(double*)a + *(double*)b; break;
                case PtxCode.sub_s32 or PtxCode.sub_u32: *(int*)d = *(int*)a - *(int*)b; break;
                case PtxCode.sub_s64: *d = *a - *b; break;
                case PtxCode.sub_f32: *(float*)d = *(float*)a - *(float*)b; break;
                case PtxCode.sub_f64: *(double*)d = *(double*)a - *(double*)b; break;
                case PtxCode.mul_lo_s32 or PtxCode.mul_lo_u32: *(int*)d = *(int*)a * *(int*)b; break;
                case PtxCode.mul_lo_s64: *d = *a * *b; break;
                case PtxCode.mul_wide_u32: *d = (ulong)*(uint*)a * *(uint*)b; break;
                case PtxCode.mul_f32: *(float*)d = *(float*)a * *(float*)b; break;
                case PtxCode.mul_f64: *(double*)d = *(double*)a * *(double*)b; break;
                case PtxCode.mad_lo_s32: *(int*)d = *(int*)a * *(int*)b + *(int*)c; break;
                case PtxCode.fma_rn_f32: *(float*)d = MathF.FusedMultiplyAdd(*(float*)a, *(float*)b, *(float*)c); break;
                case PtxCode.fma_rn_f64: *(double*)d = Math.FusedMultiplyAdd(*(double*)a, *(double*)b, *(double*)c); break;
                case PtxCode.fused_product_minus_f32: *(float*)d = MathF.FusedMultiplyAdd(*(float*)a, *(float*)b, -*(float*)c); break;
                case PtxCode.fused_product_minus_f64: *(double*)d = Math.FusedMultiplyAdd(*(double*)a, *(double*)b, -*(double*)c); break;
                case PtxCode.fused_minus_product_f32: *(float*)d = MathF.FusedMultiplyAdd(-*(float*)a, *(float*)b, *(float*)c); break;
                case PtxCode.fused_minus_product_f64: *(double*)d = Math.FusedMultiplyAdd(-*(double*)a, *(double*)b, *(double*)c); break;
                case PtxCode.div_s32: *(int*)d = *(int*)a / *(int*)b; break;
                case PtxCode.div_u32: *(uint*)d = *(uint*)a / *(uint*)b; break;
                case PtxCode.div_rn_f32: *(float*)d = *(float*)a / *(float*)b; break;
                case PtxCode.div_rn_f64: *(double*)d = *(double*)a / *(double*)b; break;
                case PtxCode.rem_s32: *(int*)d = *(int*)a % *(int*)b; break;
                case PtxCode.rem_u32: *(uint*)d = *(uint*)a % *(uint*)b; break;
                case PtxCode.rcp_rn_f32: *(float*)d = 1 / *(float*)a; break;
                case PtxCode.rcp_rn_f64: *(double*)d = 1 / *(double*)a; break;
                case PtxCode.sqrt_rn_f32: *(float*)d = MathF.Sqrt(*(float*)a); break;
                case PtxCode.sqrt_rn_f64: *(double*)d = Math.Sqrt(*(double*)a); break;
                case PtxCode.neg_s32: *(int*)d = -*(int*)a; break;
                case PtxCode.neg_f32: *(float*)d = -*(float*)a; break;
                case PtxCode.neg_f64: *(double*)d = -*(double*)a; break;
                case PtxCode.min_s32: *(int*)d = Math.Min(*(int*)a, *(int*)b); break;
                case PtxCode.min_u32: *(uint*)d = Math.Min(*(uint*)a, *(uint*)b); break;
                case PtxCode.max_s32: *(int*)d = Math.Max(*(int*)a, *(int*)b); break;
                case PtxCode.max_u32: *(uint*)d = Math.Max(*(uint*)a, *(uint*)b); break;

                case PtxCode.and_b32 or PtxCode.and_b64 or PtxCode.and_pred: *d = *a & *b; break;
                case PtxCode.or_b32 or PtxCode.or_b64 or PtxCode.or_pred: *d = *a | *b; break;
                case PtxCode.xor_b32 or PtxCode.xor_b64 or PtxCode.xor_pred: *d = *a ^ *b; break;
                case PtxCode.not_b32: *(uint*)d = ~*(uint*)a; break;
                case PtxCode.not_pred: *d = *a ^ 1; break;
                // Shifts by more than the width are by the width.
                case PtxCode.shl_b32: *(uint*)d = *(uint*)b > 31 ? 0 : *(uint*)a << *(int*)b; break;
                case PtxCode.shl_b64: *d = *(uint*)b > 63 ? 0 : *a << *(int*)b; break;
                case PtxCode.shr_s32: *(int*)d = *(int*)a >> (int)Math.Min(*(uint*)b, 31); break;
                case PtxCode.shr_u32: *(uint*)d = *(uint*)b > 31 ? 0 : *(uint*)a >> *(int*)b; break;
                case PtxCode.shr_u64: *d = *(uint*)b > 63 ? 0 : *a >> *(int*)b; break;

                case PtxCode.selp_b32 or PtxCode.selp_b64: *d = *c != 0 ? *a : *b; break;
                case PtxCode.setp_eq_s32: *d = *(int*)a == *(int*)b ? 1u : 0; break;
                case PtxCode.setp_eq_s64: *d = *(long*)a == *(long*)b ? 1u : 0; break;
                case PtxCode.setp_eq_f32: *d = *(float*)a == *(float*)b ? 1u : 0; break;
                case PtxCode.setp_eq_f64: *d = *(double*)a == *(double*)b ? 1u : 0; break;
                case PtxCode.setp_ne_s32: *d = *(int*)a != *(int*)b ? 1u : 0; break;
                case PtxCode.setp_ne_s64: *d = *(long*)a != *(long*)b ? 1u : 0; break;
                case PtxCode.setp_lt_s32: *d = *(int*)a < *(int*)b ? 1u : 0; break;
                case PtxCode.setp_lt_s64: *d = *(long*)a < *(long*)b ? 1u : 0; break;
                case PtxCode.setp_lt_f32: *d = *(float*)a < *(float*)b ? 1u : 0; break;
                case PtxCode.setp_lt_f64: *d = *(double*)a < *(double*)b ? 1u : 0; break;
                case PtxCode.setp_le_s32: *d = *(int*)a <= *(int*)b ? 1u : 0; break;
                case PtxCode.setp_le_s64: *d = *(long*)a <= *(long*)b ? 1u : 0; break;
                case PtxCode.setp_le_f32: *d = *(float*)a <= *(float*)b ? 1u : 0; break;
                case PtxCode.setp_le_f64: *d = *(double*)a <= *(double*)b ? 1u : 0; break;
                case PtxCode.setp_gt_s32: *d = *(int*)a > *(int*)b ? 1u : 0; break;
                case PtxCode.setp_gt_s64: *d = *(long*)a > *(long*)b ? 1u : 0; break;
                case PtxCode.setp_gt_f32: *d = *(float*)a > *(float*)b ? 1u : 0; break;
                case PtxCode.setp_gt_f64: *d = *(double*)a > *(double*)b ? 1u : 0; break;
                case PtxCode.setp_ge_s32: *d = *(int*)a >= *(int*)b ? 1u : 0; break;
                case PtxCode.setp_ge_s64: *d = *(long*)a >= *(long*)b ? 1u : 0; break;
                case PtxCode.setp_ge_f32: *d = *(float*)a >= *(float*)b ? 1u : 0; break;
                case PtxCode.setp_ge_f64: *d = *(double*)a >= *(double*)b ? 1u : 0; break;
                case PtxCode.setp_eq_u32: *d = *(uint*)a == *(uint*)b ? 1u : 0; break;
                case PtxCode.setp_eq_u64: *d = *(ulong*)a == *(ulong*)b ? 1u : 0; break;
                case PtxCode.setp_ne_u32: *d = *(uint*)a != *(uint*)b ? 1u : 0; break;
                case PtxCode.setp_ne_u64: *d = *(ulong*)a != *(ulong*)b ? 1u : 0; break;
                case PtxCode.setp_lo_u32: *d = *(uint*)a < *(uint*)b ? 1u : 0; break;
                case PtxCode.setp_lo_u64: *d = *(ulong*)a < *(ulong*)b ? 1u : 0; break;
                case PtxCode.setp_ls_u32: *d = *(uint*)a <= *(uint*)b ? 1u : 0; break;
                case PtxCode.setp_ls_u64: *d = *(ulong*)a <= *(ulong*)b ? 1u : 0; break;
                case PtxCode.setp_hi_u32: *d = *(uint*)a > *(uint*)b ? 1u : 0; break;
                case PtxCode.setp_hi_u64: *d = *(ulong*)a > *(ulong*)b ? 1u : 0; break;
                case PtxCode.setp_hs_u32: *d = *(uint*)a >= *(uint*)b ? 1u : 0; break;
                case PtxCode.setp_hs_u64: *d = *(ulong*)a >= *(ulong*)b ? 1u : 0; break;
                // The last letter u: true also where an operand is NaN.
                case PtxCode.setp_neu_f32: *d = *(float*)a == *(float*)b ? 0 : 1u; break;
                case PtxCode.setp_neu_f64: *d = *(double*)a == *(double*)b ? 0 : 1u; break;
                case PtxCode.setp_ltu_f32: *d = *(float*)a >= *(float*)b ? 0 : 1u; break;
                case PtxCode.setp_ltu_f64: *d = *(double*)a >= *(double*)b ? 0 : 1u; break;
                case PtxCode.setp_leu_f32: *d = *(float*)a > *(float*)b ? 0 : 1u; break;
                case PtxCode.setp_leu_f64: *d = *(double*)a > *(double*)b ? 0 : 1u; break;
                case PtxCode.setp_gtu_f32: *d = *(float*)a <= *(float*)b ? 0 : 1u; break;
                case PtxCode.setp_gtu_f64: *d = *(double*)a <= *(double*)b ? 0 : 1u; break;
                case PtxCode.setp_geu_f32: *d = *(float*)a < *(float*)b ? 0 : 1u; break;
                case PtxCode.setp_geu_f64: *d = *(double*)a < *(double*)b ? 0 : 1u; break;
                case PtxCode.testp_notanumber_f32: *d = float.IsNaN(*(float*)a) ? 1u : 0; break;
                case PtxCode.testp_notanumber_f64: *d = double.IsNaN(*(double*)a) ? 1u : 0; break;

                case PtxCode.cvt_s32_s64 or PtxCode.cvt_u32_u64: *d = *(uint*)a; break;
                case PtxCode.cvt_s64_s32: *(long*)d = *(int*)a; break;
                case PtxCode.cvt_u64_u32: *d = *(uint*)a; break;
                case PtxCode.cvt_rn_f32_s32: *(float*)d = *(int*)a; break;
                case PtxCode.cvt_rn_f32_u32: *(float*)d = *(uint*)a; break;
                case PtxCode.cvt_f64_f32: *(double*)d = *(float*)a; break;
                case PtxCode.cvt_rn_f32_f64: *(float*)d = (float)*(double*)a; break;
                case PtxCode.cvt_rn_f64_s32: *(double*)d = *(int*)a; break;
                case PtxCode.cvt_rn_f64_u32: *(double*)d = *(uint*)a; break;
                case PtxCode.cvt_rn_f64_s64: *(double*)d = *(long*)a; break;
                // Towards zero, beyond the range the nearest integer; NaN is 0 from float32 and the least integer from float64.
                case PtxCode.cvt_rzi_s32_f32: *(int*)d = (int)*(float*)a; break;
                case PtxCode.cvt_rzi_s32_f64: *(int*)d = double.IsNaN(*(double*)a) ? int.MinValue : (int)*(double*)a; break;
                default: throw new NotSupportedException($"PTX instruction {instruction->Code}");
            }
        }
    }
}
