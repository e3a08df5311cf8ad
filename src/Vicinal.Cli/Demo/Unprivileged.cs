using System.Diagnostics;
using Vicinal.Lab.Processes;

namespace Vicinal.Cli.Demo;

/// <summary>
/// Without root, the demo runs in a user namespace of its own, where it is root over network namespaces that it makes itself and
/// over nothing else.
/// </summary>
internal static class Unprivileged
{
    private const string Mark = "VICINAL_IN_USER_NAMESPACE";

    public static bool MustReexecute => Environment.UserName != "root" && Environment.GetEnvironmentVariable(Mark) is null;

    public static int Reexecute(bool keep)
    {
        if (keep)
        {
            Console.Error.WriteLine("vicinal demo: --keep needs root, since a cloud in a user namespace ends with the command that made it");
            return 2;
        }

        LabProgram self = LabProgram.Current();
        string[] arguments = [.. Environment.GetCommandLineArgs().Skip(1)];
        ProcessStartInfo start = new("unshare",
            ["--user", "--map-root-user", "--net", "--mount", "--pid", "--fork", "--mount-proc", self.File, .. self.Prefix, .. arguments]) { UseShellExecute = false };
        start.Environment[Mark] = "1";
        using Process? process = Process.Start(start);
        process?.WaitForExit();
        if (process is null || process.ExitCode is 1 && !File.Exists("/proc/self/ns/user"))
        {
            Console.Error.WriteLine("vicinal demo: unshare(1) did not start; install util-linux, or run as root");
            return 2;
        }

        if (process.ExitCode == 1 && !UserNamespacesAllowed())
        {
            Console.Error.WriteLine("vicinal demo: this system refuses unprivileged user namespaces; run as root, or allow them with "
                + "sysctl kernel.unprivileged_userns_clone=1 (Debian), user.max_user_namespaces above 0, or kernel.apparmor_restrict_unprivileged_userns=0 (Ubuntu)");
        }

        return process.ExitCode;
    }

    private static bool UserNamespacesAllowed()
    {
        using Process? probe = Process.Start(new ProcessStartInfo("unshare", ["--user", "--map-root-user", "--net", "true"]) { RedirectStandardError = true, UseShellExecute = false });
        probe?.WaitForExit();
        return probe?.ExitCode == 0;
    }
}
