using Vicinal.Model.Indexes;
using Vicinal.Model.Resources;
using Vicinal.Model.Rules;
using Vicinal.Packets;

namespace Vicinal.Model.Tests.Rules;

/// <summary>What holds of every topology, whatever was asked of the rules.</summary>
internal static class L3Invariants
{
    public static void Check(Topology topology)
    {
        CheckIndexes(topology);
        foreach (Router router in topology.Routers.Values)
        {
            CheckRouter(topology, router);
        }

        foreach (FloatingIp fip in topology.FloatingIps.Values)
        {
            CheckFloatingIp(topology, fip);
        }

        foreach (SecurityGroupRule rule in topology.SecurityGroupRules.Values)
        {
            topology.SecurityGroups.ShouldContainKey(rule.SecurityGroupId);
            (rule.RemoteGroupId is { } remote && !topology.SecurityGroups.ContainsKey(remote)).ShouldBeFalse();
        }

        topology.Routers.Values.Select(r => r.TransitVni)
            .Concat(topology.Networks.Values.Where(n => n.PhysicalNetwork is null).Select(n => (uint)n.SegmentationId!))
            .ShouldBeUnique();
        foreach (IGrouping<string, SecurityGroup> project in topology.SecurityGroups.Values.GroupBy(g => g.ProjectId))
        {
            project.Count(g => g.Name == SecurityGroup.DefaultName).ShouldBeLessThanOrEqualTo(1);
        }
    }

    /// <summary>Every index is what it would be, had everything just been put in.</summary>
    private static void CheckIndexes(Topology topology)
    {
        Topology fresh = Topology.Empty;
        IEnumerable<Resource> all =
        [
            .. topology.Networks.Values, .. topology.Subnets.Values, .. topology.Ports.Values, .. topology.Routers.Values,
            .. topology.FloatingIps.Values, .. topology.SecurityGroups.Values, .. topology.SecurityGroupRules.Values,
            .. topology.Agents.Values,
        ];
        foreach (Resource resource in all)
        {
            // An address of two ports would throw here.
            fresh = fresh.With(null, resource);
        }

        Same(topology.SubnetsByNetwork, fresh.SubnetsByNetwork);
        Same(topology.PortsByNetwork, fresh.PortsByNetwork);
        Same(topology.PortsByDevice, fresh.PortsByDevice);
        Same(topology.PortsByHost, fresh.PortsByHost);
        Same(topology.PortsBySecurityGroup, fresh.PortsBySecurityGroup);
        Same(topology.RouterPortsBySubnet, fresh.RouterPortsBySubnet);
        Same(topology.RulesBySecurityGroup, fresh.RulesBySecurityGroup);
        Same(topology.RulesByRemoteGroup, fresh.RulesByRemoteGroup);
        Same(topology.SecurityGroupsByProject, fresh.SecurityGroupsByProject);
        Same(topology.FloatingIpsByPort, fresh.FloatingIpsByPort);
        Same(topology.FloatingIpsByRouter, fresh.FloatingIpsByRouter);
        Same(topology.FloatingIpsByNetwork, fresh.FloatingIpsByNetwork);
        Same(topology.RoutersByExternalNetwork, fresh.RoutersByExternalNetwork);
        Same(topology.RoutersByGatewayHost, fresh.RoutersByGatewayHost);
        Same(topology.RoutersByActiveGatewayHost, fresh.RoutersByActiveGatewayHost);
        topology.PortsByMac.OrderBy(p => p.Value).ShouldBe(fresh.PortsByMac.OrderBy(p => p.Value));
        topology.AgentsByHost.OrderBy(p => p.Key).ShouldBe(fresh.AgentsByHost.OrderBy(p => p.Key));
        foreach (Subnet subnet in topology.Subnets.Values)
        {
            topology.Allocations.CountOf(subnet.Id).ShouldBe(fresh.Allocations.CountOf(subnet.Id));
            topology.Allocations.OwnersIn(subnet.Id).Order().ShouldBe(fresh.Allocations.OwnersIn(subnet.Id).Order());
        }
    }

