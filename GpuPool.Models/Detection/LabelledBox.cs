namespace GpuPool.Models.Detection;

/// <summary>An object that a picture shows.</summary>
/// <param name="Box">Where, in pixels of the network's input.</param>
/// <param name="Label">Its class, from 0; the background has no label.</param>
public readonly record struct LabelledBox(Box Box, int Label);
