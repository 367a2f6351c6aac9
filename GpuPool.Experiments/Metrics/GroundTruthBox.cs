namespace GpuPool.Experiments.Metrics;

/// <summary>How an object counts.</summary>
public enum GroundTruthKind
{
    /// <summary>It should be found, once.</summary>
    Object,

    /// <summary>Many of a kind, as COCO marks them: nobody has to find it, and what lies in it is neither right nor wrong.</summary>
    Crowd,

    /// <summary>An object that is hard to make out, as Pascal VOC marks them: nobody has to find it, and who does is neither right nor wrong.</summary>
    Difficult,

    /// <summary>It should be found, and who finds it counts as wrong: how pycocotools takes an annotation with the number 0.</summary>
    NeverFound,
}

/// <summary>An object that a picture shows.</summary>
/// <param name="Image">Its picture, from 0.</param>
/// <param name="Category">What it is, from 0.</param>
/// <param name="Box">Where it is.</param>
/// <param name="Area">Its size in pixels, by which COCO calls it small, medium or large: that of its outline where this is known.</param>
/// <param name="Kind">How it counts.</param>
public readonly record struct GroundTruthBox(int Image, int Category, Rectangle Box, double Area, GroundTruthKind Kind = GroundTruthKind.Object);
