using Vicinal.Forwarding;
using Vicinal.Model;
using Vicinal.Model.Resources;
using Vicinal.Packets;

namespace Vicinal.Compiler.Calculators;

/// <summary>What instances of a subnet are told, by the subnet's id.</summary>
internal sealed class SubnetCalculator : Calculator<Guid>
{
    public override RowKind Kind => RowKind.Subnet;

    public override void AddReaders(in ResourceChange change, Topology before, Topology after, ISet<Guid> keys)
    {
        if (change.Concerns<Subnet>(out _, out _))
        {
            keys.Add(change.Id);
        }
    }

    public override Row? Compute(Guid key, Topology topology) => !topology.Subnets.TryGetValue(key, out Subnet? subnet)
        ? null
        : new SubnetRow(
            subnet.Id,
            subnet.NetworkId,
            subnet.Cidr,
            subnet.GatewayIp,
            subnet.EnableDhcp,
            subnet.DnsNameservers,
            subnet.HostRoutes.Select(static r => new SubnetRoute(r.Destination, r.NextHop)).ToValueList(),
            ModeOf(subnet.Ipv6RaMode),
            ModeOf(subnet.Ipv6AddressMode));

    private static Ipv6Mode ModeOf(string? mode) => mode switch
    {
        "slaac" => Ipv6Mode.Slaac,
        "dhcpv6-stateful" => Ipv6Mode.Stateful,
        "dhcpv6-stateless" => Ipv6Mode.Stateless,
        _ => Ipv6Mode.None,
    };
}
