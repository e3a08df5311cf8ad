using System.Runtime.InteropServices;

namespace Vicinal.Cli.Demo;

/// <summary>Ctrl-C and SIGTERM clean up before the process ends; a second one does not interrupt the cleaning.</summary>
internal sealed class Interruption : IDisposable
{
    private readonly List<PosixSignalRegistration> _registrations = [];
    private int _started;

    public Interruption(Action cleanUp)
    {
        foreach (PosixSignal signal in (ReadOnlySpan<PosixSignal>)[PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP])
        {
            _registrations.Add(PosixSignalRegistration.Create(signal, context =>
            {
                context.Cancel = true;
                if (Interlocked.Exchange(ref _started, 1) == 0)
                {
                    cleanUp();
                    Environment.Exit(130);
                }
            }));
        }
    }

    public void Dispose() => _registrations.ForEach(registration => registration.Dispose());
}
