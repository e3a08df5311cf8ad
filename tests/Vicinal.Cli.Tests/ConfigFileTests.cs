using System.CommandLine;

namespace Vicinal.Cli.Tests;

public sealed class ConfigFileTests : IDisposable
{
    private readonly string _path = Path.GetTempFileName();

    private static Command Agent => CommandTree.Build().Subcommands.Single(command => command.Name == "agent");

    private static Command Server => CommandTree.Build().Subcommands.Single(command => command.Name == "server");

    public void Dispose() => File.Delete(_path);

    [Fact]
    public void Keys_are_long_options_and_lists_repeat_them() =>
        Read(Agent, """
            host: c1
            server: [192.0.2.10:9697, 192.0.2.11:9697]
            mode: dvr_snat
            """).ShouldBe(["--host", "c1", "--server", "192.0.2.10:9697", "--server", "192.0.2.11:9697", "--mode", "dvr_snat"]);

    [Fact]
    public void The_command_line_wins_over_the_file() =>
        Read(Agent, "host: c1\nmode: dvr_snat\n", "--mode").ShouldBe(["--host", "c1"]);

    [Fact]
    public void An_empty_file_says_nothing() => Read(Agent, "# nothing yet\n").ShouldBeEmpty();

    [Theory]
    [InlineData("host: c1\nhots: c2\n", 2, "hots")]
    [InlineData("host: c1\nconfig: other.yaml\n", 2, "cannot name another")]
    [InlineData("# first\n\nmode: fast\n", 3, "mode")]
    [InlineData("datapath: kernel\n", 1, "datapath")]
    [InlineData("attach: xdp\n", 1, "attach")]
    [InlineData("host:\n  name: c1\n", 2, "host")]
    [InlineData("host: c1\nhost: c2\n", 2, "host")]
    [InlineData("host: [c1\n", 2, "")]
    [InlineData("- host\n", 0, "not a mapping")]
    public void What_is_wrong_is_named_with_file_line_and_key(string text, int line, string named)
    {
        string message = Should.Throw<SettingException>(() => Read(Agent, text)).Message;
        message.ShouldStartWith(line > 0 ? $"{_path}:{line}: " : _path);
        message.ShouldContain(named);
    }

    [Theory]
    [InlineData("listen: 127.0.0.1:0\nglobal-mtu: many\n", 2, "global-mtu")]
    [InlineData("overlay-ip-version: six\n", 1, "overlay-ip-version")]
    [InlineData("router-distributed: perhaps\n", 1, "router-distributed")]
    public void A_value_of_the_wrong_kind_is_named_too(string text, int line, string key)
    {
        string message = Should.Throw<SettingException>(() => Read(Server, text)).Message;
        message.ShouldStartWith($"{_path}:{line}: {key}: ");
    }

    [Fact]
    public void A_missing_file_is_named() =>
        Should.Throw<SettingException>(() => ConfigFile.Read("/nowhere/agent.yaml", Agent, [])).Message.ShouldStartWith("/nowhere/agent.yaml: ");

    [Fact]
    public void The_program_ends_with_two_and_says_what_is_wrong()
    {
        File.WriteAllText(_path, "host: c1\ntunnel-pi: 192.0.2.1\n");
        ProgramResult result = VicinalProgram.Run("agent", "--config", _path, "--server", "127.0.0.1:1");
        result.ExitCode.ShouldBe(2, result.ToString());
        result.Errors.Trim().ShouldBe($"vicinal agent: {_path}:2: 'tunnel-pi' is not a setting of 'vicinal agent'");
    }

    [Fact]
    public void The_program_says_which_setting_is_missing()
    {
        File.WriteAllText(_path, "host: c1\n");
        ProgramResult result = VicinalProgram.Run("agent", "--config", _path, "--tunnel-ip", "127.0.0.1");
        result.ExitCode.ShouldBe(2, result.ToString());
        result.Errors.ShouldContain("--server is needed");
    }

    [Fact]
    public void A_server_names_the_option_that_cannot_work_and_ends_with_two()
    {
        ProgramResult result = VicinalProgram.Run("server", "--store", "memory", "--gateway-bfd-interval", "100");
        result.ExitCode.ShouldBe(2, result.ToString());
        result.Errors.Trim().ShouldStartWith("vicinal server: --gateway-lease 40: it must be at least 400 milliseconds");
    }

    [Fact]
    public void A_certificate_that_cannot_be_read_is_named_in_one_line()
    {
        ProgramResult result = VicinalProgram.Run(
            "server", "--listen", "127.0.0.1:1", "--store", "memory", "--tls-cert", "/nowhere/a.crt", "--tls-key", "/nowhere/a.key", "--tls-ca", "/nowhere/ca.crt");
        result.ExitCode.ShouldBe(2, result.ToString());
        result.Errors.Trim().ShouldStartWith("vicinal server: The certificate file /nowhere/a.crt cannot be read");
        result.Errors.Trim().ShouldNotContain("\n");
    }

    [Fact]
    public void Asked_for_ebpf_an_agent_that_cannot_says_why_and_ends_with_two()
    {
        string state = Directory.CreateTempSubdirectory("vicinal-cli-").FullName;
        try
        {
            ProgramResult result = VicinalProgram.Run(
                "agent", "--host", "c1", "--server", "127.0.0.1:1", "--tunnel-ip", "192.0.2.254", "--datapath", "ebpf", "--state-dir", state);
            result.ExitCode.ShouldBe(2, result.ToString());
            if (Environment.IsPrivilegedProcess)
            {
                result.Output.ShouldContain("192.0.2.254");
            }
        }
        finally
        {
            Directory.Delete(state, recursive: true);
        }
    }

    private IReadOnlyList<string> Read(Command command, string text, params string[] given)
    {
        File.WriteAllText(_path, text);
        return ConfigFile.Read(_path, command, given);
    }
}
