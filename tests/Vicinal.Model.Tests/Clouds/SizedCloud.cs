using Vicinal.Model.Resources;

namespace Vicinal.Model.Tests.Clouds;

/// <summary>
/// A cloud of a given number of ports, shaped as clouds grow: a project for every 500 ports, with five networks of 100 ports
/// on one router, one default security group whose members admit each other, and a floating IP for every tenth port. All
/// routers have their gateway on one external network. A host has 250 ports, drawn from everywhere.
/// </summary>
public sealed class SizedCloud
{
    private const int PortsOfNetwork = 100;
    private const int NetworksOfProject = 5;
    private const int PortsOfHost = 250;

    public SizedCloud(int ports)
    {
        int hosts = Math.Max(2, ports / PortsOfHost);
        for (int i = 0; i < hosts; i++)
        {
            Hosts.Add(Cloud.AddAgent($"c{i}", "dvr", "physnet1").Host);
        }

        Cloud.AddAgent("g1", "dvr_snat", "physnet1");
        Cloud.AddAgent("g2", "dvr_snat", "physnet1");
        External = Cloud.AddExternalNetwork();
        ExternalSubnet = Cloud.AddSubnet(External, "100.64.0.0/14");
        for (int made = 0; made < ports;)
        {
            made = AddProject(made, ports);
        }

        Built = Cloud.Publish();
    }

    public CloudBuilder Cloud { get; } = new();

    public List<string> Hosts { get; } = [];

    public Network External { get; }

    public Subnet ExternalSubnet { get; }

    /// <summary>The first project's parts, for edits of one thing in a cloud of many.</summary>
    public List<(Router Router, Network Network, Subnet Subnet, SecurityGroup Group)> Places { get; } = [];

    public List<Port> Ports { get; } = [];

    /// <summary>From the empty topology to the whole cloud.</summary>
    public Step Built { get; }

    private int AddProject(int made, int ports)
    {
        SecurityGroup group = Cloud.AddGroup($"project-{made}");
        Cloud.AddRule(group, "egress");
        Cloud.AddRule(group, "ingress", group);
        Router router = Cloud.AddRouter();
        Cloud.SetGateway(router, External, [ExternalSubnet], "g1", "g2");
        for (int n = 0; n < NetworksOfProject && made < ports; n++)
        {
            Network network = Cloud.AddNetwork();
            Subnet subnet = Cloud.AddSubnet(network, $"10.0.{n}.0/24");
            Cloud.AddInterface(router, network, subnet);
            Places.Add((router, network, subnet, group));
            for (int p = 0; p < PortsOfNetwork && made < ports; p++, made++)
            {
                Port port = Cloud.AddPort(network, Hosts[made * 7 % Hosts.Count], [subnet], group);
                Ports.Add(port);
                if (made % 10 == 0)
                {
                    Cloud.AddFloatingIp(External, ExternalSubnet, router, port);
                }
            }
        }

        return made;
    }
}
