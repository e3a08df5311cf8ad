using System.Diagnostics;

namespace Vicinal.Lab.Processes;

/// <summary>
/// A process of the lab inside a namespace, in a session of its own so that Ctrl-C reaches only us, and with its output straight
/// in a log file so that it can outlive us. Ended by its pid, never by name.
/// </summary>
public sealed class LabProcess : IDisposable
{
    private readonly Process _process;

    private LabProcess(string name, Process process, string logPath)
    {
        Name = name;
        _process = process;
        LogPath = logPath;
    }

    public string Name { get; }

    public string LogPath { get; }

    /// <summary>Each wrapper replaces itself with the next, so this is the program's own pid.</summary>
    public int Id => _process.Id;

    public bool HasExited => _process.HasExited;

    /// <summary>Once it has exited: 128 and the number of the signal that ended it, if one did.</summary>
    public int ExitCode => _process.ExitCode;

    public static LabProcess Start(string name, string networkNamespace, LabProgram program, IEnumerable<string> arguments, string logPath)
    {
        ProcessStartInfo start = new("ip",
            ["netns", "exec", networkNamespace, "setsid", "sh", "-c", "log=$1; shift; exec \"$@\" >>\"$log\" 2>&1 </dev/null", "sh", logPath, program.File, .. program.Prefix, .. arguments])
        {
            UseShellExecute = false,
        };

        // A lab is a dozen .NET processes on a small machine: one heap each, and tiers that start fast.
        start.Environment["DOTNET_gcServer"] = "0";
        start.Environment["DOTNET_TieredPGO"] = "0";

        // The runtime's debug pipes would stay in the temporary folder when a process is killed.
        start.Environment["DOTNET_EnableDiagnostics"] = "0";
        return new LabProcess(name, Process.Start(start) ?? throw new LabException($"{name} did not start"), logPath);
    }

    /// <summary>SIGKILL: nothing of it runs on.</summary>
    public void Kill()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            _process.WaitForExit();
        }
    }

    /// <summary>Sends a signal by its name, such as TERM or STOP.</summary>
    public void Signal(string name)
    {
        using Process? kill = Process.Start("kill", [$"-{name}", _process.Id.ToString()]);
        kill?.WaitForExit();
    }

    /// <summary>After a signal that it obeys.</summary>
    /// <exception cref="LabException">It runs on.</exception>
    public void WaitForExit(int timeoutMilliseconds = 10_000)
    {
        if (!_process.WaitForExit(timeoutMilliseconds))
        {
            throw new LabException($"{Name} still runs after {timeoutMilliseconds} ms");
        }
    }

    public string Tail(int lines = 15) => File.Exists(LogPath) ? string.Join('\n', File.ReadLines(LogPath).TakeLast(lines)) : "";

    public void Dispose()
    {
        Kill();
        _process.Dispose();
    }
}
