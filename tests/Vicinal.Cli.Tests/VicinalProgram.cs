using System.Diagnostics;

namespace Vicinal.Cli.Tests;

/// <summary>What the program said, and how it ended.</summary>
internal sealed record ProgramResult(int ExitCode, string Output, string Errors)
{
    public override string ToString() => $"exit code {ExitCode}\n{Output}\n{Errors}";
}

/// <summary>The program as a user runs it: a process of its own.</summary>
internal sealed class VicinalProgram : IDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(2);

    private readonly Process _process;
    private readonly Task<string> _output;
    private readonly Task<string> _errors;

    private VicinalProgram(ProcessStartInfo start)
    {
        start.UseShellExecute = false;
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        start.Environment["DOTNET_EnableDiagnostics"] = "0";
        _process = Process.Start(start)!;
        _output = _process.StandardOutput.ReadToEndAsync();
        _errors = _process.StandardError.ReadToEndAsync();
    }

    public static string Assembly => Path.Combine(AppContext.BaseDirectory, "vicinal.dll");

    public bool HasExited => _process.HasExited;

    public int Id => _process.Id;

    public static VicinalProgram Start(params IEnumerable<string> arguments) => new(new ProcessStartInfo("dotnet", [Assembly, .. arguments]));

    /// <summary>As a user without privileges, whose home and temporary folder is the one given.</summary>
    public static VicinalProgram StartAsNobody(string folder, params IEnumerable<string> arguments)
    {
        ProcessStartInfo start = new("setpriv", ["--reuid=65534", "--regid=65534", "--clear-groups", "dotnet", Assembly, .. arguments]);
        start.Environment["HOME"] = folder;
        start.Environment["TMPDIR"] = folder;
        start.Environment["DOTNET_CLI_HOME"] = folder;
        return new VicinalProgram(start);
    }

    public static ProgramResult Run(params IEnumerable<string> arguments)
    {
        using VicinalProgram program = Start(arguments);
        return program.Finish();
    }

    /// <summary>Inside a network namespace.</summary>
    public static ProgramResult RunIn(string networkNamespace, params IEnumerable<string> arguments)
    {
        using VicinalProgram program = new(new ProcessStartInfo("ip", ["netns", "exec", networkNamespace, "dotnet", Assembly, .. arguments]));
        return program.Finish();
    }

    /// <summary>To this process alone, not to the group as a terminal would.</summary>
    public void Interrupt()
    {
        using Process kill = Process.Start("kill", ["-INT", $"{_process.Id}"]);
        kill.WaitForExit();
    }

    public ProgramResult Finish()
    {
        _process.WaitForExit(s_patience).ShouldBeTrue($"it runs longer than {s_patience}");
        return new ProgramResult(_process.ExitCode, _output.GetAwaiter().GetResult(), _errors.GetAwaiter().GetResult());
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            _process.WaitForExit();
        }

        _process.Dispose();
    }
}
