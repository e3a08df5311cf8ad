using System.Diagnostics;
using Vicinal.Devices.Namespaces;
using Vicinal.Lab;

namespace Vicinal.Bench.Wire;

/// <summary>Runs nft(8) inside a namespace.</summary>
internal static class NftCommand
{
    /// <exception cref="LabException">It refuses; the message is nft's own.</exception>
    public static void Apply(string networkNamespace, string rules)
    {
        ProcessStartInfo start = NetworkNamespace.Open(networkNamespace).StartInfo("nft", "-f", "-");
        start.RedirectStandardInput = true;
        start.RedirectStandardError = true;
        using Process process = Process.Start(start) ?? throw new LabException("nft(8) did not start; install nftables");
        process.StandardInput.WriteLine(rules);
        process.StandardInput.Close();
        string errors = process.StandardError.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0)
        {
            throw new LabException($"nft: {errors}");
        }
    }
}
