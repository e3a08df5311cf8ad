using Vicinal.Forwarding;
using Vicinal.Model;
using Vicinal.Model.Resources;

namespace Vicinal.Compiler.Calculators;

/// <summary>Networks become segments, by the network's id.</summary>
internal sealed class SegmentCalculator : Calculator<Guid>
{
    public override RowKind Kind => RowKind.Segment;

    public override void AddReaders(in ResourceChange change, Topology before, Topology after, ISet<Guid> keys)
    {
        if (change.Concerns<Network>(out _, out _))
        {
            keys.Add(change.Id);
        }
    }

    public override Row? Compute(Guid key, Topology topology)
    {
        if (!topology.Networks.TryGetValue(key, out Network? network) || EncapsulationOf(network) is not { } encapsulation)
        {
            return null;
        }

        int segmentation = network.SegmentationId ?? 0;
        return new SegmentRow(
            network.Id,
            encapsulation,
            Vni: IsTunnelled(network) ? (uint)segmentation : 0,
            IsTunnelled(network) ? null : network.PhysicalNetwork,
            VlanId: encapsulation == Encapsulation.Vlan ? (ushort)segmentation : (ushort)0,
            network.Mtu,
            network.External,
            network.AdminStateUp);
    }

    public static bool IsTunnelled(Network network) =>
        EncapsulationOf(network) is Encapsulation.Geneve or Encapsulation.Vxlan or Encapsulation.Gre;

    /// <summary>Null for a type that this version cannot carry, which validation lets nobody make: such a network carries nothing.</summary>
    private static Encapsulation? EncapsulationOf(Network network) => network.NetworkType switch
    {
        "geneve" => Encapsulation.Geneve,
        "vxlan" => Encapsulation.Vxlan,
        "gre" => Encapsulation.Gre,
        "vlan" => Encapsulation.Vlan,
        "flat" => Encapsulation.Flat,
        _ => null,
    };
}
