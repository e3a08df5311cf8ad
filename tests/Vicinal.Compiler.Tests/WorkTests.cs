using Vicinal.Forwarding;
using Vicinal.Model.Resources;
using Vicinal.Model.Tests.Clouds;

namespace Vicinal.Compiler.Tests;

/// <summary>The work of one edit in clouds of four sizes, in counts. A full rebuild in disguise would show as the cloud's size.</summary>
public sealed class WorkTests
{
    public static TheoryData<int> Sizes => [10, 100, 1_000, 5_000];

    [Theory]
    [MemberData(nameof(Sizes))]
    public void One_more_of_anything_costs_the_same_in_a_cloud_of_any_size(int ports)
    {
        SizedCloud sized = new(ports);
        CloudBuilder cloud = sized.Cloud;
        ForwardingCompiler compiler = new();
        Apply(compiler, sized.Built).Work.RecomputedKeys.ShouldBeGreaterThan(2 * ports);
        (Router router, Network network, Subnet subnet, SecurityGroup group) = sized.Places[0];

        Port port = cloud.AddPort(network, sized.Hosts[0], [subnet], group);
        Costs("a port", keys: 4, rows: 4, steps: 1);
        cloud.Put(port with { Status = PortStatus.Active });
        Costs("a port's status", keys: 3, rows: 0, steps: 0);
        FloatingIp floatingIp = cloud.AddFloatingIp(sized.External, sized.ExternalSubnet, router, port);
        Costs("a floating ip", keys: 1, rows: 1, steps: 2);
        Port other = sized.Ports[1];
        floatingIp = cloud.Put(floatingIp with { PortId = other.Id, FixedIpAddress = other.FixedIps[0].Address });
        Costs("a floating ip's move", keys: 1, rows: 1, steps: 2);
        cloud.Put(floatingIp with { PortId = null, FixedIpAddress = null, RouterId = null });
        Costs("a floating ip's end", keys: 1, rows: 1, steps: 2);
        SecurityGroupRule rule = cloud.AddRule(group, prefix: "192.0.2.0/24");
        Costs("a rule", keys: 1, rows: 1, steps: 0);
        cloud.Remove(rule);
        Costs("a rule's end", keys: 1, rows: 1, steps: 0);
        cloud.Put(network with { Name = "renamed", Mtu = 1400 });
        Costs("a network's name and MTU", keys: 1, rows: 1, steps: 0);
        cloud.Put(cloud.Topology.Routers[router.Id] with { Name = "renamed" });
        Costs("a router's name", keys: 1, rows: 0, steps: 0);
        cloud.Put(cloud.Topology.Agents[cloud.Topology.AgentsByHost[sized.Hosts[0]]] with { StartedAt = DateTimeOffset.UnixEpoch });
        Costs("an agent's restart", keys: 1, rows: 0, steps: 0);
        cloud.Put(sized.ExternalSubnet with { EnableDhcp = false });
        Costs("an external subnet's DHCP", keys: 1, rows: 1, steps: 0);
        cloud.Remove(cloud.Topology.Ports[port.Id]);
        Costs("a port's end", keys: 4, rows: 4, steps: 1);

        void Costs(string what, int keys, int rows, int steps)
        {
            CompileResult result = Apply(compiler, cloud.Publish());
            result.Work.RecomputedKeys.ShouldBeLessThanOrEqualTo(keys, what);
            result.Rows.Count.ShouldBe(rows, what);
            result.Work.SubscriptionSteps.ShouldBeLessThanOrEqualTo(steps, what);
        }
    }

    [Fact]
    public void The_first_rule_that_refers_to_a_large_group_recomputes_one_key()
    {
        SizedCloud sized = new(1_000);
        ForwardingCompiler compiler = new();
        Apply(compiler, sized.Built);
        SecurityGroup large = sized.Places[0].Group;
        SecurityGroup small = sized.Cloud.AddGroup();
        sized.Cloud.AddPort(sized.Places[0].Network, sized.Hosts[0], [], small);
        Apply(compiler, sized.Cloud.Publish());

        sized.Cloud.AddRule(small, "ingress", large);
        Apply(compiler, sized.Cloud.Publish()).Work.RecomputedKeys.ShouldBe(1);
    }

    [Fact]
    public void Joining_a_network_to_a_large_domain_costs_its_hosts_and_not_its_networks()
    {
        CloudBuilder cloud = new();
        Router router = cloud.AddRouter();
        for (int i = 0; i < 200; i++)
        {
            Network network = cloud.AddNetwork();
            cloud.AddInterface(router, network);
            cloud.AddPort(network, $"c{i % 20}");
        }

        ForwardingCompiler compiler = new();
        Apply(compiler, cloud.Publish());
        Network more = cloud.AddNetwork();
        Port joint = cloud.AddInterface(router, more);
        Apply(compiler, cloud.Publish()).Work.SubscriptionSteps.ShouldBe(20);
        cloud.Remove(joint);
        Apply(compiler, cloud.Publish()).Work.SubscriptionSteps.ShouldBe(20);
    }

    [Fact]
    public void The_counts_are_kept_by_kind()
    {
        CloudBuilder cloud = new();
        Network network = cloud.AddNetwork();
        cloud.AddPort(network, "c1", [], cloud.AddGroup());
        CompileWork work = Apply(new ForwardingCompiler(), cloud.Publish()).Work;
        work[RowKind.Segment].ShouldBe(1);
        work[RowKind.Endpoint].ShouldBe(1);
        work[RowKind.LocalPort].ShouldBe(1);
        work[RowKind.Instance].ShouldBe(1);
        work[RowKind.AddressSetMember].ShouldBe(1);
        work[RowKind.StaticNat].ShouldBe(0);
        work.RecomputedKeys.ShouldBe(6);
    }

    private static CompileResult Apply(ForwardingCompiler compiler, Step step) => compiler.Apply(step.Before, step.After, step.Changes);
}
