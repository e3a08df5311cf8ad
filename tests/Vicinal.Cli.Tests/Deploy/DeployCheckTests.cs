using System.Text.Json.Nodes;
using Vicinal.Devices.Namespaces;
using Vicinal.Devices.Netlink;
using Vicinal.Packets;

namespace Vicinal.Cli.Tests.Deploy;

public sealed class DeployCheckTests : IDisposable
{
    private readonly DeployFiles _files = new();

    public void Dispose() => _files.Dispose();

    [Fact]
    public void A_sound_site_ends_with_zero_and_tells_its_notes()
    {
        ProgramResult result = VicinalProgram.Run("deploy", "check", DeployFiles.Site);
        result.ExitCode.ShouldBe(0, result.ToString());
        result.Output.ShouldContain("errors: 0, warnings: 0, notes: 2");
        result.Output.ShouldContain($"{DeployFiles.Site}:8: ha");
    }

    [Fact]
    public void The_chapters_environment_files_go_on_top_and_are_sound()
    {
        ProgramResult result = VicinalProgram.Run(
            "deploy", "check", DeployFiles.Site, "-e", DeployFiles.Example("tripleo/net-multiple-nics.yaml"), "-e", DeployFiles.Example("tripleo/neutron-ovs-dvr.yaml"));
        result.ExitCode.ShouldBe(0, result.ToString());
        result.Output.ShouldContain("uses eth1 itself, not the bridge 'br-ex' around it; the same on g2");
    }

    [Fact]
    public void A_warning_ends_with_one_and_names_file_line_key_and_fix()
    {
        string off = DeployFiles.Example("tripleo/disable-dvr.yaml");
        ProgramResult result = VicinalProgram.Run("deploy", "check", DeployFiles.Site, "-e", DeployFiles.Example("tripleo/neutron-ovs-dvr.yaml"), "-e", off);
        result.ExitCode.ShouldBe(1, result.ToString());
        result.Output.ShouldStartWith($"warning  dvr-contradiction\n         {off}:3: parameter_defaults.NeutronEnableDVR\n");
        result.Output.ShouldContain("         fix: leave the file out");

        // The order of -e decides.
        VicinalProgram.Run("deploy", "check", DeployFiles.Site, "-e", off, "-e", DeployFiles.Example("tripleo/neutron-ovs-dvr.yaml")).ExitCode.ShouldBe(0);
    }

    [Fact]
    public void An_error_ends_with_two_and_json_has_all_that_a_script_needs()
    {
        string wrong = _files.Write("wrong.yaml", "# a comment\nmtu: lots\nnodes: {c2: {tunnel-ip: 192.0.2.21}}\n");
        ProgramResult result = VicinalProgram.Run("deploy", "check", DeployFiles.Site, "--environment", wrong, "--format", "json");
        result.ExitCode.ShouldBe(2, result.ToString());
        JsonObject answer = JsonNode.Parse(result.Output)!.AsObject();
        ((int)answer["errors"]!).ShouldBe(2);
        JsonNode mtu = answer["findings"]!.AsArray().Single(finding => (string)finding!["id"]! == "wrong-type")!;
        ((string)mtu["file"]!, (int)mtu["line"]!, (string)mtu["key"]!, (string)mtu["severity"]!).ShouldBe((wrong, 2, "mtu", "error"));
        ((string)mtu["fix"]!).ShouldNotBeEmpty();
        JsonNode twice = answer["findings"]!.AsArray().Single(finding => (string)finding!["id"]! == "duplicate-address")!;
        ((string)twice["node"]!, (int)twice["line"]!).ShouldBe(("c2", 3));
    }

    [Fact]
    public void One_nodes_findings_leave_out_those_of_the_others()
    {
        string wrong = _files.Write("wrong.yaml", "nodes: {c1: {mode: legacy}, c2: {mode: legacy}}\n");
        string output = VicinalProgram.Run("deploy", "check", DeployFiles.Site, "-e", wrong, "--node", "c2").Output;
        output.ShouldContain("nodes.c2.mode");
        output.ShouldNotContain("nodes.c1.mode");
    }

