using Vicinal.Lab.Instances;

namespace Vicinal.Lab.Flows;

/// <summary>Flow 11: a network on no router is a layer-2 domain and nothing more.</summary>
public static class NoRouterFlow
{
    public static FlowReport Run(FlowContext context)
    {
        FlowReport report = new("11", "No router", "without a router, instances share their layer-2 domain only");
        Instance vm = context.Vm("vm6");
        FrameLog log = context.Watch(() =>
        {
            context.Exchange(report, "vm6", context.Vm("vm1").Address, "vm1 on blue", passes: false);
            context.Exchange(report, "vm6", context.Vm("vm1").AddressV6, "vm1 on blue", passes: false);
            context.Exchange(report, "vm6", context.Internet, "internet", passes: false);
        });
        context.NothingElsewhere(report, log, FlowContext.Underlay, [], vm.Address, vm.AddressV6);
        context.NothingElsewhere(report, log, FlowContext.External, [], vm.Address, vm.AddressV6);
        report.Walked(PathTracer.Follow(context, vm, PathTracer.Udp(vm, context.RouterMac("blue"), vm.Address, context.Internet)));
        return report;
    }
}
