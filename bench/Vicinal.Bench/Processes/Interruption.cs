using System.Runtime.InteropServices;

namespace Vicinal.Bench.Processes;

/// <summary>
/// Ctrl-C and SIGTERM undo what the benches made on the machine, newest first, and then end the program. What was undone in the ordinary way
/// before is undone in vain.
/// </summary>
internal static class Interruption
{
    private static readonly Stack<Action> s_undo = new();
    private static readonly PosixSignalRegistration[] s_signals =
    [
        PosixSignalRegistration.Create(PosixSignal.SIGINT, End),
        PosixSignalRegistration.Create(PosixSignal.SIGTERM, End),
    ];

    private static volatile bool s_underWay;

    /// <summary>What a bench meets from now on is its things being taken away.</summary>
    public static bool IsUnderWay => s_underWay;

    /// <summary>Say it before the thing is made.</summary>
    public static void Undo(Action action)
    {
        lock (s_undo)
        {
            s_undo.Push(action);
        }

        GC.KeepAlive(s_signals);
    }

    private static void End(PosixSignalContext context)
    {
        s_underWay = true;
        lock (s_undo)
        {
            while (s_undo.TryPop(out Action? action))
            {
                Attempt(action);
            }
        }

        Environment.Exit(130);
    }

    /// <summary>More than once, since the bench fails meanwhile and cleans up the same things.</summary>
    private static void Attempt(Action action)
    {
        for (int tries = 1; tries <= 3; tries++)
        {
            try
            {
                action();
                return;
            }
            catch (Exception e)
            {
                if (tries == 3)
                {
                    Console.Error.WriteLine(e.Message);
                }
            }
        }
    }
}
