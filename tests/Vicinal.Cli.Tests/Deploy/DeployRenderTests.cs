using System.CommandLine;
using System.Diagnostics;
using Vicinal.Deployment.Rendering;
using Vicinal.Deployment.Sites;
using Vicinal.Model.Rules;

namespace Vicinal.Cli.Tests.Deploy;

/// <summary>What `vicinal deploy render` writes, where, and that the program and systemd take it.</summary>
public sealed class DeployRenderTests : IDisposable
{
    private readonly DeployFiles _files = new();

    public void Dispose() => _files.Dispose();

    [Fact]
    public void Rendering_again_changes_nothing_and_touches_nothing()
    {
        Render().Output.ShouldContain("5 nodes, 14 files");
        Dictionary<string, (string, DateTime)> first = _files.Rendered();
        first.Count.ShouldBe(14);
        Render().Output.ShouldContain("0 written, 14 as they were");
        _files.Rendered().ShouldBe(first);
    }

    [Fact]
    public void A_change_of_the_site_is_a_change_of_the_files_that_it_concerns()
    {
        Render();
        Dictionary<string, (string Text, DateTime)> before = _files.Rendered();
        Render("-e", _files.Write("move.yaml", "nodes: {c2: {tunnel-ip: 192.0.2.99}}\n")).Output.ShouldContain("1 written, 13 as they were");
        Dictionary<string, (string Text, DateTime)> after = _files.Rendered();
        after.Where(file => file.Value.Text != before[file.Key].Text).Select(file => file.Key).ShouldBe(["c2/agent.yaml"]);
        after["c2/agent.yaml"].Text.ShouldContain("tunnel-ip: 192.0.2.99\n");
    }

    [Fact]
    public void The_program_takes_every_configuration_that_is_rendered()
    {
        Render("-e", DeployFiles.Example("tripleo/net-multiple-nics.yaml"));
        List<string> files = [.. Directory.EnumerateFiles(_files.Output, "*.yaml", SearchOption.AllDirectories)];
        files.Count.ShouldBe(5);
        foreach (string file in files)
        {
            Command command = CommandTree.Build().Subcommands.Single(known => known.Name == Path.GetFileNameWithoutExtension(file));
            command.Parse([.. ConfigFile.Read(file, command, [])]).Errors.ShouldBeEmpty(file);
        }
    }

    [Fact]
    public void The_server_reads_the_settings_that_the_check_computed_with()
    {
        string site = _files.Write("site.yaml", """
            dvr: false
            ha: false
            max-gateways: 2
            tenant-types: [vxlan, gre, vlan]
            vni-ranges: ['1:10', '20:30']
            tunnel-id-ranges: '7:2000000000'
            flat-networks: [physnet1]
            vlan-ranges: [physnet1:100:199, physnet2]
            mtu: 9000
            path-mtu: 8000
            physical-mtus: {physnet2: 1500}
            tls: /etc/vicinal/tls
            nodes:
              n1: {roles: [server, gateway, compute], tunnel-ip: '2001:db8::1', nics: [a, b, c], tunnel-nic: a, bridge-mappings: ['physnet1:b', 'physnet2:c']}

            """);
        VicinalProgram.Run("deploy", "render", site, "--output", _files.Output).ExitCode.ShouldBe(0);
        Command server = CommandTree.Build().Subcommands.Single(known => known.Name == "server");
        CloudOptions options = new();
        Command reader = new("server");
        options.AddTo(reader);
        IEnumerable<string> arguments = ConfigFile.Read(Path.Combine(_files.Output, "n1", "server.yaml"), server, [])
            .Chunk(2).Where(pair => reader.Options.Any(option => option.Name == pair[0])).SelectMany(pair => pair);
        CloudSettings read = options.Read(reader.Parse([.. arguments]));
        Site known = SiteReader.Read(site, [], path => new FileText(File.ReadAllText(path), null)).Site;
        read.ShouldBe(SiteCloud.Of(known));
        (read.OverlayIpVersion, read.EnableDvr, read.RouterHa, read.MaxL3AgentsPerRouter).ShouldBe((6, false, false, 2));
    }

    [Fact]
    public void Every_unit_starts_a_command_that_there_is_with_the_file_that_is_rendered_beside_it()
    {
        Render();
        foreach (string unit in Directory.EnumerateFiles(_files.Output, "*.service", SearchOption.AllDirectories))
        {
            string line = File.ReadLines(unit).Single(text => text.StartsWith("ExecStart=", StringComparison.Ordinal));
            string[] words = line["ExecStart=".Length..].Split(' ');
            words[0].ShouldBe("/usr/local/bin/vicinal");
            CommandTree.Build().Parse(words[1..]).Errors.ShouldBeEmpty(line);
            File.Exists(Path.Combine(Path.GetDirectoryName(unit)!, Path.GetFileName(words[^1]))).ShouldBeTrue(line);
        }
    }

