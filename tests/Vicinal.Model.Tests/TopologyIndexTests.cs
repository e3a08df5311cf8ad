using Vicinal.Model.Indexes;
using Vicinal.Model.Resources;
using Vicinal.Model.Tests.Clouds;
using Vicinal.Packets;

namespace Vicinal.Model.Tests;

public sealed class TopologyIndexTests(ITestOutputHelper output)
{
    [Fact]
    public void After_every_random_edit_each_index_is_what_the_tables_say()
    {
        int seed = Random.Shared.Next(1_000_000_000);
        output.WriteLine($"seed {seed}");
        RandomEdits random = new(seed);
        for (int i = 0; i < 600; i++)
        {
            random.Next();
            try
            {
                IndexesShouldFitTheTables(random.Cloud.Topology);
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"seed {seed}, step {i}: {e.Message}", e);
            }
        }
    }

    [Fact]
    public void An_edit_leaves_the_topology_that_it_started_from_as_it_was()
    {
        RandomEdits random = new(seed: 3);
        Topology start = random.Next().After;
        int ports = start.Ports.Count;
        for (int i = 0; i < 100; i++)
        {
            random.Next();
        }

        start.Ports.Count.ShouldBe(ports);
        IndexesShouldFitTheTables(start);
    }

    [Fact]
    public void Port_keys_of_a_network_are_not_given_again_while_it_lives()
    {
        CloudBuilder cloud = new();
        Network network = cloud.AddNetwork();
        Port first = cloud.AddPort(network);
        Port second = cloud.AddPort(network);
        cloud.Remove(second);
        cloud.Remove(first);
        cloud.AddPort(network).PortKey.ShouldBe(3u);
        cloud.AddPort(cloud.AddNetwork()).PortKey.ShouldBe(1u);
    }

    private static void IndexesShouldFitTheTables(Topology t)
    {
        IEnumerable<Port> ports = t.Ports.Values;
        ShouldIndex(t.SubnetsByNetwork, t.Subnets.Values, static s => [s.NetworkId]);
        ShouldIndex(t.PortsByNetwork, ports, static p => [p.NetworkId]);
        ShouldIndex(t.PortsByDevice, ports, static p => p.DeviceId.Length == 0 ? [] : [p.DeviceId]);
        ShouldIndex(t.PortsByHost, ports, static p => p.BindingHostId.Length == 0 ? [] : [p.BindingHostId]);
        ShouldIndex(t.PortsBySecurityGroup, ports, static p => p.SecurityGroups);
        ShouldIndex(t.RouterPortsBySubnet, ports.Where(static p => DeviceOwner.IsRouterInterface(p.DeviceOwner)), static p => p.FixedIps.Select(static f => f.SubnetId));
        ShouldIndex(t.RulesBySecurityGroup, t.SecurityGroupRules.Values, static r => [r.SecurityGroupId]);
        ShouldIndex(t.RulesByRemoteGroup, t.SecurityGroupRules.Values, static r => r.RemoteGroupId is { } id ? [id] : []);
        ShouldIndex(t.SecurityGroupsByProject, t.SecurityGroups.Values, static g => [g.ProjectId]);
        ShouldIndex(t.FloatingIpsByPort, t.FloatingIps.Values, static f => f.PortId is { } id ? [id] : []);
        ShouldIndex(t.FloatingIpsByRouter, t.FloatingIps.Values, static f => f.RouterId is { } id ? [id] : []);
        ShouldIndex(t.FloatingIpsByNetwork, t.FloatingIps.Values, static f => [f.FloatingNetworkId]);
        ShouldIndex(t.RoutersByExternalNetwork, t.Routers.Values, static r => r.Gateway is { } g ? [g.NetworkId] : []);
        ShouldIndex(t.RoutersByGatewayHost, t.Routers.Values, static r => r.GatewayBindings.Select(static b => b.Host));
        ShouldIndex(t.RoutersByActiveGatewayHost, t.Routers.Values, static r => r.GatewayBindings.Take(1).Select(static b => b.Host));

        Sorted(t.AgentsByHost).ShouldBe(Sorted(t.Agents.Values.Select(static a => KeyValuePair.Create(a.Host, a.Id))));
        Sorted(t.PortsByMac).ShouldBe(Sorted(ports.Select(static p => KeyValuePair.Create((p.NetworkId, p.MacAddress), p.Id))));
        ports.All(p => p.PortKey < t.NextPortKey(p.NetworkId)).ShouldBeTrue("a port key could be given again");
        SegmentationIdsShouldFit(t);
        AllocationsShouldFit(t);
    }

    private static void SegmentationIdsShouldFit(Topology t)
    {
        foreach (Network network in t.Networks.Values.Where(static n => n.SegmentationId is not null))
        {
            t.SegmentationIds[SegmentationIds.SpaceOf(network.NetworkType, network.PhysicalNetwork)]
                .OwnerOf((uint)network.SegmentationId!.Value).ShouldBe(network.Id);
        }

        foreach (Router router in t.Routers.Values)
        {
            t.SegmentationIds["geneve"].OwnerOf(router.TransitVni).ShouldBe(router.Id);
        }
    }

    private static void AllocationsShouldFit(Topology t)
    {
        (Guid Subnet, IpAddress Address, Guid Port)[] taken =
            [.. t.Ports.Values.SelectMany(static p => p.FixedIps.Select(f => (f.SubnetId, f.Address, p.Id)))];
        foreach ((Guid subnet, IpAddress address, Guid port) in taken)
        {
            t.Allocations.OwnerOf(subnet, address).ShouldBe(port);
        }

        foreach (Subnet subnet in t.Subnets.Values)
        {
            t.Allocations.CountOf(subnet.Id).ShouldBe(taken.Count(x => x.Subnet == subnet.Id));
            if (t.Allocations.FindFree(subnet) is { } free)
            {
                taken.Any(x => x.Subnet == subnet.Id && x.Address == free).ShouldBeFalse($"{free} is taken");
                subnet.AllocationPools.Any(p => p.Start <= free && free <= p.End).ShouldBeTrue($"{free} is in no pool");
            }
        }
    }

    private static void ShouldIndex<TKey, T>(KeyedSets<TKey> index, IEnumerable<T> resources, Func<T, IEnumerable<TKey>> keys)
        where TKey : notnull
        where T : Resource
    {
        IEnumerable<string> expected = resources.SelectMany(r => keys(r).Distinct().Select(k => $"{k} {r.Id}")).Order(StringComparer.Ordinal);
        IEnumerable<string> actual = index.Keys.SelectMany(k => index[k].Select(id => $"{k} {id}")).Order(StringComparer.Ordinal);
        actual.SequenceEqual(expected).ShouldBeTrue($"the index of {typeof(T).Name} by {typeof(TKey).Name} does not fit");
        index.Keys.All(index.Has).ShouldBeTrue();
    }

    private static string Sorted<TKey>(IEnumerable<KeyValuePair<TKey, Guid>> pairs) =>
        string.Join('\n', pairs.Select(static p => $"{p.Key} {p.Value}").Order(StringComparer.Ordinal));
}
