using Vicinal.Compiler.Tests.Oracles;
using Vicinal.Model.Resources;
using Vicinal.Model.Tests.Clouds;

namespace Vicinal.Compiler.Tests.Sequences;

/// <summary>What clouds go through, each step checked against a full build, forward and then all the way back to nothing.</summary>
public sealed class NamedSequenceTests
{
    public static TheoryData<string> Names => [.. Sequences.Keys];

    private static Dictionary<string, Action<CloudBuilder, Action>> Sequences { get; } = new()
    {
        ["instances on one network come, move and go"] = static (cloud, step) =>
        {
            cloud.AddAgent("c1");
            step();
            Network network = cloud.AddNetwork();
            Subnet subnet = cloud.AddSubnet(network, "10.0.0.0/24");
            step();
            Port first = cloud.AddPort(network, "", [subnet]);
            step();
            first = cloud.Put(first with { BindingHostId = "c1" });
            step();
            Port second = cloud.AddPort(network, "c2", [subnet]);
            step();
            cloud.AddAgent("c2");
            step();
            first = cloud.Put(first with { BindingHostId = "c2", AdminStateUp = false });
            step();
            cloud.Remove(second);
            step();
            cloud.Remove(first);
            cloud.Remove(subnet);
            cloud.Remove(network);
            step();
        },
        ["networks are routed, rerouted and parted"] = static (cloud, step) =>
        {
            (Network a, Subnet subnetA) = Network(cloud, "10.0.0.0/24", "c1");
            (Network b, Subnet subnetB) = Network(cloud, "10.0.1.0/24", "c2");
            (Network c, Subnet subnetC) = Network(cloud, "10.0.2.0/24", "c3");
            step();
            Router first = cloud.AddRouter();
            Router second = cloud.AddRouter();
            step();
            cloud.AddInterface(first, a, subnetA);
            Port joint = cloud.AddInterface(first, b, subnetB);
            step();
            cloud.AddInterface(second, b, subnetB);
            cloud.AddInterface(second, c, subnetC);
            step();
            cloud.Put(joint with { AdminStateUp = false });
            step();
            cloud.Remove(joint);
            Port other = cloud.AddInterface(first, c, subnetC);
            step();
            cloud.Put(second with { AdminStateUp = false });
            step();
            cloud.Remove(other);
            step();
        },
        ["a floating ip moves between ports, nodes and routers"] = static (cloud, step) =>
        {
            cloud.AddAgent("c1", "dvr", "physnet1");
            cloud.AddAgent("c2", "dvr_no_external", "physnet1");
            Network external = cloud.AddExternalNetwork();
            Subnet outside = cloud.AddSubnet(external, "203.0.113.0/24");
            (Network a, Subnet subnetA) = Network(cloud, "10.0.0.0/24", "c1");
            Router router = cloud.AddRouter();
            cloud.AddInterface(router, a, subnetA);
            step();
            router = cloud.SetGateway(router, external, [outside], "g1", "g2");
            step();
            Port first = cloud.AddPort(a, "c1", [subnetA]);
            Port second = cloud.AddPort(a, "c2", [subnetA]);
            FloatingIp address = cloud.AddFloatingIp(external, outside);
            step();
            address = cloud.Put(address with { PortId = first.Id, RouterId = router.Id, FixedIpAddress = first.FixedIps[0].Address });
            step();
            address = cloud.Put(address with { PortId = second.Id, FixedIpAddress = second.FixedIps[0].Address });
            step();
            cloud.Put(cloud.Topology.AgentOn("c2")! with { Mode = "dvr" });
            step();
            router = cloud.Put(router with { GatewayBindings = [new GatewayBinding("g2", 1)], Distributed = false });
            step();
            cloud.RemoveFloatingIp(address);
            cloud.ClearGateway(router);
            step();
        },
        ["groups refer to each other and are taken apart"] = static (cloud, step) =>
        {
            SecurityGroup web = cloud.AddGroup();
            SecurityGroup admin = cloud.AddGroup();
            Network network = cloud.AddNetwork("vlan", "physnet1");
            Subnet subnet = cloud.AddSubnet(network, "10.0.0.0/24");
            step();
            SecurityGroupRule fromAdmin = cloud.AddRule(web, "ingress", admin);
            SecurityGroupRule fromWeb = cloud.AddRule(admin, "ingress", web);
            cloud.AddRule(web, "egress");
            step();
            Port port = cloud.AddPort(network, "c1", [subnet], web);
            cloud.AddPort(network, "c2", [subnet], admin, web);
            step();
            port = cloud.Put(port with { SecurityGroups = [admin.Id] });
            step();
            cloud.Remove(fromAdmin);
            step();
            cloud.Put(port with { SecurityGroups = [], PortSecurityEnabled = false });
            cloud.Remove(fromWeb);
            step();
        },
        ["one batch makes and unmakes"] = static (cloud, step) =>
        {
            (Network a, Subnet subnet) = Network(cloud, "10.0.0.0/24", "c1");
            step();
            Port port = cloud.AddPort(a, "c2", [subnet]);
            Router router = cloud.AddRouter();
            Port face = cloud.AddInterface(router, a, subnet);
            cloud.Put(port with { BindingHostId = "c3" });
            cloud.Remove(face);
            cloud.Remove(router);
            cloud.Remove(port);
            cloud.AddPort(a, "c2", [subnet]);
            step();
        },
    };

    [Theory]
    [MemberData(nameof(Names))]
    public void A_sequence_holds_forward_and_back(string name)
    {
        CloudBuilder cloud = new();
        CheckedCompiler compiler = new();
        List<Step> steps = [];
        Sequences[name](cloud, () =>
        {
            steps.Add(cloud.Publish());
            compiler.Apply(steps[^1]);
        });

        foreach (Step step in Enumerable.Reverse(steps))
        {
            compiler.Apply(step.Reversed(compiler.Snapshot.Revision + 1));
        }

        compiler.Snapshot.Units.ShouldBeEmpty();
        compiler.Snapshot.Hosts.ShouldBeEmpty();
    }

    private static (Network Network, Subnet Subnet) Network(CloudBuilder cloud, string cidr, string host)
    {
        Network network = cloud.AddNetwork();
        Subnet subnet = cloud.AddSubnet(network, cidr);
        cloud.AddPort(network, host, [subnet]);
        return (network, subnet);
    }
}
