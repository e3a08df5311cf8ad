using Vicinal.Lab.Captures;
using Vicinal.Lab.Outages;
using Vicinal.Lab.Tenants;

namespace Vicinal.Scenarios.Tests.Failover;

/// <summary>A gateway node of higher priority that comes back takes its routers back, when it has everything and has been well for a while.</summary>
public abstract class ReturnTests(FailoverCloud cloud)
{
    [Fact]
    public void The_first_gateway_node_takes_a_router_back_and_no_connection_ends()
    {
        using RoutedTenant tenant = cloud.Tenant();
        string first = cloud.FirstNode(tenant);
        string second = cloud.WaitSettledAt(first, tenant);
        using GatewayTraffic traffic = new(cloud.Cloud, tenant);
        using ExternalWire wire = new(cloud.Cloud, tenant);
        FailoverCloud.WaitFor($"{first} to speak", () => wire.Listen() > 10);
        using (Outage.CutOff(cloud.Cloud, first))
        {
            cloud.WaitServedBy(second, tenant);
            traffic.Flows();
        }

        // Until it hears of the other's epoch it takes itself for the active one, though without a lease, and then for a standby like any other.
        cloud.WaitSettledAt(first, tenant).ShouldBe(second);
        traffic.Flows();
        traffic.ShouldHaveKeptConnections();
        wire.Turns().ShouldBe([first, second, first]);
    }
}
