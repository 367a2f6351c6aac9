using GpuPool.Kernels.Host;

namespace GpuPool.Kernels.Ops;

// Assumes what Views.Pointer promises: host memory.
internal partial struct WinogradForward<T>
{
    private readonly WinogradPlan Plan => WinogradPlan.Forward(Direct.G);

    public readonly int ScratchCount => Plan.ScratchCount;

    public readonly int Stages => Plan.Stages;

    public readonly int StageTiles(int stage) => Plan.StageTiles<T>(stage);

    public readonly unsafe void RunTile(int stage, int tile, T* scratch) =>
        Plan.RunTile(stage, tile, scratch, Direct.X.Pointer(), Direct.Weight.Pointer(), Direct.Bias.Pointer(), Direct.Y.Pointer());
}

internal partial struct WinogradBackwardInput<T>
{
    private readonly WinogradPlan Plan => WinogradPlan.BackwardInput(Direct.G);

    public readonly int ScratchCount => Plan.ScratchCount;

    public readonly int Stages => Plan.Stages;

    public readonly int StageTiles(int stage) => Plan.StageTiles<T>(stage);

    public readonly unsafe void RunTile(int stage, int tile, T* scratch) =>
        Plan.RunTile(stage, tile, scratch, Direct.OutputGradient.Pointer(), Direct.Weight.Pointer(), null, Direct.Gradient.Pointer());
}
