using GpuPool.Kernels;
using GpuPool.Models;

namespace GpuPool.Tests.Models;

public sealed class TensorLayoutTests
{
    [TestCase(TensorLayout.Plain, new[] { 2, 3 }, new[] { 2, 3 })]
    [TestCase(TensorLayout.Linear, new[] { 2, 3 }, new[] { 3, 2 })]
    [TestCase(TensorLayout.Convolution, new[] { 3, 3, 2, 5 }, new[] { 5, 2, 3, 3 })]
    [TestCase(TensorLayout.DepthwiseConvolution, new[] { 3, 3, 4 }, new[] { 4, 1, 3, 3 })]
    [TestCase(TensorLayout.Map, new[] { 2, 5, 7, 3 }, new[] { 2, 3, 5, 7 })]
    public void A_tensor_goes_to_PyTorch_and_back(TensorLayout layout, int[] ours, int[] theirs)
    {
        var shape = new Shape(ours);
        Assert.That(layout.ToPyTorch(shape), Is.EqualTo(new Shape(theirs)));
        int[] values = [.. Enumerable.Range(0, shape.Count)];
        Assert.That(layout.FromPyTorch(shape, layout.ToPyTorch(shape, values)), Is.EqualTo(values));
    }

    [Test]
    public void Elements_of_a_convolution_go_where_their_indices_say()
    {
        var shape = new Shape(2, 2, 3, 4);
        int[] theirs = TensorLayout.Convolution.ToPyTorch(shape, [.. Enumerable.Range(0, shape.Count)]);
        Assert.That(theirs[((3 * 3 + 1) * 2 + 0) * 2 + 1], Is.EqualTo(((0 * 2 + 1) * 3 + 1) * 4 + 3), "(out 3, in 1, row 0, column 1)");
    }

    [Test]
    public void Elements_of_a_map_go_where_their_indices_say()
    {
        var shape = new Shape(2, 3, 4, 5);
        int[] theirs = TensorLayout.Map.ToPyTorch(shape, [.. Enumerable.Range(0, shape.Count)]);
        Assert.That(theirs[((1 * 5 + 4) * 3 + 2) * 4 + 1], Is.EqualTo(((1 * 3 + 2) * 4 + 1) * 5 + 4), "(image 1, channel 4, row 2, column 1)");
    }
}
