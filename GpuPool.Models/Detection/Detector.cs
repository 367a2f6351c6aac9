using GpuPool.Autograd;
using GpuPool.Kernels;
using GpuPool.Models.Backbones;
using GpuPool.Models.Export;

namespace GpuPool.Models.Detection;

/// <summary>A network that says which objects a picture shows, and where: a backbone, what stands behind its maps, and how that is read and trained.</summary>
public abstract class Detector : Module
{
    /// <summary>Where the maps come from.</summary>
    public abstract Backbone Backbone { get; }

    /// <summary>Number of classes, the background not counted.</summary>
    public abstract int Classes { get; }

    /// <summary>
    /// The raw maps that losses and detections are read from, before there is any matching or choice of boxes: what the trace of a detector sees, and so what its cost is.
    /// </summary>
    /// <param name="images">Normalised pictures (N, H, W, 3).</param>
    public IReadOnlyList<Tensor> Maps(Tensor images)
    {
        ArgumentNullException.ThrowIfNull(images);
        return Call(images.Device, () => ForwardMaps(images));
    }

    /// <summary>All that detections are read from: the maps, and others that regions are cut out of.</summary>
    /// <param name="images">Normalised pictures (N, H, W, 3).</param>
    public IReadOnlyList<Tensor> Features(Tensor images) => Call(images, ForwardFeatures);

    /// <summary>The losses of a batch. Matching, samples and proposals are constants for the gradient.</summary>
    /// <param name="images">Normalised pictures (N, H, W, 3), the smaller padded.</param>
    /// <param name="frames">Where each picture lies in them.</param>
    /// <param name="objects">What each picture shows; it may be nothing.</param>
    public abstract DetectorLoss Loss(Tensor images, IReadOnlyList<PictureFrame> frames, IReadOnlyList<IReadOnlyList<LabelledBox>> objects);

    /// <summary>What is found in each picture, the highest score first.</summary>
    /// <inheritdoc cref="Loss" path="/param"/>
    public IReadOnlyList<IReadOnlyList<DetectedBox>> Detect(Tensor images, IReadOnlyList<PictureFrame> frames)
    {
        ArgumentNullException.ThrowIfNull(images);
        using IDisposable off = GradientMode.Off();
        using ArrayScope scope = images.Device.OpenScope();
        return Detect(Features(images), frames);
    }

    /// <summary>Writes what <see cref="Maps"/> gives as ONNX: <c>input</c> (N, 3, H, W), and each map, its channels before its rows, as <c>output.0</c>, <c>output.1</c> and so on. Boxes are read from them as <see cref="Detect(Tensor, IReadOnlyList{PictureFrame})"/> does.</summary>
    /// <inheritdoc cref="OnnxExport.Write" path="/param[@name != 'forward' and @name != 'module']"/>
    /// <inheritdoc cref="OnnxExport.Write" path="/exception"/>
    public virtual void ExportOnnx(string path, int height, int width, OnnxOptions? options = null) => OnnxExport.Write(this, path, height, width, Maps, options);

    /// <summary>Computes what <see cref="Maps"/> gives.</summary>
    protected abstract IReadOnlyList<Tensor> ForwardMaps(Tensor images);

    /// <summary>Computes what <see cref="Features"/> gives; the maps by default.</summary>
    protected virtual IReadOnlyList<Tensor> ForwardFeatures(Tensor images) => ForwardMaps(images);

    /// <summary>Reads what <see cref="Features"/> gives.</summary>
    protected abstract IReadOnlyList<IReadOnlyList<DetectedBox>> Detect(IReadOnlyList<Tensor> features, IReadOnlyList<PictureFrame> frames);

    /// <summary>The last of the maps, so that a detector can be traced as any module.</summary>
    protected sealed override Tensor Forward(Tensor x) => ForwardMaps(x)[^1];
}
