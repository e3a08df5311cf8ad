using System.Text.Json.Nodes;
using Vicinal.Lab.Flows;
using Vicinal.Lab.Instances;
using Vicinal.Lab.Probes;
using Vicinal.Packets;

namespace Vicinal.Scenarios.Tests;

/// <summary>Two tenants who chose the same addresses, on the same nodes, behind routers of their own.</summary>
public abstract class TenantIsolationTests(ScenarioCloud scenario)
{
    private const string Cidr = "192.168.7.0/24";

    [Fact]
    public void Identical_addresses_of_two_tenants_never_meet()
    {
        using Scratch scratch = new(scenario);
        Tenant one = Create(scratch, "one");
        Tenant two = Create(scratch, "two");
        scenario.Cloud.WaitActive(one.First, one.Second, two.First, two.Second);
        (_, IpAddress address) = scratch.FloatingIp(one.Second);
        scenario.Cloud.WaitApplied();
        scenario.WithCaptures(context =>
        {
            foreach ((Tenant mine, Tenant other) in ((Tenant, Tenant)[])[(one, two), (two, one)])
            {
                FrameLog log = context.Watch(() =>
                {
                    PingProbe.Reaches(mine.First.Namespace, mine.Second.Address).ShouldBeTrue();
                    PingProbe.Reaches(mine.First.Namespace, scenario.Cloud.Plan.Internet).ShouldBeTrue("each router translates its own");
                });
                Arrived(log, mine.Second).ShouldBeGreaterThan(0);
                Arrived(log, other.First).ShouldBe(0);
                Arrived(log, other.Second).ShouldBe(0);
            }

            FrameLog inward = context.Watch(() => PingProbe.Reaches(scenario.Cloud.Namespace("internet"), address).ShouldBeTrue());
            Arrived(inward, one.Second).ShouldBeGreaterThan(0);
            Arrived(inward, two.Second).ShouldBe(0);

            // What one tenant loses is not found at the other.
            scenario.Cloud.Neutron.Delete("ports", one.Second.PortId.ToString());
            scenario.Cloud.WaitApplied();
            FrameLog gone = context.Watch(() =>
                PingProbe.Reaches(one.First.Namespace, two.Second.Address, new PingOptions { TimeoutMilliseconds = 300 }).ShouldBeFalse());
            Arrived(gone, two.Second).ShouldBe(0);
            PingProbe.Reaches(two.First.Namespace, two.Second.Address).ShouldBeTrue();
        });
    }

    private static int Arrived(FrameLog log, Instance at) => log.PlainHeadersInto(at.Name, "eth0").Count(h => h.IsIpv4);

    private Tenant Create(Scratch scratch, string name)
    {
        string network = scratch.Network(name, Cidr);
        scratch.Router(gateway: true, network);
        return new Tenant(Boot(scratch, network, $"{name}-a", "c1", "192.168.7.5"), Boot(scratch, network, $"{name}-b", "c2", "192.168.7.6"));
    }

    private Instance Boot(Scratch scratch, string network, string name, string node, string address) => scratch.Plug(name, node, scratch.Create("ports", new JsonObject
    {
        ["network_id"] = network,
        ["binding:host_id"] = node,
        ["fixed_ips"] = new JsonArray(new JsonObject { ["ip_address"] = address }),
        ["security_groups"] = new JsonArray(scenario.Topology.OpenGroup),
    }));

    private sealed record Tenant(Instance First, Instance Second);
}
