using Vicinal.Lab.Instances;
using Vicinal.Packets;

namespace Vicinal.Lab.Flows;

/// <summary>Flows 5 and 5b: out through the router's gateway, translated for IPv4 and unchanged for IPv6.</summary>
public static class SourceNatFlow
{
    public static FlowReport Ipv4(FlowContext context)
    {
        FlowReport report = new("5", "No floating IP: source NAT on the gateway node", "instances without a floating IP reach outside through a gateway node, and nobody outside reaches them");
        Instance vm = context.Vm("vm1");
        IpAddress gateway = context.Topology.GatewayAddress;
        FrameLog log = context.Watch(() => context.Exchange(report, "vm1", context.Internet, "internet"));
        report.Check("the internet sees the router's address", context.Topology.Echo["internet"].LastClient == gateway, $"{context.Topology.Echo["internet"].LastClient}");
        int tunnelled = log.Tunnelled("c1", FlowContext.Underlay, vm.Address, context.Internet);
        report.Check("Geneve from c1, with the private address", tunnelled > 0, $"{tunnelled} frames");
        IReadOnlyList<string> gateways = FlowContext.Carriers(log, FlowContext.Gateways, FlowContext.External, gateway);
        report.Check("plain on one gateway node's NIC, with the router's address", gateways.Count == 1, string.Join(", ", gateways));
        context.NothingElsewhere(report, log, FlowContext.Underlay, ["c1", .. gateways], vm.Address);
        context.NothingElsewhere(report, log, FlowContext.External, gateways, vm.Address, context.Internet);
        Unsolicited(context, report, vm, gateway);
        report.Walked(PathTracer.Follow(context, vm, PathTracer.Udp(vm, context.RouterMac("blue"), vm.Address, context.Internet)));
        return report;
    }

    public static FlowReport Ipv6(FlowContext context)
    {
        FlowReport report = new("5b", "IPv6: through the gateway without NAT", "IPv6 uses global addresses and no NAT; filters hold inbound");
        Instance vm = context.Vm("vm1");
        Instance closed = context.Vm("vm7");
        FrameLog log = context.Watch(() =>
        {
            context.Exchange(report, "vm1", context.InternetV6, "internet");
            context.Exchange(report, "internet", vm.AddressV6, "vm1");
        });
        IReadOnlyList<string> gateways = FlowContext.Carriers(log, FlowContext.Gateways, FlowContext.External, vm.AddressV6);
        report.Check("the instance's own address on one gateway node's NIC", gateways.Count == 1, string.Join(", ", gateways));
        context.NothingElsewhere(report, log, FlowContext.External, gateways, vm.AddressV6);
        log = context.Watch(() => context.Exchange(report, "internet", closed.AddressV6, "vm7 (default group)", passes: false));
        int delivered = log.Carrying("vm7", "eth0", context.InternetV6);
        report.Check("the filter on vm7's node holds it back", delivered == 0, $"{delivered} frames at vm7");
        report.Walked(PathTracer.Follow(context, vm, PathTracer.Udp(vm, context.RouterMac("blue", ipv6: true), vm.AddressV6, context.InternetV6)));
        return report;
    }

    private static void Unsolicited(FlowContext context, FlowReport report, Instance vm, IpAddress gateway)
    {
        FrameLog log = context.Watch(() => context.TryConnect(report, "internet", gateway, DemoTopology.EchoPort));
        int delivered = log.Carrying("vm1", "eth0", context.Internet, context.Cloud.Plan.Upstream);
        report.Check("unsolicited traffic to the router's address reaches no instance", delivered == 0, $"{delivered} frames at vm1");
        context.RouteTo(vm.Address, gateway, () =>
            context.Exchange(report, "internet", vm.Address, "vm1's private address", passes: false));
    }
}
