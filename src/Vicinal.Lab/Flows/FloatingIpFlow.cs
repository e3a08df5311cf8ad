using System.Text.Json.Nodes;
using Vicinal.Lab.Instances;
using Vicinal.Packets;

namespace Vicinal.Lab.Flows;

/// <summary>Flows 6 and 8: a floating IP is translated on the port's own node, and moves to another.</summary>
public static class FloatingIpFlow
{
    public static FlowReport Translate(FlowContext context)
    {
        FlowReport report = new("6", "Floating IP", "1:1 NAT on the compute: the public address on its NIC, the private one at the tap, no gateway node");
        Instance vm = context.Vm("vm2");
        (string id, IpAddress address) = context.FloatingIp("vm2");
        try
        {
            FrameLog log = context.Watch(() =>
            {
                context.Exchange(report, "internet", address, "vm2's floating IP");
                context.Exchange(report, "vm2", context.Internet, "internet");
            });
            report.Check("the internet sees the floating IP", context.Topology.Echo["internet"].LastClient == address, $"{context.Topology.Echo["internet"].LastClient}");
            int outside = log.Carrying("c2", FlowContext.External, address);
            int inside = log.Carrying("c2", vm.Device, vm.Address);
            int leaked = log.Carrying("c2", FlowContext.External, vm.Address);
            report.Check("the public address on c2's NIC", outside > 0 && leaked == 0, $"{outside} frames, {leaked} with the private address");
            report.Check("the private address at the tap", inside > 0 && log.Carrying("c2", vm.Device, address) == 0, $"{inside} frames");
            context.NothingElsewhere(report, log, FlowContext.Underlay, [], vm.Address, address, context.Internet);
            context.NothingElsewhere(report, log, FlowContext.External, ["c2"], vm.Address, context.Internet);
            report.Walked(PathTracer.Follow(context, vm, PathTracer.Udp(vm, context.RouterMac("blue"), vm.Address, context.Internet)));
        }
        finally
        {
            context.Neutron.Delete("floatingips", id);
        }

        return report;
    }

    public static FlowReport Move(FlowContext context)
    {
        FlowReport report = new("8", "A floating IP moves", "the floating IP moves to another instance on another node: traffic follows, the segment is told");
        Instance target = context.Vm("vm4");
        (string id, IpAddress address) = context.FloatingIp("vm2");
        try
        {
            context.Exchange(report, "internet", address, "vm2's floating IP");
            FrameLog log = context.Watch(() =>
            {
                report.Send($"floating IP {address} moves from vm2 (c2) to vm4 (c1)");
                context.Neutron.Update("floatingips", id, new JsonObject { ["port_id"] = target.PortId.ToString() });
                context.Cloud.WaitFloatingIp(id);
                context.Exchange(report, "internet", address, "vm4's floating IP");
            });
            int announced = log.PlainHeaders("internet", FlowContext.External).Count(h => h.IsArp && h.Source == address && h.Destination == address);
            report.Check("the segment is told by gratuitous ARP", announced > 0, $"{announced} announcements seen by the internet host");
            report.Check("it arrives at vm4", log.Carrying("vm4", "eth0", target.Address) > 0, $"{log.Carrying("vm4", "eth0", target.Address)} frames at vm4");
            FrameLog after = context.Watch(() => context.ArpAsk(report, address));
            List<string> answering = [.. context.Nodes.Where(node => after.At(node, FlowContext.External)
                .Any(frame => frame.Outgoing && frame.Headers is { IsArp: true, ArpOperation: 2 } arp && arp.Source == address))];
            report.Check("only c1 answers for it", answering is ["c1"], $"answered by {string.Join(", ", answering)}");
            report.Walked(PathTracer.Follow(context, target, PathTracer.Udp(target, context.RouterMac("green"), target.Address, context.Internet)));
        }
        finally
        {
            context.Neutron.Delete("floatingips", id);
        }

        return report;
    }
}
