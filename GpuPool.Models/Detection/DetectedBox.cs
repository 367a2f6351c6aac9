namespace GpuPool.Models.Detection;

/// <summary>An object that a detector found.</summary>
/// <param name="Box">Where, in pixels of the original picture.</param>
/// <param name="Label">Its class, from 0.</param>
/// <param name="Score">How sure the detector is, in (0, 1].</param>
public readonly record struct DetectedBox(Box Box, int Label, float Score);
