namespace GpuPool.Experiments;

/// <summary>What a command talks to.</summary>
/// <param name="Output">Results only: with <c>--json</c> nothing but JSON goes there.</param>
/// <param name="Error">Progress, messages and failures.</param>
/// <param name="Interrupt">Set when the user wants the program to end; long work checks it once a step.</param>
internal sealed record Session(TextWriter Output, TextWriter Error, CancellationToken Interrupt)
{
    /// <summary>Tells the user that an interrupt was heard; where several ranks work one of them does, and none does any more once the work is over.</summary>
    public CancellationTokenRegistration Notice { get; init; }
}
