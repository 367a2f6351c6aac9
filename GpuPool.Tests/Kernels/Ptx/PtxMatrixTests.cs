using GpuPool.Kernels;
using GpuPool.Tests.Kernels.Matrix;

namespace GpuPool.Tests.Kernels.Ptx;

/// <summary>The matrix of ops on what ILGPU emits for CUDA, which differs from C# where ILGPU rewrites it and where the driver's assembler fuses products into sums.</summary>
public sealed class PtxMatrixTests
{
    private const int Samples = 2, NightlyShare = 10;

    private static OpRow[] Rows => OpMatrix.Rows;

    [TestCaseSource(nameof(Rows))]
    public void Random_shapes_equal_the_equation(OpRow row) => Check(row, Samples);

    [TestCaseSource(nameof(Rows)), Category("Nightly")]
    public void Hundreds_of_random_shapes_equal_the_equation(OpRow row) => Check(row, row.NightlySamples / NightlyShare);

    private static void Check(OpRow row, int samples)
    {
        for (int number = 0; number < samples; number++)
        {
            foreach (DType type in new[] { DType.Float32, DType.Float64 })
            {
                OpCase call = OpCase.Draw(row, number, type);
                foreach (Body body in Body.Ptx)
                    body.Run(device => call.Check(device, body.Name, [number % (1 << call.InputCount)]));
            }
        }
    }
}
