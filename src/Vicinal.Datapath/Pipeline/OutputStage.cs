using Vicinal.Datapath.Flows;
using Vicinal.Datapath.State;
using Vicinal.Forwarding;

namespace Vicinal.Datapath.Pipeline;

/// <summary>The last step on this node: out of a port, into a tunnel, onto a NIC, or up to the host.</summary>
internal static class OutputStage
{
    public static void ToPort<TSink>(Walk w, LocalPort port, ref TSink sink)
        where TSink : struct, ITraceSink
    {
        w.Emit(new Emission(new FlowOutput(FlowOutputKind.Port, (uint)port.Device, w.Mtu), 0, port), Disposition.Delivered);
        Stage.Output.SayAbout(port.Origin, $"delivered to {port.Row!.DeviceName}", in w.H, ref sink);
    }

    /// <param name="egressPortKey">0: it has none; null: the packet goes without the Geneve option.</param>
    public static void ToTunnel<TSink>(
        Walk w, RemoteNode node, Encapsulation encapsulation, uint vni, uint? egressPortKey, ref TSink sink)
        where TSink : struct, ITraceSink
    {
        w.Depend(node.Slot);
        if (node.Row is null)
        {
            // In a flood the copies for other nodes stand.
            if (w.Emissions.Length == 0)
            {
                w.Drop(DropReason.UnknownTunnelPeer);
            }

            Stage.Tunnel.Say(default, $"no tunnel address is known for node {node.Host}", ref sink);

            return;
        }

        FlowOutput output = new(
            FlowOutputKind.Tunnel, 0, w.Mtu, encapsulation, node.Row.TunnelAddress, vni,
            encapsulation == Encapsulation.Geneve && egressPortKey is { } key ? ((uint)w.IngressPortKey << 16) | (key & 0xFFFF) : null);
        w.Emit(new Emission(output, 0, null), Disposition.Tunnelled);
        Stage.Tunnel.SayAbout(node.Row.Origin, $"{encapsulation} to {node.Host} ({node.Row.TunnelAddress}), VNI {vni}", in w.H, ref sink);
    }

    public static void ToPhysical<TSink>(Walk w, Segment segment, ref TSink sink)
        where TSink : struct, ITraceSink
    {
        ushort vlan = segment.Row!.VlanId;
        w.Emit(new Emission(new FlowOutput(FlowOutputKind.Physical, (uint)segment.Physical, w.Mtu), vlan, null), Disposition.Transmitted);
        if (vlan == 0)
        {
            Stage.Output.SayAbout(segment.Row.Origin, $"out of the NIC of {segment.Row.PhysicalNetwork}", in w.H, ref sink);
        }
        else
        {
            Stage.Output.SayAbout(segment.Row.Origin, $"out of the NIC of {segment.Row.PhysicalNetwork} in VLAN {vlan}", in w.H, ref sink);
        }
    }

    public static void ToHost<TSink>(Walk w, Segment segment, ref TSink sink)
        where TSink : struct, ITraceSink
    {
        FlowOutput output = new(FlowOutputKind.Host, (uint)segment.Physical, w.Mtu);
        w.Emit(new Emission(output, segment.Row!.VlanId, null), Disposition.Host);
        Stage.Output.Say(segment.Row.Origin, $"to the node's own stack on {segment.Row.PhysicalNetwork}", ref sink);
    }
}