    [Theory]
    [InlineData("/nowhere/site.yaml", "unreadable-file")]
    [InlineData("/dev/zero", "not-yaml")]
    [InlineData("/", "unreadable-file")]
    public void A_file_that_cannot_be_read_is_named(string path, string id)
    {
        ProgramResult result = VicinalProgram.Run("deploy", "check", path);
        result.ExitCode.ShouldBe(2, result.ToString());
        result.Output.ShouldContain($"error    {id}\n         {path}");
    }

    [Fact]
    public void Bytes_that_are_no_text_are_refused()
    {
        string path = Path.Combine(_files.Folder, "bytes.yaml");
        File.WriteAllBytes(path, [0x61, 0x3a, 0xff, 0xfe]);
        VicinalProgram.Run("deploy", "check", path).Output.ShouldContain("not UTF-8");
    }

    [Fact]
    public void A_node_that_the_site_has_not_is_an_error()
    {
        ProgramResult result = VicinalProgram.Run("deploy", "check", DeployFiles.Site, "--node", "c9", "--live");
        result.ExitCode.ShouldBe(2);
        result.Errors.ShouldContain("no node 'c9'; it has ctl, g1, g2, c1, c2");
    }

    /// <summary>Two nodes as namespaces with one wire between them, whose middle carries less than the ends say.</summary>
    [Fact]
    public void A_live_check_reads_the_machine_and_a_probe_the_way_between()
    {
        string prefix = $"vicinal-dc{Environment.ProcessId}";
        NetworkNamespace one = NetworkNamespace.Create($"{prefix}-1");
        NetworkNamespace two = NetworkNamespace.Create($"{prefix}-2");
        try
        {
            Wire(one, two);
            string site = _files.Write("site.yaml", """
                tls: /etc/vicinal/tls
                nodes:
                  n1: {roles: [gateway, server], tunnel-ip: 192.0.2.1, nics: [eth0, eth1], tunnel-nic: eth0, bridge-mappings: 'physnet1:eth1'}
                  n2: {roles: [gateway], tunnel-ip: 192.0.2.2, nics: [eth0, eth1], tunnel-nic: eth0, bridge-mappings: 'physnet1:eth1'}
                  n3: {roles: [compute], tunnel-ip: 192.0.2.3, nics: [eth0, eth1], tunnel-nic: eth0, bridge-mappings: 'physnet1:eth1'}

                """);
            Dictionary<string, string> found = Live(one, site);
            found["nic-missing"].ShouldContain("no eth1");
            found["peer-silent"].ShouldContain("n3 at 192.0.2.3");
            found.ShouldNotContainKey("path-mtu");
            found.ShouldNotContainKey("nic-mtu");
            found.ShouldNotContainKey("address-missing");

            using (Rtnetlink far = Rtnetlink.Open(two))
            {
                far.SetMtu("eth0", 1400);
            }

            Live(one, site)["path-mtu"].ShouldContain("n2 at 192.0.2.2 answers small packets from n1, and none of 1500 bytes");
            using Rtnetlink near = Rtnetlink.Open(one);
            near.SetMtu("eth0", 1400);
            Live(one, site)["nic-mtu"].ShouldContain("eth0 carries 1400 bytes");
        }
        finally
        {
            one.Delete();
            two.Delete();
        }
    }

    private static void Wire(NetworkNamespace one, NetworkNamespace two)
    {
        using Rtnetlink first = Rtnetlink.Open(one);
        first.CreateVeth(new VethEnd("eth0"), new VethEnd("eth0") { Namespace = two });
        using Rtnetlink second = Rtnetlink.Open(two);
        foreach ((Rtnetlink links, string address) in (ReadOnlySpan<(Rtnetlink, string)>)[(first, "192.0.2.1"), (second, "192.0.2.2")])
        {
            links.AddAddress("eth0", IpAddress.Parse(address), 24);
            links.SetUp("eth0");
        }
    }

    /// <summary>Messages by their finding's id, from a check inside the namespace.</summary>
    private static Dictionary<string, string> Live(NetworkNamespace node, string site)
    {
        ProgramResult result = VicinalProgram.RunIn(node.Name, "deploy", "check", site, "--node", "n1", "--probe", "--format", "json");
        result.ExitCode.ShouldBe(2, result.ToString());
        return JsonNode.Parse(result.Output)!["findings"]!.AsArray().DistinctBy(finding => (string)finding!["id"]!)
            .ToDictionary(finding => (string)finding!["id"]!, finding => (string)finding!["message"]!);
    }
}
