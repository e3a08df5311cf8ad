using System.Diagnostics;
using System.Text;

namespace Vicinal.Scenarios.Tests;

/// <summary>What a program said, and how it ended.</summary>
public sealed record ToolResult(int ExitCode, string Output, string Errors)
{
    public override string ToString() => $"exit code {ExitCode}\n{Output}\n{Errors}";
}

/// <summary>A program of the system, run inside a member of the cloud. Disposing it ends it by its pid.</summary>
public sealed class Tool : IDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly StringBuilder _shown = new();
    private readonly Task<string> _output;
    private readonly Task<string> _errors;

    private Tool(Process process)
    {
        _process = process;
        _output = ReadAsync(process.StandardOutput);
        _errors = process.StandardError.ReadToEndAsync();
    }

    /// <summary>What it has written so far.</summary>
    public string Shown
    {
        get
        {
            lock (_shown)
            {
                return _shown.ToString();
            }
        }
    }

    public bool HasExited => _process.HasExited;

    public static Tool Start(string networkNamespace, string program, params IEnumerable<string> arguments) =>
        StartWith("", networkNamespace, program, arguments);

    /// <param name="input">All that it reads.</param>
    public static Tool StartWith(string input, string networkNamespace, string program, params IEnumerable<string> arguments)
    {
        ProcessStartInfo start = new("ip", ["netns", "exec", networkNamespace, program, .. arguments])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        Process process = Process.Start(start)!;
        process.StandardInput.Write(input);
        process.StandardInput.Close();
        return new Tool(process);
    }

    public static ToolResult Run(string networkNamespace, string program, params IEnumerable<string> arguments)
    {
        using Tool tool = Start(networkNamespace, program, arguments);
        return tool.Finish();
    }

    public ToolResult Finish()
    {
        _process.WaitForExit(s_patience).ShouldBeTrue($"{_process.StartInfo.ArgumentList[3]} takes longer than {s_patience}");
        return new ToolResult(_process.ExitCode, _output.GetAwaiter().GetResult(), _errors.GetAwaiter().GetResult());
    }

    private async Task<string> ReadAsync(StreamReader output)
    {
        char[] buffer = new char[4096];
        for (int read = await output.ReadAsync(buffer); read > 0; read = await output.ReadAsync(buffer))
        {
            lock (_shown)
            {
                _shown.Append(buffer, 0, read);
            }
        }

        return Shown;
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            _process.WaitForExit();
        }

        _process.Dispose();
    }
}
