namespace GpuPool.Experiments.Data;

/// <summary>Pictures that show one of some classes each.</summary>
public interface IDataset : IPictures
{
    /// <summary>Smallest part of the area that a training crop may show without losing what the label depends on. Default 0.08, as for ImageNet.</summary>
    double MinimumCropScale => 0.08;

    /// <summary>Class of a picture, in [0, <see cref="IPictures.Classes"/>); costs nothing.</summary>
    int Label(int index);
}
