namespace GpuPool.Models;

/// <summary>A label does not name a network. The message is one line: the label, what is wrong with it, and what would be right.</summary>
public sealed class ArchitectureException : Exception
{
    /// <summary>For example <c>architecture 'resnet19-nlp-1222': unknown backbone 'resnet19'; known are resnet18, resnet18_v2, resnet18_original, mobilenet, mobilenet_v2.</c></summary>
    public ArchitectureException(string message) : base(message) { }
}
