using System.Runtime.InteropServices;
using GpuPool.Experiments;

// The first Ctrl-C or SIGTERM lets the current step finish and its state be saved; the second ends the process at once.
using var interrupt = new CancellationTokenSource();
void OnSignal(PosixSignalContext context)
{
    if (interrupt.IsCancellationRequested)
        Environment.Exit((int)ExitCode.Interrupted);
    context.Cancel = true;
    interrupt.Cancel();
}
using PosixSignalRegistration keyboard = PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal);
using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal);
return Cli.Run(args, Console.Out, Console.Error, interrupt.Token);