    /// <summary>Where systemd is installed it judges; what any machine can tell is told everywhere.</summary>
    [Fact]
    public void Systemd_finds_nothing_wrong_with_a_unit()
    {
        Render("-e", _files.Write("program.yaml", "program: /bin/true\n"));
        List<string> units = [.. Directory.EnumerateFiles(_files.Output, "*", SearchOption.AllDirectories).Where(file => Path.GetExtension(file) is ".service" or ".mount")];
        units.Count.ShouldBe(9);
        foreach (string unit in units)
        {
            string[] lines = [.. File.ReadLines(unit).Where(line => line.Length > 0 && line[0] != '#')];
            lines[0].ShouldBe("[Unit]");
            lines.ShouldAllBe(line => line[0] == '[' || line.IndexOf('=') > 0);
        }

        File.ReadAllText(Path.Combine(_files.Output, "g1", NodePaths.PinsUnit)).ShouldContain($"Where={NodePaths.AgentState}/bpf\n");
        if (!File.Exists("/usr/bin/systemd-analyze"))
        {
            return;
        }

        // A key that it does not know is told, and no error.
        foreach (string node in (string[])["ctl", "g1"])
        {
            Analyze(["verify", "--man=no", .. units.Where(unit => Path.GetFileName(Path.GetDirectoryName(unit)) == node)]).ShouldBeEmpty();
        }

        Exposure("ctl/vicinal-server.service").ShouldBeLessThan(2.0);
        Exposure("g1/vicinal-agent.service").ShouldBeLessThan(5.0);
    }

    [Fact]
    public void A_site_with_errors_is_refused_and_nothing_is_written()
    {
        ProgramResult result = VicinalProgram.Run("deploy", "render", DeployFiles.Site, "-e", _files.Write("wrong.yaml", "mtu: lots\n"), "--output", _files.Output);
        result.ExitCode.ShouldBe(2, result.ToString());
        result.Errors.ShouldContain("wrong-type");
        Directory.Exists(_files.Output).ShouldBeFalse();
    }

    [Fact]
    public void Nothing_is_written_through_a_link()
    {
        string elsewhere = Directory.CreateDirectory(Path.Combine(_files.Folder, "elsewhere")).FullName;
        string other = _files.Write("other.txt", "mine");
        Directory.CreateDirectory(Path.Combine(_files.Output, "ctl"));
        Directory.CreateSymbolicLink(Path.Combine(_files.Output, "g1"), elsewhere);
        ProgramResult refused = VicinalProgram.Run("deploy", "render", DeployFiles.Site, "--output", _files.Output);
        refused.ExitCode.ShouldBe(2, refused.ToString());
        refused.Errors.ShouldContain("is a link");
        Directory.EnumerateFileSystemEntries(elsewhere).ShouldBeEmpty();

        // A file that is a link is replaced by a file.
        Directory.Delete(Path.Combine(_files.Output, "g1"));
        string agent = Path.Combine(_files.Output, "ctl", "server.yaml");
        File.Delete(agent);
        File.CreateSymbolicLink(agent, other);
        Render();
        File.ReadAllText(other).ShouldBe("mine");
        File.ResolveLinkTarget(agent, returnFinalTarget: false).ShouldBeNull();
    }

    [Fact]
    public void Folders_of_others_are_named_and_left_alone()
    {
        Directory.CreateDirectory(Path.Combine(_files.Output, "c9"));
        Render().Errors.ShouldContain("c9 is none of this site's nodes");
        Directory.Exists(Path.Combine(_files.Output, "c9")).ShouldBeTrue();
    }

    private ProgramResult Render(params string[] more)
    {
        ProgramResult result = VicinalProgram.Run(["deploy", "render", DeployFiles.Site, .. more, "--output", _files.Output]);
        result.ExitCode.ShouldBe(0, result.ToString());
        return result;
    }

    /// <summary>What systemd-analyze reckons of a service's sandbox, from 0 to 10; ten is no sandbox.</summary>
    private double Exposure(string unit)
    {
        string said = Analyze(["security", "--offline=true", "--no-pager", Path.Combine(_files.Output, unit)]);
        string line = said.Split('\n').Single(text => text.Contains("Overall exposure level", StringComparison.Ordinal));
        return double.Parse(line.Split(':')[1].Trim().Split(' ')[0], System.Globalization.CultureInfo.InvariantCulture);
    }

    private static string Analyze(IEnumerable<string> arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo("systemd-analyze", arguments) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false })!;
        Task<string> errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return output + errors.GetAwaiter().GetResult();
    }
}
