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
        if (TSink.Enabled)
        {
            sink.Record(new TraceStep(Stage.Output, $"delivered to {port.Row!.DeviceName}", port.Origin, null, HeaderText.Of(in w.H)));
        }
    }

    public static void ToTunnel<TSink>(
        Walk w, RemoteNode node, Encapsulation encapsulation, uint vni, uint egressPortKey, ref TSink sink)
        where TSink : struct, ITraceSink
    {
        w.Depend(node.Slot);
        if (node.Row is null)
        {
            // In a flood the copies for other nodes stand.
            if (w.Emissions.Count == 0)
            {
                w.Drop(DropReason.UnknownTunnelPeer);
            }

            if (TSink.Enabled)
            {
                sink.Record(new TraceStep(Stage.Tunnel, $"no tunnel address is known for node {node.Host}", default));
            }

            return;
        }

        FlowOutput output = new(
            FlowOutputKind.Tunnel, 0, w.Mtu, encapsulation, node.Row.TunnelAddress, vni,
            encapsulation == Encapsulation.Geneve ? ((uint)w.IngressPortKey << 16) | (egressPortKey & 0xFFFF) : null);
        w.Emit(new Emission(output, 0, null), Disposition.Tunnelled);
        if (TSink.Enabled)
        {
            sink.Record(new TraceStep(
                Stage.Tunnel, $"{encapsulation} to {node.Host} ({node.Row.TunnelAddress}), VNI {vni}", node.Row.Origin, null, HeaderText.Of(in w.H)));
        }
    }

    public static void ToPhysical<TSink>(Walk w, Segment segment, ref TSink sink)
        where TSink : struct, ITraceSink
    {
        ushort vlan = segment.Row!.VlanId;
        w.Emit(new Emission(new FlowOutput(FlowOutputKind.Physical, (uint)segment.Physical, w.Mtu), vlan, null), Disposition.Transmitted);
        if (TSink.Enabled)
        {
            string tag = vlan == 0 ? "untagged" : $"VLAN {vlan}";
            sink.Record(new TraceStep(
                Stage.Output, $"out of the NIC of {segment.Row.PhysicalNetwork}, {tag}", segment.Row.Origin, null, HeaderText.Of(in w.H)));
        }
    }

    public static void ToHost<TSink>(Walk w, Segment segment, ref TSink sink)
        where TSink : struct, ITraceSink
    {
        FlowOutput output = new(FlowOutputKind.Host, (uint)segment.Physical, w.Mtu);
        w.Emit(new Emission(output, segment.Row!.VlanId, null), Disposition.Host);
        if (TSink.Enabled)
        {
            sink.Record(new TraceStep(Stage.Output, $"to the node's own stack on {segment.Row.PhysicalNetwork}", segment.Row.Origin));
        }
    }
}
