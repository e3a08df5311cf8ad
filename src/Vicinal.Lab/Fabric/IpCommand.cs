using System.Diagnostics;

namespace Vicinal.Lab.Fabric;

/// <summary>Runs ip(8). One process for a whole script, since a lab is some hundred commands.</summary>
public static class IpCommand
{
    /// <exception cref="LabException">A command failed; the message is ip's own.</exception>
    public static string Run(params string[] arguments) => Execute(arguments, input: null);

    /// <summary>Runs `ip -batch` inside a namespace.</summary>
    public static void Batch(string networkNamespace, IEnumerable<string> commands) =>
        Execute(["-n", networkNamespace, "-batch", "-"], string.Join('\n', commands) + "\n");

    /// <summary>As <see cref="Run"/>, for cleaning up: a failure is the answer false.</summary>
    public static bool TryRun(params string[] arguments)
    {
        try
        {
            Run(arguments);
            return true;
        }
        catch (LabException)
        {
            return false;
        }
    }

    private static string Execute(IEnumerable<string> arguments, string? input)
    {
        ProcessStartInfo start = new("ip", arguments)
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using Process process = Process.Start(start) ?? throw new LabException("ip(8) did not start; install iproute2");
        if (input is not null)
        {
            process.StandardInput.Write(input);
        }

        process.StandardInput.Close();
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0
            ? output
            : throw new LabException($"ip {string.Join(' ', start.ArgumentList)} failed: {errors.GetAwaiter().GetResult().Trim()}\n{input}");
    }
}
