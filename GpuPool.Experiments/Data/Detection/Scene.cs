using GpuPool.Models.Detection;

namespace GpuPool.Experiments.Data.Detection;

/// <summary>What is shown of a picture, before it is resized: a window, which may reach over the edges, and the objects in it.</summary>
/// <param name="Left">Column of the picture at the window's left edge; below 0 where there is ground beside the picture.</param>
/// <param name="Top">Row of the picture at the window's upper edge.</param>
/// <param name="Width">Columns of the window.</param>
/// <param name="Height">Rows of the window.</param>
/// <param name="Objects">What it shows, in pixels of the window.</param>
internal sealed record Scene(int Left, int Top, int Width, int Height, IReadOnlyList<LabelledBox> Objects)
{
    /// <summary>All of a picture, with the objects that a detector learns.</summary>
    public static Scene Of(AnnotatedPicture picture) => new(
        0, 0, picture.Width, picture.Height,
        [.. picture.Objects.Where(item => item.IsLearnt).Select(item => new LabelledBox(item.Box, item.Label))]);
}
