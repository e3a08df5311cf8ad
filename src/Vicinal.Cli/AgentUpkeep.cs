using System.CommandLine;
using Vicinal.Agent;
using Vicinal.Agent.Kernel;
using Vicinal.Devices;
using Vicinal.Ebpf;

namespace Vicinal.Cli;

/// <summary>What is done around a running agent: ask what the kernel can do, and take away what agents leave.</summary>
internal static class AgentUpkeep
{
    public static Command BuildCheck()
    {
        Option<string> attach = AttachOption();
        Command command = new("check", "Says what this kernel offers to the fast path, and what an agent would choose. Ends with 1 where that is userspace.") { attach };
        command.SetAction(settings => KernelReport.Write(Enum.Parse<AttachChoice>(settings.GetValue(attach)!, ignoreCase: true), Console.Out) ? 0 : 1);
        return command;
    }

    public static Command BuildUninstall()
    {
        Option<string> stateDir = StateDirOption();
        Command command = new("uninstall", "Takes away what agents leave on this node when they end: programs, pins, devices, guards. Not while one runs.") { stateDir };
        command.SetAction(settings =>
        {
            string directory = Path.GetFullPath(settings.GetValue(stateDir)!);
            try
            {
                if (AgentRemoval.TryRemove(directory))
                {
                    return 0;
                }

                Console.Error.WriteLine($"vicinal agent uninstall: an agent runs on {directory}; end it first");
                return 1;
            }
            catch (Exception e) when (e is DeviceException or IOException or UnauthorizedAccessException)
            {
                Console.Error.WriteLine($"vicinal agent uninstall: {e.Message}");
                return 2;
            }
        });
        return command;
    }

    public static Option<string> AttachOption()
    {
        Option<string> attach = new("--attach") { Description = "How the kernel's programs are attached; of no meaning in userspace.", DefaultValueFactory = _ => "auto" };
        attach.AcceptOnlyFromAmong("auto", "tcx", "clsact");
        return attach;
    }

    public static Option<string> StateDirOption() => new("--state-dir")
    {
        Description = "Directory for the agent's id, its control socket and its pins.",
        HelpName = "DIR",
        DefaultValueFactory = _ => "/var/lib/vicinal",
    };
}
