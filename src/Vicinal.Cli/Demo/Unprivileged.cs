using System.Diagnostics;
using Vicinal.Lab.Processes;

namespace Vicinal.Cli.Demo;

/// <summary>
/// Without root, the demo runs in a user namespace of its own, where it is root over network namespaces that it makes itself and
/// over nothing else. All of it ends with the namespace's first process.
/// </summary>
internal static class Unprivileged
{
    /// <summary>Holds the name of the user outside.</summary>
    private const string Mark = "VICINAL_OUTSIDE_USER";

    public static bool MustReexecute => !Environment.IsPrivilegedProcess && Environment.GetEnvironmentVariable(Mark) is null;

    /// <summary>The user who started the demo, outside of its user namespace.</summary>
    public static string UserName => Environment.GetEnvironmentVariable(Mark) ?? Environment.UserName;

    public static int Reexecute(string lab, bool keep, string datapath)
    {
        if (keep)
        {
            Console.Error.WriteLine("vicinal demo: --keep needs root, since a cloud in a user namespace ends with the command that made it");
            return 2;
        }

        if (datapath == "ebpf")
        {
            Console.Error.WriteLine("vicinal demo: --datapath ebpf needs root, since a user namespace may not load programs into the kernel");
            return 2;
        }

        LabProgram self = LabProgram.Current();
        string[] arguments = [.. Environment.GetCommandLineArgs().Skip(1)];
        ProcessStartInfo start = new("unshare",
            ["--user", "--map-root-user", "--net", "--mount", "--pid", "--fork", "--mount-proc", "--kill-child", self.File, .. self.Prefix, .. arguments])
        { UseShellExecute = false };
        start.Environment[Mark] = UserName;
        using Interruption interruption = new();
        if (!UserNamespacesAllowed())
        {
            Console.Error.WriteLine("vicinal demo: unprivileged user namespaces do not work here; run as root, install util-linux, or allow them with "
                + "sysctl kernel.unprivileged_userns_clone=1 (Debian), user.max_user_namespaces above 0, or kernel.apparmor_restrict_unprivileged_userns=0 (Ubuntu)");
            return 2;
        }

        using Process process = Process.Start(start)!;
        using (interruption.Token.Register(process.Kill))
        {
            process.WaitForExit();
        }

        if (!interruption.Token.IsCancellationRequested)
        {
            return process.ExitCode;
        }

        // The namespaces are gone with their first process; the folder is outside of them.
        LabDirectory.Delete(lab);
        return Interruption.ExitCode;
    }

    private static bool UserNamespacesAllowed()
    {
        try
        {
            using Process? probe = Process.Start(new ProcessStartInfo("unshare", ["--user", "--map-root-user", "--net", "true"]) { RedirectStandardError = true, UseShellExecute = false });
            probe?.WaitForExit();
            return probe?.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }
}
