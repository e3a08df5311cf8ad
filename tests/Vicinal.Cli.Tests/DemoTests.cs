using Vicinal.Devices.Namespaces;
using Vicinal.Lab.Fabric;

namespace Vicinal.Cli.Tests;

/// <summary>The demo and the lab as processes, each under a name of its own, restricted to flows that tell.</summary>
public sealed class DemoTests : IDisposable
{
    private static int s_labs;

    private readonly string _lab = $"cli{Environment.ProcessId}n{Interlocked.Increment(ref s_labs)}";

    /// <summary>What a test left behind after it failed.</summary>
    public void Dispose() => VicinalProgram.Run("lab", "--lab", _lab, "down").ExitCode.ShouldBe(0);

    [Theory]
    [InlineData("sg", "1")]
    [InlineData("nic", "6")]
    [InlineData("gateway", "5")]
    public void Something_broken_on_purpose_is_noticed_and_the_flow_is_named(string breakage, string flow)
    {
        ProgramResult result = VicinalProgram.Run("demo", "--lab", _lab, "--break", breakage, "--flow", flow, "--flow", "11");
        result.ExitCode.ShouldBe(1, result.ToString());
        result.Output.ShouldContain($"failed: flow {flow},");
        result.Output.ShouldNotContain("failed: flow 11,");
        result.Output.ShouldContain("1 of 2 flows passed");
        Namespaces().ShouldBeEmpty();
    }

    [Fact]
    public void A_flow_that_passes_is_shown_with_its_path_and_leaves_nothing()
    {
        ProgramResult result = VicinalProgram.Run("demo", "--lab", _lab, "--flow", "2");
        result.ExitCode.ShouldBe(0, result.ToString());
        result.Output.ShouldContain("1 of 1 flows passed");
        result.Output.ShouldContain("[c1]");
        result.Output.ShouldContain("Geneve to c2");
        result.Output.ShouldContain("10.2.0.");
        Namespaces().ShouldBeEmpty();
        Directory.Exists(Folder(Path.GetTempPath(), Environment.UserName)).ShouldBeFalse();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(8)]
    [InlineData(15)]
    public void An_interrupt_leaves_no_namespace_no_process_and_no_folder(int namespaces)
    {
        using VicinalProgram demo = VicinalProgram.Start("demo", "--lab", _lab);
        SpinWait.SpinUntil(() => demo.HasExited || Namespaces().Count > namespaces, TimeSpan.FromSeconds(60)).ShouldBeTrue();
        demo.HasExited.ShouldBeFalse();
        demo.Interrupt();
        ProgramResult result = demo.Finish();
        result.ExitCode.ShouldBe(130, result.ToString());
        result.Errors.ShouldBeEmpty();
        Namespaces().ShouldBeEmpty();
        Processes(_lab).ShouldBeEmpty();
        Mounts().ShouldBeEmpty();
        Directory.Exists(Folder(Path.GetTempPath(), Environment.UserName)).ShouldBeFalse();
    }

    [Fact]
    public void A_kept_cloud_can_be_listed_entered_and_ended()
    {
        ProgramResult kept = VicinalProgram.Run("demo", "--lab", _lab, "--keep", "--flow", "11");
        kept.ExitCode.ShouldBe(0, kept.ToString());
        kept.Output.ShouldContain($"vicinal lab --lab {_lab} exec vm1 -- ping");
        ProgramResult status = VicinalProgram.Run("lab", "--lab", _lab, "status");
        status.ExitCode.ShouldBe(0);
        status.Output.Split('\n').ShouldContain("vm1");
        VicinalProgram.Run("lab", "--lab", _lab, "exec", "vm1", "--", "ping", "-c", "1", "-W", "2", "10.2.0.1").ExitCode.ShouldBe(0);
        VicinalProgram.Run("lab", "--lab", _lab, "exec", "vm1", "sh", "-c", "exit 7").ExitCode.ShouldBe(7, "the command's own exit code");
        VicinalProgram.Run("lab", "--lab", _lab, "exec", "vm99", "true").Errors.ShouldContain("no 'vm99'");
        ProgramResult shown = VicinalProgram.Run("show", "ports", "--state-dir", Path.Combine(Folder(Path.GetTempPath(), Environment.UserName), "agents", "c1"));
        shown.Output.ShouldContain("10.1.0.");

        VicinalProgram.Run("lab", "--lab", _lab, "down").ExitCode.ShouldBe(0);
        Namespaces().ShouldBeEmpty();
        Processes(_lab).ShouldBeEmpty();
        Mounts().ShouldBeEmpty();
        VicinalProgram.Run("lab", "--lab", _lab, "status").ExitCode.ShouldBe(1);
    }

