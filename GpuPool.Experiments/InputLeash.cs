namespace GpuPool.Experiments;

/// <summary>Binds this process to its standard input: at its end the work is interrupted, as by Ctrl-C.</summary>
internal static class InputLeash
{
    /// <summary>A session that is interrupted at the end of standard input, too.</summary>
    public static Session Bind(Session session)
    {
        var interrupt = CancellationTokenSource.CreateLinkedTokenSource(session.Interrupt);
        var reader = new Thread(() =>
        {
            while (Console.In.Read() >= 0)
                continue;
            interrupt.Cancel();
        })
        { IsBackground = true };
        reader.Start();
        return session with { Interrupt = interrupt.Token };
    }
}
