using System.Diagnostics;
using Vicinal.Devices.Namespaces;

namespace Vicinal.Bench.Processes;

/// <summary>Programs inside a namespace.</summary>
internal static class NamespaceCommand
{
    /// <summary>Milliseconds.</summary>
    private const int Patience = 12_000;

    /// <summary>What the program wrote, whatever its exit code.</summary>
    public static string Run(string networkNamespace, string program, params string[] arguments)
    {
        using Process process = Start(networkNamespace, program, arguments);
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        if (!process.WaitForExit(Patience))
        {
            // A run that is stuck has no result, and must not hold up the others.
            process.Kill();
            process.WaitForExit();
        }

        return output.GetAwaiter().GetResult();
    }

    public static Process Start(string networkNamespace, string program, params string[] arguments)
    {
        ProcessStartInfo start = NetworkNamespace.Open(networkNamespace).StartInfo(program, arguments);
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        return Process.Start(start) ?? throw new InvalidOperationException($"{program} did not start");
    }
}