    private static void CheckRouter(Topology topology, Router router)
    {
        List<Port> interfaces = [.. RouterPorts.Interfaces(topology, router.Id)];
        interfaces.TrueForAll(port => port.DeviceOwner == RouterPorts.InterfaceOwner(router)).ShouldBeTrue();
        IEnumerable<Guid> subnets = interfaces.SelectMany(port => port.FixedIps).Select(ip => ip.SubnetId)
            .Concat(router.Gateway is { } g ? topology.SubnetsByNetwork[g.NetworkId] : []);
        List<IpPrefix> cidrs = [.. subnets.Select(id => topology.Subnets[id].Cidr)];
        for (int i = 0; i < cidrs.Count; i++)
        {
            for (int j = i + 1; j < cidrs.Count; j++)
            {
                cidrs[i].Overlaps(cidrs[j]).ShouldBeFalse($"{cidrs[i]} and {cidrs[j]} on one router");
            }
        }

        List<Port> gateways = [.. RouterPorts.All(topology, router.Id).Where(p => p.DeviceOwner == DeviceOwner.RouterGateway)];
        gateways.Select(port => (port.NetworkId, port.Id)).ShouldBe(router.Gateway is { } gateway ? [(gateway.NetworkId, gateway.PortId)] : []);
        CheckBindings(topology, router);
        foreach (HostRoute route in router.Routes)
        {
            cidrs.Exists(cidr => cidr.Contains(route.NextHop)).ShouldBeTrue($"{route} leads nowhere");
        }
    }

    private static void CheckBindings(Topology topology, Router router)
    {
        router.GatewayBindings.Select(b => b.Host).ShouldBeUnique();
        router.GatewayBindings.Select(b => -b.Priority).ShouldBeInOrder();
        List<Agent> bound = [.. router.GatewayBindings.Select(b => topology.AgentOn(b.Host)!)];
        RouterKind[] kinds = router.Migration is { } migration ? [migration.From, migration.To] : [new RouterKind(router.Distributed, router.Ha)];
        bound.ShouldAllBe(agent => kinds.Any(kind => Serves(topology, agent, router, kind)));
        foreach (RouterKind kind in kinds)
        {
            int wanted = router.GatewayCount ?? (NeedsNodes(topology, router, kind) ? (kind.Ha ? 3 : 1) : 0);
            int able = topology.Agents.Values.Count(agent => Serves(topology, agent, router, kind) && (!agent.Unreachable || bound.Contains(agent)));
            int serving = bound.Count(agent => Serves(topology, agent, router, kind));
            serving.ShouldBeGreaterThanOrEqualTo(Math.Min(wanted, able), $"{router.Id}, {kind}");
            (router.Migration is not null || serving <= wanted).ShouldBeTrue($"{router.Id}, {kind} has {serving} nodes of {wanted}");
        }
    }

    private static bool NeedsNodes(Topology topology, Router router, RouterKind kind) =>
        router.Gateway is not null || RouterPorts.Interfaces(topology, router.Id).Any(port =>
            !kind.Distributed || topology.Networks[port.NetworkId].NetworkType is "flat" or "vlan");

    private static bool Serves(Topology topology, Agent agent, Router router, RouterKind kind)
    {
        bool reaches = router.Gateway is not { } gateway
            || agent.BridgeMappings.Any(m => m.PhysicalNetwork == topology.Networks[gateway.NetworkId].PhysicalNetwork);
        return agent.AdminStateUp && reaches && (agent.Mode == "dvr_snat" || (agent.Mode == "legacy" && !kind.Distributed));
    }

    private static void CheckFloatingIp(Topology topology, FloatingIp fip)
    {
        Port holder = topology.Ports[fip.FloatingPortId];
        (holder.DeviceId, holder.NetworkId).ShouldBe((fip.Id.ToString(), fip.FloatingNetworkId));
        holder.FixedIps.Any(ip => ip.Address == fip.FloatingIpAddress).ShouldBeTrue();
        if (fip.PortId is not { } portId)
        {
            (fip.RouterId, fip.FixedIpAddress, fip.Status).ShouldBe((null, null, PortStatus.Down));
            return;
        }

        FixedIp target = topology.Ports[portId].FixedIps.First(ip => ip.Address == fip.FixedIpAddress);
        Router router = topology.Routers[fip.RouterId!.Value];
        router.Gateway!.NetworkId.ShouldBe(fip.FloatingNetworkId);
        RouterPorts.InterfaceOn(topology, router.Id, target.SubnetId).ShouldNotBeNull();
        topology.FloatingIpsByPort[portId].Select(id => topology.FloatingIps[id])
            .Count(other => other.FloatingNetworkId == fip.FloatingNetworkId && other.FixedIpAddress == fip.FixedIpAddress).ShouldBe(1);
    }

    private static void Same<TKey>(KeyedSets<TKey> actual, KeyedSets<TKey> expected)
        where TKey : notnull
    {
        actual.Keys.Order().ShouldBe(expected.Keys.Order());
        foreach (TKey key in actual.Keys)
        {
            actual[key].SetEquals(expected[key]).ShouldBeTrue($"the index differs at {key}");
        }
    }
}
