using System.Diagnostics;
using Vicinal.Devices.Namespaces;

namespace Vicinal.Ebpf.Tests.Support;

public static class Tool
{
    /// <summary>Runs a program inside a namespace and returns its output; fails the test when it fails.</summary>
    public static string Run(NetworkNamespace ns, string program, params string[] arguments) => Finish(ns.StartInfo(program, arguments));

    public static string Run(string program, params string[] arguments) => Finish(new ProcessStartInfo(program, arguments));

    private static string Finish(ProcessStartInfo info)
    {
        info.RedirectStandardOutput = true;
        info.RedirectStandardError = true;
        using Process process = Process.Start(info)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        process.ExitCode.ShouldBe(0, $"{info.FileName} {string.Join(' ', info.ArgumentList)}: {output}{errors.Result}");
        return output;
    }
}
