using GpuPool.Experiments.Data.Coco;

namespace GpuPool.Experiments.Data.Detection;

/// <summary>An object that an annotator saw in a picture.</summary>
/// <param name="Bounds">Where, in pixels of the picture as stored; it may reach over the edges. In double precision, since evaluation counts its last bit.</param>
/// <param name="Label">Its class, from 0.</param>
/// <param name="Area">Pixels of its outline; those of the box where there is none.</param>
/// <param name="IsCrowd">Whether it stands for many of its kind. Nothing is learnt from those, and finding them is neither right nor wrong.</param>
/// <param name="IsDifficult">Whether VOC calls it so. Nothing is learnt from those, either, and VOC's evaluation leaves them out.</param>
public readonly record struct AnnotatedObject(CocoBox Bounds, int Label, double Area, bool IsCrowd = false, bool IsDifficult = false)
{
    /// <summary>Whether a detector learns it: all but crowds and, as in mmdetection, those that VOC calls difficult.</summary>
    public bool IsLearnt => !IsCrowd && !IsDifficult;

    /// <summary>The corners, rounded to single precision as mmdetection does.</summary>
    public Box Box => new((float)Bounds.X, (float)Bounds.Y, (float)(Bounds.X + Bounds.Width), (float)(Bounds.Y + Bounds.Height));
}

/// <summary>A picture with what it shows.</summary>
/// <param name="Id">Its number in the data set, different for each picture of a split.</param>
/// <param name="FileName">Its file within the folder of the pictures.</param>
/// <param name="Width">Columns.</param>
/// <param name="Height">Rows.</param>
/// <param name="Objects">The objects of the wanted classes, in the order of the annotations; there may be none.</param>
public sealed record AnnotatedPicture(long Id, string FileName, int Width, int Height, IReadOnlyList<AnnotatedObject> Objects);
