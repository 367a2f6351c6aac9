using GpuPool.Experiments.Parity;
using GpuPool.Kernels;
using GpuPool.Kernels.Ops;
using GpuPool.Models;
using GpuPool.Models.Pooling;

namespace GpuPool.Tests.Experiments;

public sealed class NearestCellsTests
{
    [Test]
    public void PyTorch_misses_cells_in_193_of_the_pairs_up_to_128()
    {
        (int From, int To)[] missed = [.. from a in Enumerable.Range(1, 128) from b in Enumerable.Range(1, 128) where NearestCells.AreMissed(a, b) select (a, b)];
        Assert.That(missed, Has.Length.EqualTo(193));
        Assert.That(missed, Does.Contain((2, 82)).And.Contain((14, 46)));
    }

    [Test]
    [Category("Nightly")]
    public void PyTorch_itself_misses_them() => Python.Run($$"""
        import torch
        def missed(a, b):
            cells = torch.nn.functional.interpolate(torch.arange(float(a)).view(1, 1, 1, a), size=(1, b), mode='nearest').flatten()
            return cells.tolist() != [i * a // b for i in range(b)]
        ours = {{{string.Join(',', from a in Enumerable.Range(1, 64) from b in Enumerable.Range(1, 128) where NearestCells.AreMissed(a, b) select $"({a},{b})")}}}
        assert ours == {(a, b) for a in range(1, 65) for b in range(1, 129) if missed(a, b)}
        """);

    [TestCase(74, "PyTorch's nearest up-sampling misses cells from 24 to 74, where ours is exact")]
    [TestCase(72, null)]
    public void A_pool_that_up_samples_so_is_noted(int rows, string? note)
    {
        using Module pool = SelfAttentiveLogit.Pool(4, new Window(2, 2), new SelfAttentiveOptions(Patch: 3, Upsampling: Interpolation.Nearest));
        Assert.That(NearestCells.Note(pool, new Shape(1, rows, 12, 4)), Is.EqualTo(note));
    }
}
