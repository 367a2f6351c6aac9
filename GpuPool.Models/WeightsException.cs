namespace GpuPool.Models;

/// <summary>The tensors of a file are not those of the network. The message is one line: path, names, shapes.</summary>
public sealed class WeightsException : Exception
{
    internal WeightsException(string path, string reason) : base($"the weights '{path}' do not fit: {reason}") { }
}
