using Vicinal.Lab.Instances;
using Vicinal.Packets;

namespace Vicinal.Lab.Flows;

/// <summary>Flow 1: one network, two computes, no gateway.</summary>
public static class SameNetworkFlow
{
    public static FlowReport Run(FlowContext context)
    {
        FlowReport report = new("1", "Same network, two computes", "traffic between two instances of a network goes straight between the computes in the Geneve tunnel");
        Instance a = context.Vm("vm1");
        Instance b = context.Vm("vm2");
        foreach ((IpAddress from, IpAddress to) in (ReadOnlySpan<(IpAddress, IpAddress)>)[(a.Address, b.Address), (a.AddressV6, b.AddressV6)])
        {
            FrameLog log = context.Watch(() => context.Exchange(report, "vm1", to, "vm2"));
            int sent = log.Tunnelled("c1", FlowContext.Underlay, from, to);
            int received = log.Tunnelled("c2", FlowContext.Underlay, from, to);
            report.Check("Geneve between c1 and c2", sent > 0 && received > 0, $"c1 {sent}, c2 {received} frames in {Vnis(log)}");
            context.NothingElsewhere(report, log, FlowContext.Underlay, ["c1", "c2"], from, to);
            context.NothingElsewhere(report, log, FlowContext.External, [], from, to);
        }

        report.Walked(PathTracer.Follow(context, a, PathTracer.Udp(a, b.Mac, a.Address, b.Address)));
        return report;
    }

    internal static string Vnis(FrameLog log) =>
        string.Join(", ", log.TunnelledHeaders("c1", FlowContext.Underlay).Select(inner => $"VNI {inner.Vni}").Distinct());
}
