using GpuPool.Kernels;
using GpuPool.Tests.Kernels.Matrix;

namespace GpuPool.Tests.Kernels.Ptx;

/// <summary>The matrix of ops on what ILGPU emits for CUDA, which differs from C# where ILGPU rewrites it and where the driver's assembler fuses products into sums.</summary>
public sealed class PtxMatrixTests
{
    private const int Samples = 4;

    private static OpRow[] Rows => OpMatrix.Rows;

    private static Body[] Bodies => Body.Ptx;

    [Test]
    public void Random_shapes_equal_the_equation([ValueSource(nameof(Rows))] OpRow row, [ValueSource(nameof(Bodies))] Body body) => Check(row, body, Samples);

    [Test]
    [Category("Nightly")]
    public void Hundreds_of_random_shapes_equal_the_equation([ValueSource(nameof(Rows))] OpRow row, [ValueSource(nameof(Bodies))] Body body) => Check(row, body, row.NightlySamples / 10);

    private static void Check(OpRow row, Body body, int samples)
    {
        for (int number = 0; number < samples; number++)
        {
            foreach (DType type in new[] { DType.Float32, DType.Float64 })
            {
                OpCase call = OpCase.Draw(row, number, type);
                body.Run(device => call.Check(device, body.Name, [number % (1 << call.InputCount)]));
            }
        }
    }
}
