using Vicinal.Lab;
using Vicinal.Lab.Tenants;
using Vicinal.Model.Paths;
using Vicinal.Packets;

namespace Vicinal.Scenarios.Tests.Modes;

/// <summary>Every flow of a tenant of the cloud of modes.</summary>
public static class ModeFlows
{
    public static IEnumerable<ModeFlow> Of(LabCloud cloud, RoutedTenant tenant) =>
        [.. Inside(tenant, ipv6: false), .. Inside(tenant, ipv6: true), .. Translated(cloud, tenant), .. WithoutNat(cloud, tenant)];

    /// <summary>Those whose ends are both in the cloud. The instances on n1 and l1 stand for nodes of other modes.</summary>
    private static IEnumerable<ModeFlow> Inside(RoutedTenant tenant, bool ipv6)
    {
        yield return ModeFlow.Between(FlowKind.SameNetwork, tenant["a1"], tenant["a2"], ipv6);
        yield return ModeFlow.Between(FlowKind.EastWest, tenant["a1"], tenant["b1"], ipv6);
        yield return ModeFlow.Between(FlowKind.EastWest, tenant["a1"], tenant["b2"], ipv6);
        yield return ModeFlow.Between(FlowKind.EastWest, tenant["an"], tenant["b1"], ipv6);
        yield return ModeFlow.Between(FlowKind.EastWest, tenant["b2"], tenant["al"], ipv6);
        IpAddress router = tenant.RouterAddress("a", ipv6);
        yield return new ModeFlow(FlowKind.RouterAddress, tenant["a1"], null, tenant["a1"].Name, router, router);
    }

    private static IEnumerable<ModeFlow> Translated(LabCloud cloud, RoutedTenant tenant)
    {
        IpAddress internet = cloud.Plan.Internet;
        foreach (string name in (string[])["a1", "an", "al"])
        {
            yield return new ModeFlow(FlowKind.SourceNat, tenant[name], null, tenant[name].Name, internet, internet, tenant[name].Address);
        }

        foreach (string name in (string[])["b2", "an", "al"])
        {
            (string _, IpAddress floating) = tenant.FloatingIp(name);
            cloud.WaitApplied();
            yield return new ModeFlow(FlowKind.FloatingIp, tenant[name], null, "internet", floating, floating, tenant[name].Address);
            yield return new ModeFlow(FlowKind.FloatingIp, tenant[name], null, tenant[name].Name, internet, internet, floating, tenant[name].Address);
        }
    }

    private static IEnumerable<ModeFlow> WithoutNat(LabCloud cloud, RoutedTenant tenant)
    {
        IpAddress own = tenant["a1"].AddressV6;
        yield return new ModeFlow(FlowKind.Ipv6NorthSouth, tenant["a1"], null, tenant["a1"].Name, cloud.Plan.InternetV6, own);
        yield return new ModeFlow(FlowKind.Ipv6NorthSouth, tenant["a1"], null, "internet", own, own);
    }
}
