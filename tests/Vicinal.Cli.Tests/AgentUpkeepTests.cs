using System.Net.Sockets;

namespace Vicinal.Cli.Tests;

public sealed class AgentUpkeepTests : IDisposable
{
    private readonly string _state = Directory.CreateTempSubdirectory("vicinal-cli-").FullName;

    public void Dispose() => Directory.Delete(_state, recursive: true);

    [Fact]
    public void The_check_names_each_feature_and_ends_by_what_would_be_chosen()
    {
        ProgramResult result = VicinalProgram.Run("agent", "check");
        result.Output.ShouldContain("bpf(2)");
        result.Output.ShouldContain("tcx links");
        result.ExitCode.ShouldBe(result.Output.Contains("would choose ebpf", StringComparison.Ordinal) ? 0 : 1, result.ToString());
    }

    [Fact]
    public void Nothing_is_uninstalled_under_a_running_agent()
    {
        using Socket agent = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        agent.Bind(new UnixDomainSocketEndPoint(Path.Combine(_state, "agent.sock")));
        agent.Listen();
        ProgramResult result = VicinalProgram.Run("agent", "uninstall", "--state-dir", _state);
        result.ExitCode.ShouldBe(1, result.ToString());
        result.Errors.ShouldContain(_state);
    }
}
