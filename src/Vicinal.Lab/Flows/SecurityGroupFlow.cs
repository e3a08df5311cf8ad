using System.Text.Json.Nodes;
using Vicinal.Lab.Instances;
using Vicinal.Lab.Probes;
using Vicinal.Packets;

namespace Vicinal.Lab.Flows;

/// <summary>Flow 7: security groups hold on every way in, floating IP included.</summary>
public static class SecurityGroupFlow
{
    public static FlowReport Run(FlowContext context)
    {
        FlowReport report = new("7", "Security groups", "the 1:1 NAT of a floating IP bypasses no security group rule");
        Instance vm2 = context.Vm("vm2");
        Instance vm7 = context.Vm("vm7");
        (string id, IpAddress address) = context.FloatingIp("vm2");
        try
        {
            Closed(context, report, "vm1", vm2.Address, "vm2, same network");
            Closed(context, report, "vm4", vm2.Address, "vm2, routed");
            Closed(context, report, "internet", address, "vm2's floating IP");
            context.Exchange(report, "vm1", vm7.Address, "vm7 (default group)", passes: false);
            context.Exchange(report, "vm7", vm2.Address, "vm2 (stateful: the answers come back)");
            RemoteGroup(context, report, vm7);
        }
        finally
        {
            context.Neutron.Delete("floatingips", id);
        }

        report.Walked(PathTracer.Follow(context, context.Vm("vm1"),
            PathTracer.Udp(context.Vm("vm1"), vm7.Mac, context.Vm("vm1").Address, vm7.Address)));
        return report;
    }

    private static void Closed(FlowContext context, FlowReport report, string from, IpAddress to, string name)
    {
        report.Send($"{from} -> {name} {to}: TCP {DemoTopology.ClosedPort}, which no rule allows");
        bool tcp = EchoProbe.Tcp(context.Cloud.Namespace(from), to, DemoTopology.ClosedPort, timeoutMilliseconds: 400);
        report.Check($"{from} does not reach port {DemoTopology.ClosedPort} of {name}", !tcp, tcp ? "connected" : "no connection");
    }

    /// <summary>vm7's default group lets its own members in: vm1 becomes one, and ceases to be one.</summary>
    private static void RemoteGroup(FlowContext context, FlowReport report, Instance vm7)
    {
        Instance vm1 = context.Vm("vm1");
        string group = (string)((JsonArray)context.Neutron.Get("ports", vm7.PortId.ToString())["security_groups"]!)[0]!;
        report.Send("vm1 joins the default group, whose members may reach each other");
        context.Neutron.Update("ports", vm1.PortId.ToString(), new JsonObject { ["security_groups"] = new JsonArray(context.Topology.OpenGroup, group) });
        context.Cloud.WaitApplied();
        context.Exchange(report, "vm1", vm7.Address, "vm7 as a member of its group");
        context.Neutron.Update("ports", vm1.PortId.ToString(), new JsonObject { ["security_groups"] = new JsonArray(context.Topology.OpenGroup) });
        context.Cloud.WaitApplied();
        context.Exchange(report, "vm1", vm7.Address, "vm7, no longer a member", passes: false);
    }
}
