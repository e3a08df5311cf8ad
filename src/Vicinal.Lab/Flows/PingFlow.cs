using Vicinal.Lab.Instances;
using Vicinal.Lab.Probes;
using Vicinal.Packets;

namespace Vicinal.Lab.Flows;

/// <summary>Flow 10: ping and traceroute to and through routers, fragments, and the MTU.</summary>
public static class PingFlow
{
    public static FlowReport Run(FlowContext context)
    {
        FlowReport report = new("10", "Ping, traceroute, fragments, MTU", "routers answer, count hops and say when a packet is too big");
        Instance vm1 = context.Vm("vm1");
        Instance vm3 = context.Vm("vm3");
        foreach (IpAddress router in context.RouterAddresses)
        {
            Ping(context, report, "vm1", router, new PingOptions(), "the router's interface");
        }

        Hop(context, report, vm3.Address, context.RouterAddress("blue", ipv6: false));
        Hop(context, report, vm3.AddressV6, context.RouterAddress("blue", ipv6: true));
        Ping(context, report, "vm1", vm3.Address, new PingOptions { Ttl = 2 }, "vm3 at hop 2");
        Hop(context, report, context.Internet, context.RouterAddress("blue", ipv6: false));
        PingOptions large = new() { PayloadBytes = 2972, TimeoutMilliseconds = 2000 };
        foreach (IpAddress to in (ReadOnlySpan<IpAddress>)[context.Vm("vm2").Address, vm3.Address, vm3.AddressV6, context.Internet])
        {
            Ping(context, report, "vm1", to, large, "3000 bytes, fragmented");
        }

        Mtu(context, report, vm3.Address);
        report.Walked(PathTracer.Follow(context, vm1, PathTracer.Udp(vm1, context.RouterMac("blue"), vm1.Address, vm3.Address, ttl: 1)));
        return report;
    }

    private static void Ping(FlowContext context, FlowReport report, string from, IpAddress to, PingOptions options, string what)
    {
        report.Send($"{from} -> {to}: ping, {what}");
        PingReply? reply = PingProbe.Run(context.Cloud.Namespace(from), to, options)[0];
        report.Check($"{to} answers ({what})", reply is { IsEcho: true }, Describe(reply));
    }

    private static void Hop(FlowContext context, FlowReport report, IpAddress to, IpAddress router)
    {
        report.Send($"vm1 -> {to}: ping with TTL 1");
        PingReply? reply = PingProbe.Run(context.Vm("vm1").Namespace, to, new PingOptions { Ttl = 1 })[0];
        report.Check($"the first hop towards {to} is the router", reply is { IsTimeExceeded: true } && reply.From == router, Describe(reply));
    }

    /// <summary>The network's MTU is 1442: a packet of that size with DF passes.</summary>
    private static void Mtu(FlowContext context, FlowReport report, IpAddress to)
    {
        int mtu = context.NetworkMtu("blue");
        Ping(context, report, "vm1", to, new PingOptions { PayloadBytes = mtu - 28, DontFragment = true }, $"DF at the MTU of {mtu}");

        // Over it: the instance's own stack would refuse, so its interface is told a larger MTU than the network has.
        context.WithInterfaceMtu("vm1", 1500, () =>
        {
            report.Send($"vm1 -> {to}: ping of {mtu + 1} bytes with DF");
            PingReply? reply = PingProbe.Run(context.Vm("vm1").Namespace, to, new PingOptions { PayloadBytes = mtu + 1 - 28, DontFragment = true })[0];
            report.Check("too big is said by the router, with the MTU", reply is { Type: 3, Code: 4 }, Describe(reply));
        });
    }

    private static string Describe(PingReply? reply) => reply is null
        ? "nothing came back"
        : reply.IsEcho ? $"echo reply from {reply.From} in {reply.Milliseconds:F2} ms" : $"ICMP type {reply.Type} code {reply.Code} from {reply.From}";
}
