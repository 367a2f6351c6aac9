namespace GpuPool.Models.PyTorch;

/// <summary>What is wrong with a pickle, and at which byte.</summary>
internal sealed class PickleException(int position, string fault) : Exception($"byte {position} of data.pkl: {fault}");
