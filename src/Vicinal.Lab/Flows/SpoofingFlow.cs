using Vicinal.Lab.Instances;
using Vicinal.Lab.Probes;
using Vicinal.Packets;

namespace Vicinal.Lab.Flows;

/// <summary>Flow 12: what an instance forges leaves no node.</summary>
public static class SpoofingFlow
{
    public static FlowReport Run(FlowContext context)
    {
        FlowReport report = new("12", "Spoofing", "a forged MAC, address, ARP or neighbour discovery leaves no node");
        Instance vm1 = context.Vm("vm1");
        Instance vm2 = context.Vm("vm2");
        MacAddress forged = MacAddress.Parse("fa:16:3e:00:66:66", null);
        IpAddress strange = IpAddress.Parse("10.1.0.66");
        IpAddress strangeV6 = IpAddress.Parse("2001:db8:b1::6666");
        (string What, byte[] Frame)[] frames =
        [
            ("source MAC", PathTracer.Udp(forged, vm2.Mac, vm1.Address, vm2.Address)),
            ("source address", PathTracer.Udp(vm1.Mac, vm2.Mac, strange, vm2.Address)),
            ("IPv6 source address", PathTracer.Udp(vm1.Mac, vm2.Mac, strangeV6, vm2.AddressV6)),
            ("ARP sender", ForgedFrames.Arp(vm1.Mac, vm1.Mac, vm2.Address, vm1.Address)),
            ("neighbour advertisement", ForgedFrames.NeighborAdvertisement(vm1.Mac, vm2.AddressV6, vm1.AddressV6)),
            ("router advertisement", ForgedFrames.RouterAdvertisement(vm1.Mac)),
        ];
        foreach ((string what, byte[] frame) in frames)
        {
            report.Send($"vm1 sends a frame with a forged {what}");
            FrameLog log = context.Watch(() => RawFrame.Send(vm1.Namespace, "eth0", frame));
            int seen = log.At("vm1", "eth0").Count(f => f.Outgoing && f.Bytes.AsSpan().SequenceEqual(frame));
            int left = context.Nodes.Sum(node => log.At(node, FlowContext.Underlay).Count(f => f.Inner is { } inner && inner.Bytes.AsSpan().SequenceEqual(frame)));
            int delivered = context.Cloud.Instances.Values.Where(i => i.Name != "vm1").Sum(i => log.At(i.Name, "eth0").Count(f => f.Bytes.AsSpan().SequenceEqual(frame)));
            report.Check($"forged {what}: dropped at vm1's tap", seen > 0 && left == 0 && delivered == 0, $"sent {seen}, on the underlay {left}, delivered {delivered}");
        }

        report.Walked(PathTracer.Follow(context, vm1, frames[1].Frame));
        return report;
    }
}
