namespace GpuPool.Models.Detection;

/// <summary>Where a picture lies within a padded batch: at the upper left, with what it was resized by.</summary>
/// <param name="Width">Columns of the resized picture, padding not counted.</param>
/// <param name="Height">Rows of the resized picture, padding not counted.</param>
/// <param name="ScaleX">Columns of the resized picture for one of the original.</param>
/// <param name="ScaleY">Rows of the resized picture for one of the original.</param>
public readonly record struct PictureFrame(int Width, int Height, float ScaleX = 1, float ScaleY = 1);
