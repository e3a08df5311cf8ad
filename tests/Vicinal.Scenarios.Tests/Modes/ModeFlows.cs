using Vicinal.Lab;
using Vicinal.Lab.Instances;
using Vicinal.Lab.Tenants;
using Vicinal.Model.Paths;
using Vicinal.Packets;

namespace Vicinal.Scenarios.Tests.Modes;

/// <summary>Every flow of a tenant of the cloud of modes.</summary>
public static class ModeFlows
{
    public static IEnumerable<ModeFlow> Of(LabCloud cloud, RoutedTenant tenant) =>
        [.. Inside(tenant, ipv6: false), .. Inside(tenant, ipv6: true), .. Translated(cloud, tenant), .. WithoutNat(cloud, tenant)];

    /// <summary>One of each kind, where b2 has the floating IP.</summary>
    public static IEnumerable<ModeFlow> OneOfEach(LabCloud cloud, RoutedTenant tenant, IpAddress floating) =>
    [
        ModeFlow.Between(FlowKind.SameNetwork, tenant["a1"], tenant["a2"], ipv6: false),
        ModeFlow.Between(FlowKind.EastWest, tenant["a1"], tenant["b2"], ipv6: false),
        ModeFlow.Between(FlowKind.EastWest, tenant["a1"], tenant["b1"], ipv6: true),
        Reaches(FlowKind.FloatingIp, tenant["b2"], "internet", floating, floating, tenant["b2"].Address),
        Reaches(FlowKind.SourceNat, tenant["a1"], tenant["a1"].Name, cloud.Plan.Internet, cloud.Plan.Internet, tenant["a1"].Address),
        Reaches(FlowKind.Ipv6NorthSouth, tenant["a1"], "internet", tenant["a1"].AddressV6, tenant["a1"].AddressV6),
    ];

    /// <summary>Those whose ends are both in the cloud. The instances on n1 and l1 stand for nodes of other modes.</summary>
    private static IEnumerable<ModeFlow> Inside(RoutedTenant tenant, bool ipv6)
    {
        yield return ModeFlow.Between(FlowKind.SameNetwork, tenant["a1"], tenant["a2"], ipv6);
        yield return ModeFlow.Between(FlowKind.EastWest, tenant["a1"], tenant["b1"], ipv6);
        yield return ModeFlow.Between(FlowKind.EastWest, tenant["a1"], tenant["b2"], ipv6);
        yield return ModeFlow.Between(FlowKind.EastWest, tenant["an"], tenant["b1"], ipv6);
        yield return ModeFlow.Between(FlowKind.EastWest, tenant["b2"], tenant["al"], ipv6);
        IpAddress router = tenant.RouterAddress("a", ipv6);
        yield return Reaches(FlowKind.RouterAddress, tenant["a1"], tenant["a1"].Name, router, router);
    }

    private static IEnumerable<ModeFlow> Translated(LabCloud cloud, RoutedTenant tenant)
    {
        IpAddress internet = cloud.Plan.Internet;
        foreach (string name in (string[])["a1", "an", "al"])
        {
            yield return Reaches(FlowKind.SourceNat, tenant[name], tenant[name].Name, internet, internet, tenant[name].Address);
        }

        foreach (string name in (string[])["b2", "an", "al"])
        {
            (string _, IpAddress floating) = tenant.FloatingIp(name);
            cloud.WaitApplied();
            yield return Reaches(FlowKind.FloatingIp, tenant[name], "internet", floating, floating, tenant[name].Address);
            yield return Reaches(FlowKind.FloatingIp, tenant[name], tenant[name].Name, internet, internet, floating, tenant[name].Address);
        }
    }

    private static IEnumerable<ModeFlow> WithoutNat(LabCloud cloud, RoutedTenant tenant)
    {
        IpAddress own = tenant["a1"].AddressV6;
        yield return Reaches(FlowKind.Ipv6NorthSouth, tenant["a1"], tenant["a1"].Name, cloud.Plan.InternetV6, own);
        yield return Reaches(FlowKind.Ipv6NorthSouth, tenant["a1"], "internet", own, own);
    }

    private static ModeFlow Reaches(FlowKind kind, Instance near, string from, IpAddress to, params IReadOnlyList<IpAddress> signs) =>
        new(kind, near, null, from, to, signs);
}
