using Spectre.Console;

namespace GpuPool.Experiments;

/// <summary>Consoles over the program's writers.</summary>
internal static class Terminal
{
    private const int PlainWidth = 160;

    /// <summary>A console that colours on a terminal and writes plain lines of a fixed width elsewhere.</summary>
    public static IAnsiConsole Over(TextWriter writer)
    {
        bool interactive = IsTerminal(writer);
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(writer),
            Ansi = interactive ? AnsiSupport.Detect : AnsiSupport.No,
            ColorSystem = interactive ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
            Interactive = interactive ? InteractionSupport.Detect : InteractionSupport.No,
        });
        if (!interactive)
            console.Profile.Width = PlainWidth;
        return console;
    }

    /// <summary>Whether a writer is the console and the console is a terminal.</summary>
    public static bool IsTerminal(TextWriter writer) =>
        ReferenceEquals(writer, Console.Out) && !Console.IsOutputRedirected || ReferenceEquals(writer, Console.Error) && !Console.IsErrorRedirected;
}
