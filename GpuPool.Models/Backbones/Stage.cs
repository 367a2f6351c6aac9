namespace GpuPool.Models.Backbones;

/// <summary>A part of a backbone whose output others may ask for: a classifier for the last one, a detector for several.</summary>
/// <param name="Name">Its name in the released code, for example <c>layer2</c>.</param>
/// <param name="Stride">Pixels of the image for one of its map, along each axis.</param>
/// <param name="Channels">Channels of its map.</param>
public sealed record Stage(string Name, int Stride, int Channels);
