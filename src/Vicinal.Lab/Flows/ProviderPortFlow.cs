using Vicinal.Lab.Instances;
using Vicinal.Packets;

namespace Vicinal.Lab.Flows;

/// <summary>Flow 4: a port directly on the provider network.</summary>
public static class ProviderPortFlow
{
    public static FlowReport Run(FlowContext context)
    {
        FlowReport report = new("4", "Port on the provider network", "its traffic leaves and enters the compute's NIC un-encapsulated, without NAT and without a gateway node");
        Instance vm = context.Vm("vm5");
        foreach ((IpAddress own, IpAddress outside) in (ReadOnlySpan<(IpAddress, IpAddress)>)[(vm.Address, context.Internet), (vm.AddressV6, context.InternetV6)])
        {
            FrameLog log = context.Watch(() =>
            {
                context.Exchange(report, "vm5", outside, "internet");
                context.Exchange(report, "internet", own, "vm5");
            });
            int plain = log.Plain("c3", FlowContext.External, own, outside);
            report.Check("plain on c3's NIC, with the instance's own address", plain > 0, $"{plain} frames");
            context.NothingElsewhere(report, log, FlowContext.Underlay, [], own, outside);
            context.NothingElsewhere(report, log, FlowContext.External, ["c3"], own, outside);
        }

        report.Walked(PathTracer.Follow(context, vm, PathTracer.Udp(vm, context.UpstreamMac, vm.Address, context.Internet)));
        return report;
    }
}
