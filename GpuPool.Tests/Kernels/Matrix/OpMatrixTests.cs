using GpuPool.Kernels;

namespace GpuPool.Tests.Kernels.Matrix;

/// <summary>
/// Every op in every body and element type, over shapes that nobody chose, against its equation in plain C#: each element of the output and of the gradients
/// within the rounding errors of the terms that it is made of.
/// </summary>
public sealed class OpMatrixTests
{
    // Drivers build kernels and start threads: a few shapes by default.
    private const int GpuShare = 12;

    private static OpRow[] Rows => OpMatrix.Rows;

    [TestCaseSource(nameof(Rows))]
    public void Random_shapes_equal_the_equation(OpRow row) => Check(row, row.Samples, Body.All);

    [TestCaseSource(nameof(Rows))]
    public void Random_shapes_equal_the_equation_on_a_gpu(OpRow row) => Check(row, row.Samples / GpuShare, Body.Gpu);

    [TestCaseSource(nameof(Rows)), Category("Nightly")]
    public void Thousands_of_random_shapes_equal_the_equation(OpRow row) => Check(row, row.NightlySamples, Body.All);

    [TestCaseSource(nameof(Rows)), Category("Nightly")]
    public void All_random_shapes_equal_the_equation_on_a_gpu(OpRow row) => Check(row, row.Samples, Body.Gpu);

    [TestCaseSource(nameof(Rows))]
    public void Every_subset_of_wanted_gradients_is_what_comes(OpRow row)
    {
        OpCase call = OpCase.Draw(row, 1, DType.Float32);
        foreach (Body body in (Body[])[.. Body.All, Body.Simulated])
            body.Run(device => call.Check(device, body.Name, Enumerable.Range(0, 1 << call.InputCount)));
    }

    [Test]
    public void Every_op_is_in_the_matrix() => Assert.That(Rows.Select(row => row.Type).Distinct(), Is.EquivalentTo(
        typeof(Op).Assembly.GetTypes().Where(type => type.IsSubclassOf(typeof(Op)) && !type.IsAbstract)));

    private static void Check(OpRow row, int samples, Body[] bodies)
    {
        for (int number = 0; number < samples; number++)
        {
            foreach (DType type in new[] { DType.Float32, DType.Float64 })
            {
                OpCase call = OpCase.Draw(row, number, type);
                foreach (Body body in bodies)
                    body.Run(device => call.Check(device, body.Name, [number % (1 << call.InputCount)]));
            }
        }
    }
}
