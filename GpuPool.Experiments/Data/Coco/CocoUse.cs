namespace GpuPool.Experiments.Data.Coco;

/// <summary>What an annotation file is read for, and so what it must have.</summary>
internal enum CocoUse
{
    /// <summary>To open its pictures: each has a file and a size, and numbers are different.</summary>
    Pictures,

    /// <summary>To measure detections: pictures have a number only, and those of annotations are different and not 0, which pycocotools takes amiss.</summary>
    Evaluation,

    /// <summary>As before, with any numbers, of which is made what pycocotools makes of them.</summary>
    EvaluationAsPycocotools,
}
