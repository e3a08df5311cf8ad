using System.Diagnostics;
using Vicinal.Devices.Namespaces;
using Vicinal.Devices.Tests.Guards;
using Vicinal.Devices.Tests.Namespaces;
using Vicinal.Devices.Tests.Netlink;
using Vicinal.Devices.Tests.Support;
using Vicinal.Devices.Tests.Tunnels;

namespace Vicinal.Devices.Tests;

/// <summary>Runs tests of this assembly again as nobody inside `unshare -Urnm`, where root is not the real root and /run is not ours.</summary>
[Collection(NetworkCollection.Name)]
public sealed class UserNamespaceTests
{
    [Theory]
    [InlineData(typeof(PacketSocketDeviceTests))]
    [InlineData(typeof(HostPortTests))]
    [InlineData(typeof(FrameGuardTests))]
    [InlineData(typeof(LinkMonitorTests))]
    [InlineData(typeof(NetworkNamespaceTests))]
    [InlineData(typeof(TunnelSocketTests))]
    [InlineData(typeof(GreSocketTests))]
    public async Task Works_without_privileges(Type tests)
    {
        Assert.SkipUnless(UserNamespace.IsInitial, "already inside a user namespace");

        string results = Directory.CreateTempSubdirectory("vdt-results").FullName;
        File.SetUnixFileMode(results, (UnixFileMode)0b111_111_111);
        try
        {
            ProcessStartInfo info = new("setpriv", [.. AsNobody(), "unshare", "-Urnm", Environment.ProcessPath!, "--filter-class", tests.FullName!, "--results-directory", results])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                UseShellExecute = false,
                WorkingDirectory = results,
            };
            info.Environment["DOTNET_ROOT"] = Path.GetFullPath(Path.Combine(System.Runtime.InteropServices.RuntimeEnvironment.GetRuntimeDirectory(), "../../.."));
            info.Environment["HOME"] = results;
            using Process process = Process.Start(info)!;
            Task<string> errors = process.StandardError.ReadToEndAsync();
            string output = await process.StandardOutput.ReadToEndAsync();
            await process.WaitForExitAsync();
            process.ExitCode.ShouldBe(0, output + await errors);
            output.ShouldContain("failed: 0");
        }
        finally
        {
            Directory.Delete(results, recursive: true);
        }
    }

    /// <summary>Nobody, where nobody may read the test's program; otherwise whoever runs this.</summary>
    private static string[] AsNobody()
    {
        string[] nobody = ["--reuid=65534", "--regid=65534", "--clear-groups"];
        using Process probe = Process.Start("setpriv", [.. nobody, "test", "-x", Environment.ProcessPath!]);
        probe.WaitForExit();
        return probe.ExitCode == 0 ? nobody : ["--reset-env"];
    }
}
