namespace GpuPool.Models.PyTorch;

/// <summary>A file is not what <c>torch.save</c> writes, or has something in it that is not read. The message is one line: path, place, fault.</summary>
public sealed class PyTorchException : Exception
{
    // Names come out of the file: a line break in one would end the message.
    internal PyTorchException(string path, string fault, Exception? inner = null) : base($"'{path}': {string.Concat(fault.Select(letter => char.IsControl(letter) ? '?' : letter))}", inner) { }
}
