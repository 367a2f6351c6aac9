using GpuPool.Autograd;
using GpuPool.Kernels;

namespace GpuPool.Experiments.Tasks;

/// <summary>Pictures ready for a network; what is to be said of them is known to the task that made the batch.</summary>
/// <param name="Images">Normalised colours, row major; where pictures of different sizes come together, the smaller are padded.</param>
/// <param name="Shape">(pictures, rows, columns, 3).</param>
internal abstract record Batch(float[] Images, Shape Shape)
{
    /// <summary>Number of pictures.</summary>
    public int Count => Shape[0];

    /// <summary>Its pixels on a device.</summary>
    public Tensor Upload(Device device) => Tensor.Leaf(device.Upload(Shape, Images));

    /// <summary>A batch of its first pictures.</summary>
    public abstract Batch First(int count);

    /// <summary>The colours of the first pictures.</summary>
    protected float[] FirstImages(int count) => Images[..(Shape.Count / Count * count)];
}
