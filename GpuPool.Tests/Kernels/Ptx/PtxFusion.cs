namespace GpuPool.Tests.Kernels.Ptx;

/// <summary>
/// What the driver's assembler may do to a product without a rounding modifier: compute it together with a sum of which it is a term, rounded once. Here every
/// sum of a product within the same block of instructions; where both terms are products, the latter is fused.
/// </summary>
internal static class PtxFusion
{
    public static PtxInstruction[] Fuse(PtxProgram program)
    {
        PtxInstruction[] code = [.. program.Instructions];
        HashSet<int> targets = [.. program.Targets];
        // The products of this block whose factors still stand in their registers, by the register of the product.
        var products = new Dictionary<int, PtxInstruction>();
        for (int index = 0; index < code.Length; index++)
        {
            if (targets.Contains(index))
                products.Clear();
            PtxInstruction original = code[index];
            code[index] = Fuse(original, products);
            if (!original.Writes)
                continue;
            foreach (int product in products.Where(entry => entry.Key == original.D || entry.Value.A == original.D || entry.Value.B == original.D).Select(entry => entry.Key).ToArray())
                products.Remove(product);
            if (original.Code is PtxCode.mul_f32 or PtxCode.mul_f64 && original.D != original.A && original.D != original.B)
                products[original.D] = original;
        }
        return code;
    }

    private static PtxInstruction Fuse(PtxInstruction sum, Dictionary<int, PtxInstruction> products)
    {
        (PtxCode First, PtxCode Second)? fused = sum.Code switch
        {
            PtxCode.add_f32 => (PtxCode.fma_rn_f32, PtxCode.fma_rn_f32),
            PtxCode.add_f64 => (PtxCode.fma_rn_f64, PtxCode.fma_rn_f64),
            PtxCode.sub_f32 => (PtxCode.fused_product_minus_f32, PtxCode.fused_minus_product_f32),
            PtxCode.sub_f64 => (PtxCode.fused_product_minus_f64, PtxCode.fused_minus_product_f64),
            _ => null,
        };
        if (fused is not { } codes)
            return sum;
        if (products.TryGetValue(sum.B, out PtxInstruction second))
            return sum with { Code = codes.Second, A = second.A, B = second.B, C = sum.A };
        return products.TryGetValue(sum.A, out PtxInstruction first) ? sum with { Code = codes.First, A = first.A, B = first.B, C = sum.B } : sum;
    }
}
