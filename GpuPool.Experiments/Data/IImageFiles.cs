namespace GpuPool.Experiments.Data;

/// <summary>Pictures of which each is an image file, wherever it lies.</summary>
internal interface IImageFiles : IDataset
{
    /// <summary>The content of the file of a picture, not decoded.</summary>
    /// <exception cref="GpuPoolException">It is missing, or not where it should be; the message names it.</exception>
    byte[] File(int index);
}
