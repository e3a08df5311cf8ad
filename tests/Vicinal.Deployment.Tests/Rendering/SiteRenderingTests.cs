using Vicinal.Deployment.Rendering;

namespace Vicinal.Deployment.Tests.Rendering;

/// <summary>What nodes are given; that the program and systemd take it is tested where those are (the command's tests).</summary>
public sealed class SiteRenderingTests
{
    [Fact]
    public void Each_node_gets_the_files_of_its_roles() =>
        Render().Select(file => $"{file.Folder}/{file.Name}").ShouldBe(
        [
            "ctl/server.yaml", "ctl/vicinal-server.service",
            .. ((string[])["c1", "c2", "c3", "g1", "g2"]).SelectMany(node => (string[])[$"{node}/agent.yaml", $"{node}/vicinal-agent.service", $"{node}/var-lib-vicinal-bpf.mount"]),
        ]);

    [Fact]
    public void The_agents_file_says_what_the_site_says() =>
        Text("g1", "agent.yaml").ShouldBe("""
            # g1 (gateway) of site.yaml. Written by `vicinal deploy render`; change the site instead.
            host: g1
            server: 192.0.2.10:9697
            tunnel-ip: 192.0.2.31
            mode: dvr_snat
            bridge-mapping:
              - physnet1:eth1
            datapath: auto
            state-dir: /var/lib/vicinal
            tls-cert: /etc/vicinal/tls/g1.crt
            tls-key: /etc/vicinal/tls/g1.key
            tls-ca: /etc/vicinal/tls/ca.crt

            """);

    [Fact]
    public void The_servers_file_has_the_clouds_options()
    {
        string text = Text("ctl", "server.yaml", "dvr: false\nflat-networks: physnet1\nvni-ranges: ['1:100', '200:300']\ntunnel-id-ranges: '7:8'\nmtu: 1400\nautomatic-failover: true\nserver: {agents: '0.0.0.0:9999'}");
        text.ShouldContain("agents: 0.0.0.0:9999\n");
        text.ShouldContain("router-distributed: false\nrouter-ha: true\nenable-dvr: false\nmax-l3-agents-per-router: 3\n");
        text.ShouldContain("allow-automatic-l3agent-failover: true\n");
        text.ShouldContain("physical-network: physnet1\n");
        text.ShouldContain("vlan-range: physnet1:100:199\n");
        text.ShouldContain("vni-range:\n  - geneve:1:100\n  - geneve:200:300\n  - vxlan:1:100\n  - vxlan:200:300\n  - gre:7:8\n");
        text.ShouldContain("global-mtu: 1400\n");
        text.ShouldContain("tls-key: /run/credentials/vicinal-server.service/tls.key\n");
        Text("c1", "agent.yaml", "server: {agents: '0.0.0.0:9999'}").ShouldContain("server: 192.0.2.10:9999\n");
    }

    [Fact]
    public void What_yaml_would_take_for_something_else_is_quoted() =>
        Text("c1", "agent.yaml", "nodes: {c1: {tunnel-ip: '::1', nics: [\"a'#b\"], bridge-mappings: [\"physnet1:a'#b\"]}}").ShouldContain("- 'physnet1:a''#b'\n");

    [Fact]
    public void Pins_are_mounted_where_the_kernel_may_serve() =>
        Render("datapath: userspace").ShouldNotContain(file => file.Name == NodePaths.PinsUnit || file.Text.Contains(NodePaths.PinsUnit, StringComparison.Ordinal));

    [Fact]
    public void The_same_site_gives_the_same_bytes() => Render().ShouldBe(Render());

    private static string Text(string node, string name, string environment = "") => Render(environment).Single(file => file.Folder == node && file.Name == name).Text;

    private static IReadOnlyList<RenderedFile> Render(string environment = "") =>
        SiteRendering.Render(Reading.Read((Reading.SiteFile, Reading.Sound), ("e.yaml", environment)).Site);
}
