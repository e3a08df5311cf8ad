using Vicinal.Model;
using Vicinal.Model.Resources;
using Vicinal.Packets;

namespace Vicinal.Simulation.Tests.Cloud;

/// <summary>
/// Who reaches whom by the book, from the topology alone: Neutron's words, no rows and no packets. It shares nothing with the
/// compiler and the data path.
/// </summary>
internal sealed class ReachabilityOracle(Topology topology)
{
    /// <summary>The source address that the receiver sees, or null when the first packet of a conversation does not get there.</summary>
    public IpAddress? ToFixedAddress(Port from, Port to)
    {
        IpAddress source = AddressOf(from);
        if (from.Id == to.Id || !Sends(from, AddressOf(to)) || !Accepts(to, source))
        {
            return null;
        }

        return IsInside(from, to) && (from.NetworkId == to.NetworkId || IsRouted(DefaultRouter(from)!, from)) ? source : null;
    }

    /// <summary>One network, or one router on both.</summary>
    public bool IsInside(Port from, Port to) =>
        from.NetworkId == to.NetworkId || (DefaultRouter(from) is { } router && Joins(router, to.NetworkId));

    public IpAddress? ToFloatingIp(Port from, FloatingIp floatingIp) =>
        Sends(from, floatingIp.FloatingIpAddress) && SourceOutside(from) is { } source && Arrives(floatingIp, source) ? source : null;

    public IpAddress? ToInternet(Port from, IpAddress internet) => Sends(from, internet) ? SourceOutside(from) : null;

    public bool FromInternet(IpAddress internet, FloatingIp floatingIp) => Arrives(floatingIp, internet);

    /// <summary>Whether some node is to answer for the address.</summary>
    public bool IsOwned(FloatingIp floatingIp) => floatingIp.PortId is { } portId
        && topology.Networks[floatingIp.FloatingNetworkId].AdminStateUp
        && topology.Routers[floatingIp.RouterId!.Value] is { AdminStateUp: true } router
        && (IsTranslatedAtHome(topology.Ports[portId], router) || !router.GatewayBindings.IsEmpty);

    /// <summary>The router that has the gateway address of the port's subnet, as its instance's default route says.</summary>
    public Router? DefaultRouter(Port port)
    {
        Subnet subnet = topology.Subnets[port.FixedIps[0].SubnetId];
        Port? holder = topology.Ports.Values.FirstOrDefault(p => DeviceOwner.IsRouterInterface(p.DeviceOwner) && p.AdminStateUp
            && p.FixedIps.Any(ip => ip.SubnetId == subnet.Id && ip.Address == subnet.GatewayIp));
        return holder is null ? null : topology.Routers[Guid.Parse(holder.DeviceId)];
    }

    public bool Joins(Router router, Guid network) => router.AdminStateUp && topology.Ports.Values.Any(p =>
        DeviceOwner.IsRouterInterface(p.DeviceOwner) && p.AdminStateUp && p.DeviceId == router.Id.ToString() && p.NetworkId == network);

    public static IpAddress AddressOf(Port port) => port.FixedIps[0].Address;

    /// <summary>Its own floating IP, or the address of its router's gateway where a node serves that.</summary>
    private IpAddress? SourceOutside(Port from)
    {
        if (DefaultRouter(from) is not { AdminStateUp: true, Gateway: { } gateway } router || !topology.Networks[gateway.NetworkId].AdminStateUp)
        {
            return null;
        }

        if (topology.FloatingIps.Values.FirstOrDefault(f => f.PortId == from.Id) is { } own)
        {
            return IsOwned(own) ? own.FloatingIpAddress : null;
        }

        return gateway.EnableSnat && !router.GatewayBindings.IsEmpty ? AddressOf(topology.Ports[gateway.PortId]) : null;
    }

    /// <summary>By the port's own node, where that routes at all and the router is distributed; else there must be a gateway node.</summary>
    private bool IsRouted(Router router, Port from) => (router.Distributed && ModeOf(from) != "legacy") || !router.GatewayBindings.IsEmpty;

    private bool IsTranslatedAtHome(Port port, Router router) => router.Distributed && ModeOf(port) is "dvr" or "dvr_snat";

    private string? ModeOf(Port port) => topology.Agents.Values.FirstOrDefault(agent => agent.Host == port.BindingHostId)?.Mode;

    private bool Arrives(FloatingIp floatingIp, IpAddress source)
    {
        if (floatingIp.PortId is not { } portId || !IsOwned(floatingIp))
        {
            return false;
        }

        Port port = topology.Ports[portId];
        Router router = topology.Routers[floatingIp.RouterId!.Value];
        return router.Gateway is not null && Joins(router, port.NetworkId) && Accepts(port, source);
    }

    private bool Sends(Port from, IpAddress to) => IsAlive(from) && Allows(from, "egress", to);

    private bool Accepts(Port to, IpAddress source) => IsAlive(to) && Allows(to, "ingress", source);

    private bool IsAlive(Port port) => port.AdminStateUp && port.BindingHostId.Length > 0 && topology.Networks[port.NetworkId].AdminStateUp;

    private bool Allows(Port port, string direction, IpAddress remote) => topology.SecurityGroupRules.Values.Any(rule =>
        port.SecurityGroups.Any(group => group == rule.SecurityGroupId) && rule.Direction == direction
        && (rule.RemotePrefix is not { } prefix || prefix.Contains(remote))
        && (rule.RemoteGroupId is not { } members || topology.Ports.Values.Any(p => p.SecurityGroups.Any(g => g == members) && p.FixedIps.Any(ip => ip.Address == remote))));
}
