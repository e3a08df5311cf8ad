using System.Diagnostics;
using Vicinal.Devices.Namespaces;
using Vicinal.Devices.Netlink;
using Vicinal.Ebpf;
using Vicinal.Lab.Fabric;
using Vicinal.Lab.Probes;

namespace Vicinal.Scenarios.Tests;

/// <summary>What an agent leaves in the kernel so that packets go on without it, and the command that takes it away.</summary>
[Collection(EbpfCloud.Name)]
public sealed class UninstallTests(EbpfCloud scenario)
{
    private const string Node = "c3";

    private string State => scenario.Cloud.StateOf(Node);

    private string Namespace => scenario.Cloud.Namespace(Node);

    [Fact]
    public void Uninstall_leaves_no_link_map_qdisc_device_or_pin()
    {
        string vm5 = scenario.Topology["vm5"].Namespace;
        PingProbe.Reaches(vm5, scenario.Cloud.Plan.Internet).ShouldBeTrue();
        Uninstall().ExitCode.ShouldBe(1, "an agent runs");
        PingProbe.Reaches(vm5, scenario.Cloud.Plan.Internet).ShouldBeTrue("and was left alone");
        scenario.Cloud.Agent(Node).Signal("TERM");
        scenario.Cloud.Agent(Node).WaitForExit();
        try
        {
            // What an agent leaves on purpose; without it the rest would prove nothing.
            HashSet<uint> programs = Programs();
            programs.ShouldNotBeEmpty();
            Links().ShouldContain("vi-vxlan");
            Tables().ShouldNotBeEmpty();

            ToolResult result = Uninstall();
            result.ExitCode.ShouldBe(0, result.ToString());

            Links().ShouldNotContain("vi-");
            Tables().ShouldBeEmpty();
            Tool.Run(Namespace, "tc", "qdisc", "show").Output.ShouldNotContain("clsact");

            // The mount is the lab's, which made it before the agent; what an agent mounts itself goes too. The kernel's own files are no pins.
            Directory.EnumerateFileSystemEntries(PinMounts.Of(State)).Where(path => !path.EndsWith(".debug", StringComparison.Ordinal)).ShouldBeEmpty();

            // The kernel frees programs, and with the last of them their maps, a moment after the last link is gone.
            SpinWait.SpinUntil(() => programs.All(IsGone), TimeSpan.FromSeconds(5)).ShouldBeTrue("no link holds a program, and no program a map");
            Uninstall().ExitCode.ShouldBe(0, "twice is once");
        }
        finally
        {
            scenario.Cloud.StartAgent(Node);
            scenario.Cloud.WaitFor("vm5 to be reached again", () =>
                PingProbe.Reaches(vm5, scenario.Cloud.Plan.Internet, new PingOptions { TimeoutMilliseconds = 300 }));
        }
    }

    /// <summary>As an administrator runs it, in this machine's mount namespace: ip netns exec would unmount only in its own.</summary>
    private ToolResult Uninstall()
    {
        ProcessStartInfo start = new("nsenter",
            [$"--net={NetworkNamespace.Open(Namespace).Path}", "dotnet", Path.Combine(AppContext.BaseDirectory, "vicinal.dll"), "agent", "uninstall", "--state-dir", State])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return new ToolResult(process.ExitCode, output, errors.GetAwaiter().GetResult());
    }

    private string Links() => IpCommand.Run("-n", Namespace, "-br", "link");

    private string Tables() => Tool.Run(Namespace, "nft", "list", "tables").Output;

    /// <summary>The programs behind the pinned links, named link-INTERFACE-ingress.</summary>
    private HashSet<uint> Programs() => NetworkNamespace.Open(Namespace).Run(() =>
    {
        HashSet<uint> found = [];
        using Rtnetlink route = Rtnetlink.Open();
        foreach (string link in Directory.EnumerateFiles(PinMounts.Of(State), "link-*-ingress", SearchOption.AllDirectories))
        {
            ProgramAttacher attacher = new(AttachmentMode.Tcx, route, Path.GetDirectoryName(link));
            using Attachment? attachment = attacher.Find(int.Parse(Path.GetFileName(link).Split('-')[1]), TrafficDirection.Ingress);
            found.Add(attachment.ShouldNotBeNull(link).ProgramId);
        }

        return found;
    });

    private static bool IsGone(uint program)
    {
        using BpfProgram? open = BpfProgram.TryOpen(program);
        return open is null;
    }
}
