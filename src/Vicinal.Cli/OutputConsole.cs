using Spectre.Console;

namespace Vicinal.Cli;

/// <summary>The terminal; or, for a file or a pipe, a console without colours whose lines are not broken.</summary>
internal static class OutputConsole
{
    public static IAnsiConsole Open()
    {
        if (!Console.IsOutputRedirected)
        {
            return AnsiConsole.Console;
        }

        // A file has neither colours nor a width; what belongs together is to stay on its line.
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.No, ColorSystem = ColorSystemSupport.NoColors });
        console.Profile.Width = 200;
        return console;
    }
}
