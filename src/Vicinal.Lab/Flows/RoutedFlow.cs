using Vicinal.Lab.Instances;
using Vicinal.Packets;

namespace Vicinal.Lab.Flows;

/// <summary>Flows 2 and 3: two networks on one router, between computes and on one.</summary>
public static class RoutedFlow
{
    public static FlowReport AcrossNodes(FlowContext context)
    {
        FlowReport report = new("2", "Two networks and a router, two computes", "the router exists as state on every compute: routed traffic goes compute to compute");
        Instance a = context.Vm("vm1");
        Instance b = context.Vm("vm3");
        Both(context, report, a, b, (log, from, to) =>
        {
            int c1 = log.Tunnelled("c1", FlowContext.Underlay, from, to);
            int c2 = log.Tunnelled("c2", FlowContext.Underlay, from, to);
            report.Check("Geneve straight between c1 and c2", c1 > 0 && c2 > 0, $"c1 {c1}, c2 {c2} frames");
            context.NothingElsewhere(report, log, FlowContext.Underlay, ["c1", "c2"], from, to);
            context.NothingElsewhere(report, log, FlowContext.External, [], from, to);
        });
        report.Walked(PathTracer.Follow(context, a, PathTracer.Udp(a, context.RouterMac("blue"), a.Address, b.Address)));
        return report;
    }

    public static FlowReport OnOneNode(FlowContext context)
    {
        FlowReport report = new("3", "Two networks and a router, one compute", "routed traffic between two instances on one node never leaves the node");
        Instance a = context.Vm("vm1");
        Instance b = context.Vm("vm4");
        Both(context, report, a, b, (log, from, to) =>
        {
            context.NothingElsewhere(report, log, FlowContext.Underlay, [], from, to);
            context.NothingElsewhere(report, log, FlowContext.External, [], from, to);
        });
        report.Walked(PathTracer.Follow(context, a, PathTracer.Udp(a, context.RouterMac("blue"), a.Address, b.Address)));
        return report;
    }

    /// <summary>Both families: the exchange, one TTL less at the far end, and the router's MAC there.</summary>
    private static void Both(FlowContext context, FlowReport report, Instance a, Instance b, Action<FrameLog, IpAddress, IpAddress> more)
    {
        foreach ((IpAddress from, IpAddress to) in (ReadOnlySpan<(IpAddress, IpAddress)>)[(a.Address, b.Address), (a.AddressV6, b.AddressV6)])
        {
            FrameLog log = context.Watch(() => context.Exchange(report, a.Name, to, b.Name));
            List<PacketHeaders> left = [.. log.PlainHeaders(a.Name, "eth0").Where(h => h.Source == from && h.Destination == to)];
            List<PacketHeaders> arrived = [.. log.PlainHeaders(b.Name, "eth0").Where(h => h.Source == from && h.Destination == to)];
            bool oneLess = left.Count > 0 && arrived.Count > 0 && arrived.All(h => h.Ttl == left[0].Ttl - 1);
            report.Check("TTL is one less behind the router", oneLess,
                left.Count > 0 && arrived.Count > 0 ? $"{left[0].Ttl} -> {arrived[0].Ttl}" : "not seen at both taps");
            MacAddress router = context.RouterMac("green", from.IsIpv6);
            report.Check("it comes from the router's MAC on green", arrived.Count > 0 && arrived.All(h => h.SourceMac == router), router.ToString());
            more(log, from, to);
        }
    }
}
