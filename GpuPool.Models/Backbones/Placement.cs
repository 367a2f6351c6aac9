namespace GpuPool.Models.Backbones;

/// <summary>Where a stage that down-samples has its pool (paper, figure 3). The two are one network where the pool is a strided convolution.</summary>
public enum Placement
{
    /// <summary>Between stages: ResNet18 after the last block of the stage, MobileNetV2 before its first block.</summary>
    Outer,

    /// <summary>After the first block of the stage.</summary>
    Inner,
}
