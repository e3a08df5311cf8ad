using Vicinal.Model;
using Vicinal.Model.Indexes;
using Vicinal.Model.Resources;
using Vicinal.Packets;

namespace Vicinal.StoreWriter;

/// <summary>Three resources that one edit makes together, so that half an edit shows: a network has its subnet and its name has the port's id.</summary>
public sealed record Trio(Network Network, Subnet Subnet, Port Port)
{
    public static Trio Create(TopologyEdit edit)
    {
        uint vni = edit.DrawSegmentationId("geneve", [new SegmentationRange(1, 0xFF_FFFF)])!.Value;
        Guid portId = edit.NewId();
        Network network = edit.Put(new Network
        {
            Id = edit.NewId(),
            Name = portId.ToString(),
            NetworkType = "geneve",
            SegmentationId = (int)vni,
            Mtu = 1442,
        });
        Subnet subnet = edit.Put(new Subnet
        {
            Id = edit.NewId(),
            NetworkId = network.Id,
            Cidr = IpPrefix.Parse("10.0.0.0/24"),
            AllocationPools = [new AllocationPool(IpAddress.Parse("10.0.0.2"), IpAddress.Parse("10.0.0.254"))],
        });
        Port port = edit.Put(new Port
        {
            Id = portId,
            NetworkId = network.Id,
            MacAddress = new MacAddress(0xFA16_3E00_0000UL | vni),
            FixedIps = [new FixedIp(subnet.Id, edit.Current.Allocations.FindFree(subnet)!.Value)],
            PortKey = edit.Current.NextPortKey(network.Id),
        });
        return new Trio(network, subnet, port);
    }
}
