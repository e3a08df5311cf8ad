using Vicinal.Packets;

namespace Vicinal.Lab.Flows;

/// <summary>Flow 9: the cloud's own instances call floating IPs.</summary>
public static class HairpinFlow
{
    public static FlowReport Run(FlowContext context)
    {
        FlowReport report = new("9", "Hairpins", "an instance reaches its own floating IP and another's, with a floating IP of its own or without");
        (string id1, IpAddress first) = context.FloatingIp("vm2");
        (string id2, IpAddress second) = context.FloatingIp("vm4");
        try
        {
            context.Exchange(report, "vm2", first, "its own floating IP");
            context.Exchange(report, "vm2", second, "vm4's floating IP");
            report.Check("vm4 sees vm2's floating IP", context.Topology.Echo["vm4"].LastClient == first, $"{context.Topology.Echo["vm4"].LastClient}");
            context.Exchange(report, "vm1", first, "vm2's floating IP");
            report.Check("vm2 sees the router's address", context.Topology.Echo["vm2"].LastClient == context.Topology.GatewayAddress, $"{context.Topology.Echo["vm2"].LastClient}");
            context.Exchange(report, "vm5", first, "vm2's floating IP");
            context.Exchange(report, "vm1", second, "vm4's floating IP (same node)");
            report.Walked(PathTracer.Follow(context, context.Vm("vm2"),
                PathTracer.Udp(context.Vm("vm2"), context.RouterMac("blue"), context.Vm("vm2").Address, first)));
        }
        finally
        {
            context.Neutron.Delete("floatingips", id1);
            context.Neutron.Delete("floatingips", id2);
        }

        return report;
    }
}
