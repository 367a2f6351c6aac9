namespace GpuPool.Experiments.Distributed;

/// <summary>An exchange between ranks that goes on while this one does other things. What it sends and receives is its own until it is complete.</summary>
internal interface IExchange
{
    /// <summary>Lets exchanges go on, and says whether this one is complete.</summary>
    bool IsComplete();

    /// <summary>Waits until it is complete.</summary>
    void Wait();
}