    [Fact]
    public void Without_root_the_demo_runs_in_a_user_namespace()
    {
        using FolderOfNobody folder = new();
        using VicinalProgram demo = VicinalProgram.StartAsNobody(folder.Path, "demo", "--lab", _lab, "--flow", "1", "--flow", "5", "--flow", "6");
        ProgramResult result = demo.Finish();
        result.ExitCode.ShouldBe(0, result.ToString());
        result.Output.ShouldContain("3 of 3 flows passed");
        Directory.Exists(Folder(folder.Path, "nobody")).ShouldBeFalse();
    }

    [Fact]
    public void Without_root_an_interrupt_leaves_nothing_either()
    {
        using FolderOfNobody folder = new();
        using VicinalProgram demo = VicinalProgram.StartAsNobody(folder.Path, "demo", "--lab", _lab);
        string logs = Path.Combine(Folder(folder.Path, "nobody"), "logs", "g2.log");
        SpinWait.SpinUntil(() => demo.HasExited || File.Exists(logs), TimeSpan.FromSeconds(60)).ShouldBeTrue();
        demo.HasExited.ShouldBeFalse();
        demo.Interrupt();
        demo.Finish().ExitCode.ShouldBe(130);
        SpinWait.SpinUntil(() => Processes(_lab).Count == 0, TimeSpan.FromSeconds(5)).ShouldBeTrue("the kernel ends what was in the namespace");
        Directory.Exists(Folder(folder.Path, "nobody")).ShouldBeFalse();
    }

    [Fact]
    public void Without_root_a_cloud_cannot_be_kept()
    {
        using FolderOfNobody folder = new();
        using VicinalProgram demo = VicinalProgram.StartAsNobody(folder.Path, "demo", "--lab", _lab, "--keep");
        ProgramResult result = demo.Finish();
        result.ExitCode.ShouldBe(2);
        result.Errors.ShouldContain("--keep needs root");
    }

    [Fact]
    public void Without_root_the_kernel_takes_no_programs()
    {
        using FolderOfNobody folder = new();
        using VicinalProgram demo = VicinalProgram.StartAsNobody(folder.Path, "demo", "--lab", _lab, "--datapath", "ebpf");
        ProgramResult result = demo.Finish();
        result.ExitCode.ShouldBe(2);
        result.Errors.ShouldContain("--datapath ebpf needs root");
    }

    private string Folder(string temporary, string user) => Path.Combine(temporary, $"vicinal-{user}", _lab);

    private List<string> Namespaces() => [.. NetworkNamespace.List().Where(name => name.StartsWith($"vicinal-{_lab}-", StringComparison.Ordinal))];

    private IReadOnlyList<string> Mounts() => PinMounts.Under(Folder(Path.GetTempPath(), Environment.UserName));

    /// <summary>Processes whose command line names the lab: its folder is in that of the server and of every agent.</summary>
    private static List<string> Processes(string lab) =>
        [.. Directory.EnumerateDirectories("/proc").Where(folder => int.TryParse(Path.GetFileName(folder), out _)).Where(folder => CommandLine(folder).Contains(lab))];

    private static string CommandLine(string folder)
    {
        try
        {
            return File.ReadAllText(Path.Combine(folder, "cmdline"));
        }
        catch (IOException)
        {
            return "";
        }
    }

    /// <summary>A temporary folder that everybody may write to.</summary>
    private sealed class FolderOfNobody : IDisposable
    {
        public FolderOfNobody() => File.SetUnixFileMode(Path, (UnixFileMode)0b111_111_111);

        public string Path { get; } = Directory.CreateTempSubdirectory("vicinal-cli").FullName;

        public void Dispose() => Directory.Delete(Path, recursive: true);
    }
}
