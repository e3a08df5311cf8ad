using System.Runtime.InteropServices;

namespace Vicinal.Cli.Demo;

/// <summary>
/// Ctrl-C, SIGTERM and SIGHUP as a token: the thread that built something is told to stop and takes it down itself, so that nothing
/// is built while it is taken down. A second signal does not interrupt that.
/// </summary>
internal sealed class Interruption : IDisposable
{
    /// <summary>What a shell reports for a program that SIGINT ended.</summary>
    public const int ExitCode = 130;

    private readonly CancellationTokenSource _source = new();
    private readonly List<PosixSignalRegistration> _registrations = [];

    public Interruption()
    {
        foreach (PosixSignal signal in (ReadOnlySpan<PosixSignal>)[PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP])
        {
            _registrations.Add(PosixSignalRegistration.Create(signal, context =>
            {
                context.Cancel = true;
                _source.Cancel();
            }));
        }
    }

    public CancellationToken Token => _source.Token;

    public void Dispose()
    {
        _registrations.ForEach(registration => registration.Dispose());
        _source.Dispose();
    }
}
