using System.Runtime.InteropServices;
using Vicinal.Datapath.Flows;
using Vicinal.Datapath.Tests.Fabric;
using Vicinal.Datapath.Tests.Flows;
using Vicinal.Forwarding;
using Vicinal.Packets;

namespace Vicinal.Datapath.Tests.Restart;

/// <summary>Compares a mirror with the cache that it repeats, and what it would replay with what a walk would do at this moment.</summary>
internal static class MirrorCheck
{
    /// <returns>How many flows it would replay, drops among them.</returns>
    public static (int Flows, int Drops) Verify(SimNode node, MapMirror mirror, long now)
    {
        FlowView[] mirrored = [.. node.Node.FlowViews.Where(f => f.Entry.IsMirrored)];
        mirror.Flows.Count.ShouldBe(mirrored.Length);
        foreach (FlowView view in mirrored)
        {
            (int slot, FlowAction action) = mirror.Flows[view.Entry.Key];
            slot.ShouldBe(view.Slot);
            Bytes(action).SequenceEqual(Bytes(view.Entry.Action)).ShouldBeTrue(view.Entry.Key.ToString());
        }

        int flows = 0;
        int drops = 0;
        foreach ((FlowKey key, (int _, FlowAction action)) in mirror.Flows)
        {
            bool holds = action.Lease == GatewayLease.None || node.Settings.GatewayLease?.Holds(action.Lease) != false;
            if (mirror.IsCurrent(in action) && (action.Deadline == 0 || now < action.Deadline) && holds && Agrees(node, in key, in action, now))
            {
                flows++;
                drops += action.OutputKind == FlowOutputKind.Drop ? 1 : 0;
            }
        }

        return (flows, drops);
    }

    /// <summary>False for what the action does not admit.</summary>
    private static bool Agrees(SimNode node, in FlowKey key, in FlowAction action, long now)
    {
        PacketBuffer packet = new();
        FlowProbe.TryBuild(in key, packet, out PacketHeaders h).ShouldBeTrue(key.ToString());
        byte[] frame = packet.Span.ToArray();
        if (!action.Admits(in h, default))
        {
            return false;
        }

        TraceResult walk = node.Node.Trace(SourceOf(node, in key), key.InputKind == FlowInputKind.Tunnel ? Encapsulated(frame, key.InputIndex) : frame, now);
        string what = $"{node.Host}: {key}: {string.Join(" | ", walk.Steps.Select(s => s.What))}";
        if (action.OutputKind == FlowOutputKind.Drop)
        {
            (walk.Disposition, walk.DropReason).ShouldBe((Disposition.Dropped, action.DropReason), what);
            return true;
        }

        Executor.Execute(in action, packet, in h);
        TraceOutput output = walk.Outputs.ShouldHaveSingleItem(what);
        ((int)output.Kind, (uint)output.Index, output.Remote).ShouldBe(((int)action.OutputKind, action.OutputIndex, action.TunnelRemote), what);
        output.Bytes.Span.SequenceEqual(packet.Span).ShouldBeTrue(what);
        return true;
    }

    private static PacketSource SourceOf(SimNode node, in FlowKey key)
    {
        uint number = key.InputPeer >> 3;
        return key.InputKind switch
        {
            FlowInputKind.LocalPort => PacketSource.LocalPort((int)key.InputIndex),
            FlowInputKind.Physical => PacketSource.Physical((int)key.InputIndex),
            _ => PacketSource.Tunnel(node.Node.Peers.Single(p => p.Number == number).Address, 0),
        };
    }

    private static byte[] Encapsulated(byte[] frame, uint vni)
    {
        GeneveHeader header = new(vni, EtherType.TransparentBridging, false, false, 0, 0);
        byte[] bytes = new byte[header.Size + frame.Length];
        header.Write(bytes);
        frame.CopyTo(bytes, header.Size);
        return bytes;
    }

    private static byte[] Bytes(FlowAction action)
    {
        FlowAction plain = action with { VerifiedAt = 0 };
        return MemoryMarshal.AsBytes(new ReadOnlySpan<FlowAction>(in plain)).ToArray();
    }
}
