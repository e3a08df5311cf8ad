using System.Diagnostics;

namespace Vicinal.Lab.Processes;

/// <summary>A process of the lab inside a namespace, with its output in a log file. Ended by its pid, never by name.</summary>
public sealed class LabProcess : IDisposable
{
    private readonly Process _process;
    private readonly StreamWriter _log;

    private LabProcess(string name, Process process, string logPath, StreamWriter log)
    {
        Name = name;
        _process = process;
        LogPath = logPath;
        _log = log;
    }

    public string Name { get; }

    public string LogPath { get; }

    public int Id => _process.Id;

    public bool HasExited => _process.HasExited;

    public static LabProcess Start(string name, string networkNamespace, LabProgram program, IEnumerable<string> arguments, string logPath)
    {
        ProcessStartInfo start = new("ip", ["netns", "exec", networkNamespace, program.File, .. program.Prefix, .. arguments])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };

        // A lab is a dozen .NET processes on a small machine: one heap each, no spinning, and tiers that start fast.
        start.Environment["DOTNET_gcServer"] = "0";
        start.Environment["DOTNET_TieredPGO"] = "0";
        start.Environment["DOTNET_TC_QuickJitForLoops"] = "1";
        Process process = new() { StartInfo = start };
        StreamWriter log = new(logPath, append: true) { AutoFlush = true };
        object gate = new();
        void Write(object sender, DataReceivedEventArgs line)
        {
            lock (gate)
            {
                if (line.Data is not null)
                {
                    log.WriteLine(line.Data);
                }
            }
        }

        process.OutputDataReceived += Write;
        process.ErrorDataReceived += Write;
        process.Start();
        process.StandardInput.Close();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return new LabProcess(name, process, logPath, log);
    }

    /// <summary>SIGKILL: nothing of it runs on.</summary>
    public void Kill()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            _process.WaitForExit();
        }
    }

    /// <summary>SIGTERM, then SIGKILL when it does not end within the time.</summary>
    public void Stop(TimeSpan patience)
    {
        if (!_process.HasExited)
        {
            // ip netns exec replaces itself with the program, so the pid is the program's own.
            using Process? signal = Process.Start("kill", ["-TERM", _process.Id.ToString()]);
            signal?.WaitForExit();
            if (!_process.WaitForExit(patience))
            {
                Kill();
            }
        }
    }

    public string Tail(int lines = 15) => File.Exists(LogPath) ? string.Join('\n', File.ReadLines(LogPath).TakeLast(lines)) : "";

    public void Dispose()
    {
        Kill();
        _process.Dispose();
        _log.Dispose();
    }
}
