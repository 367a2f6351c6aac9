using GpuPool.Autograd;
using GpuPool.Kernels;
using GpuPool.Kernels.Ops;

namespace GpuPool.Tests.Kernels.Ops;

public sealed class TransposeTests
{
    private static readonly Shape Map = new(2, 5, 3, 17);

    private static IEnumerable<int[]> Axes => [[0, 1], [1, 2], [0, 3], [2, -1], [3, 1], [2, 2]];

    [TestCaseSource(nameof(Axes))]
    public void Host_body_equals_portable_body(int first, int second) => OpCheck.HostEqualsPortable(() => new Transpose(first, second), Input(Map));

    [TestCaseSource(nameof(Axes))]
    public void Output_equals_a_plain_loop(int first, int second)
    {
        double[] x = Input(Map).Values, y = OpCheck.Forward(new Transpose(first, second), Input(Map));
        Shape target = new Transpose(first, second).Infer([Map]);
        for (int i = 0; i < x.Length; i++)
        {
            int[] place = [i / 255, i / 51 % 5, i / 17 % 3, i % 17];
            (place[(first + 4) % 4], place[(second + 4) % 4]) = (place[(second + 4) % 4], place[(first + 4) % 4]);
            Assert.That(y[((place[0] * target[1] + place[1]) * target[2] + place[2]) * target[3] + place[3]], Is.EqualTo(x[i]));
        }
    }

    [TestCaseSource(nameof(Axes))]
    public void Gradient_equals_differences(int first, int second) =>
        OpCheck.Gradients(() => new Transpose(first, second), new GradientCheck(Absolute: 1e-8, Relative: 1e-6), Input(new Shape(2, 3, 2, 3)));

    [Test]
    public void A_matrix_of_no_rows_becomes_one_of_no_columns() =>
        Assert.That(OpCheck.Forward(new Transpose(0, 1), (new Shape(0, 3), [])), Is.Empty);

    [Test]
    public void An_absent_axis_is_refused() =>
        Assert.That(() => new Transpose(0, 2).Infer([new Shape(2, 3)]), Throws.TypeOf<ShapeException>().With.Message.EqualTo("Transpose: x must be a shape with an axis 2, but is (2, 3)."));

    private static (Shape Shape, double[] Values) Input(Shape shape) => (shape, Draw.Normal(shape.Count, 1));
}
