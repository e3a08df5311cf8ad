using Vicinal.Packets;

namespace Vicinal.Forwarding.Tests;

public sealed class RowTests
{
    private static readonly Guid s_router = new("aaaaaaaa-0000-0000-0000-000000000001");

    [Fact]
    public void A_port_is_wired_by_the_name_that_every_neutron_agent_gives_it()
    {
        Guid port = new("d98808e7-ed12-4a3b-9c4d-000000000000");
        LocalPortRow.DeviceNameOf(port).ShouldBe("tapd98808e7-ed");
        LocalPortRow.DeviceNameOf(port).Length.ShouldBeLessThan(16, "the kernel takes 15 characters");
    }

    [Fact]
    public void Routes_of_one_router_are_told_apart_by_destination_and_next_hop()
    {
        RouteRow[] routes =
        [
            Route("10.9.0.0/16", "10.0.0.2"),
            Route("10.9.0.0/16", "10.0.0.3"),
            Route("10.9.0.0/24", "10.0.0.2"),
            Route("2001:db8:9::/48", "2001:db8::2"),
        ];
        routes.Select(route => route.Key).Distinct().Count().ShouldBe(4);
        routes.ShouldAllBe(route => route.Unit == UnitId.Router(s_router));
    }

    [Fact]
    public void A_row_is_equal_to_another_with_the_same_contents()
    {
        Guid network = Guid.NewGuid();
        Guid port = Guid.NewGuid();
        EndpointRow Endpoint(string address) =>
            new(network, port, 7, MacAddress.Parse("fa:16:3e:00:00:01", null), [IpAddress.Parse(address)], "c1", AnyAddress: false);
        Endpoint("10.0.0.5").ShouldBe(Endpoint("10.0.0.5"));
        Endpoint("10.0.0.5").ShouldNotBe(Endpoint("10.0.0.6"));
    }

    [Fact]
    public void Every_row_says_which_object_it_was_compiled_from()
    {
        Guid fip = Guid.NewGuid();
        StaticNatRow nat = new(
            s_router, fip, Guid.NewGuid(), IpAddress.Parse("203.0.113.9"), MacAddress.Zero, IpAddress.Parse("10.0.0.5"), Guid.NewGuid(), Guid.NewGuid(), "c1");
        nat.Origin.ShouldBe(new Origin(OriginKind.FloatingIp, fip));
        nat.Unit.ShouldBe(UnitId.Router(s_router));
        RowText.Of(nat).ShouldContain("203.0.113.9");
    }

    private static RouteRow Route(string destination, string nextHop) =>
        new(s_router, IpPrefix.Parse(destination, null), IpAddress.Parse(nextHop));
}
