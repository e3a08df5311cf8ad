using Vicinal.Model.Resources;
using Vicinal.Model.Rules;
using Vicinal.Packets;

namespace Vicinal.Model.Tests.Rules;

public sealed class RouterRulesTests
{
    private const string DistributedText = "Bad router request: Cannot change the 'distributed' attribute of active routers. "
        + "Please set router admin_state_up to False prior to upgrade. ";

    private const string HaText = "Bad router request: Cannot change HA attribute of active routers. "
        + "Please set router admin_state_up to False prior to upgrade. ";

    private readonly L3Cloud _cloud = new();

    [Fact]
    public void A_router_is_distributed_and_up_unless_the_settings_or_its_maker_say_otherwise()
    {
        Router router = _cloud.Router();
        (router.Distributed, router.Ha, router.AdminStateUp, router.ProjectId).ShouldBe((true, true, true, L3Cloud.Project));
        RouterRules.Create(_cloud.Edit, "p", new RouterRequest(), CloudSettings.Default with { RouterDistributed = false })
            .Distributed.ShouldBeFalse();
        RouterRules.Create(_cloud.Edit, "p", new RouterRequest(), CloudSettings.Default with { RouterHa = false }).Ha.ShouldBeFalse();
        Router neither = _cloud.Router(new RouterRequest { Distributed = false, Ha = false });
        (neither.Distributed, neither.Ha).ShouldBe((false, false));
    }

    [Fact]
    public void Where_dvr_is_off_no_router_is_distributed()
    {
        CloudSettings off = CloudSettings.Default with { EnableDvr = false };
        Router router = RouterRules.Create(_cloud.Edit, "p", new RouterRequest { AdminStateUp = false }, off);
        router.Distributed.ShouldBeFalse();
        Action create = () => RouterRules.Create(_cloud.Edit, "p", new RouterRequest { Distributed = true }, off);
        create.ShouldBeRefused(400, "HTTPBadRequest", "Unrecognized attribute(s) 'distributed'");
        Action update = () => RouterRules.Update(_cloud.Edit, router.Id, new RouterRequest { Distributed = true }, off);
        update.ShouldBeRefused(400, "HTTPBadRequest", "Unrecognized attribute(s) 'distributed'");
        Action migrate = () => RouterMigration.Prepare(_cloud.Edit, router.Id, new RouterKind(true, true), off);
        migrate.ShouldBeRefused(400, "HTTPBadRequest", "Unrecognized attribute(s) 'distributed'");
    }

    [Fact]
    public void A_router_that_was_distributed_before_dvr_was_turned_off_stays_so_until_it_is_made_centralized()
    {
        CloudSettings off = CloudSettings.Default with { EnableDvr = false };
        Router router = _cloud.Router(new RouterRequest { AdminStateUp = false });
        RouterRules.Update(_cloud.Edit, router.Id, new RouterRequest { Distributed = true, Name = "r" }, off).Distributed.ShouldBeTrue();
        RouterRules.Update(_cloud.Edit, router.Id, new RouterRequest { Distributed = false }, off).Distributed.ShouldBeFalse();
    }

    [Fact]
    public void Each_router_has_a_transit_key_that_no_network_has()
    {
        Network network = _cloud.Network();
        Router[] routers = [_cloud.Router(), _cloud.Router()];
        routers.Select(r => r.TransitVni).Append((uint)network.SegmentationId!).ShouldBeUnique();
        _cloud.Now.SegmentationIds["geneve"].OwnerOf(routers[0].TransitVni).ShouldBe(routers[0].Id);
    }

    [Theory]
    [InlineData(true, null)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public void The_kind_of_a_router_changes_only_while_it_was_and_stays_down(bool upBefore, bool? upAfter)
    {
        Router router = _cloud.Router(new RouterRequest { AdminStateUp = upBefore });
        string id = router.Id.ToString();
        Given<bool> admin = upAfter is { } up ? up : default(Given<bool>);
        Action distributed = () => _cloud.Update(router, new RouterRequest { Distributed = false, AdminStateUp = admin });
        distributed.ShouldBeRefused(400, "BadRequest", DistributedText + Steps("--centralized", "--to centralized --ha"));
        Action ha = () => _cloud.Update(router, new RouterRequest { Ha = false, AdminStateUp = admin });
        ha.ShouldBeRefused(400, "BadRequest", HaText + Steps("--no-ha", "--to distributed --no-ha"));
        Action both = () => _cloud.Update(router, new RouterRequest { Ha = false, Distributed = false, AdminStateUp = admin });
        both.ShouldBeRefused(400, "BadRequest", DistributedText + Steps("--centralized --no-ha", "--to centralized --no-ha"));

        string Steps(string set, string to) =>
            $"The steps are 'openstack router set --disable {id}', 'openstack router set {set} {id}' and "
            + $"'openstack router set --enable {id}'; or, without taking it down, 'vicinal migrate router {id} {to}'.";
    }

    [Fact]
    public void Writing_the_kind_it_has_is_no_change()
    {
        Router router = _cloud.Router();
        _cloud.Update(router, new RouterRequest { Distributed = true, Ha = true }).ShouldBe(router);
    }

    [Fact]
    public void When_the_kind_changes_the_interfaces_change_hands()
    {
        (Router router, _, _, _) = _cloud.Routed();
        _cloud.Update(router, new RouterRequest { AdminStateUp = false });
        Owner().ShouldBe(("network:router_interface_distributed", "distributed"));
        _cloud.Update(router, new RouterRequest { Distributed = false });
        Owner().ShouldBe(("network:ha_router_replicated_interface", "unbound"));
        _cloud.Update(router, new RouterRequest { Ha = false });
        Owner().ShouldBe(("network:router_interface", "unbound"));
        _cloud.Update(router, new RouterRequest { Distributed = true });
        Owner().ShouldBe(("network:router_interface_distributed", "distributed"));

        (string, string) Owner()
        {
            Port port = RouterPorts.Interfaces(_cloud.Now, router.Id).Single();
            return (port.DeviceOwner, port.BindingVifType);
        }
    }

    [Fact]
    public void What_a_router_does_stays_when_its_kind_changes()
    {
        _ = _cloud.Agent("g1", AgentModes.DvrSnat, "physnet1");
        _ = _cloud.Agent("l1", AgentModes.Legacy, "physnet1");
        (Router router, Network external, _, Port instance) = _cloud.Routed();
        FloatingIp floating = _cloud.FloatingIp(external, instance.Id);
        router = _cloud.Update(router, new RouterRequest { AdminStateUp = false, Routes = Routes(("192.168.0.0/24", "10.50.0.10")) });
        foreach ((bool distributed, bool ha) in ((bool, bool)[])[(false, true), (true, false), (false, false), (true, true)])
        {
            Router changed = _cloud.Update(router, new RouterRequest { Distributed = distributed, Ha = ha });
            (changed.Gateway, changed.Routes, changed.TransitVni).ShouldBe((router.Gateway, router.Routes, router.TransitVni));
            _cloud.Now.FloatingIps[floating.Id].ShouldBe(floating);
            changed.GatewayBindings.Select(b => b.Host).ShouldBe(ha && !distributed ? ["g1", "l1"] : ["g1"], "a node that qualifies for both kinds stays");
            L3Invariants.Check(_cloud.Now);
        }
    }

    [Fact]
    public void A_router_with_interfaces_is_not_deleted()
    {
        (Router router, _, Subnet subnet, _) = _cloud.Routed();
        Guid port = RouterPorts.Interfaces(_cloud.Now, router.Id).Single().Id;
        Action delete = () => RouterRules.Delete(_cloud.Edit, router.Id);
        delete.ShouldBeRefused(409, "RouterInUse", $"Router {router.Id} has ports still attached: {port}");
        RouterInterfaces.Remove(_cloud.Edit, router.Id, new InterfaceRequest(subnet.Id, null), CloudSettings.Default);
        RouterRules.Delete(_cloud.Edit, router.Id);
        _cloud.Now.Routers.ShouldBeEmpty();
        _cloud.Now.PortsByDevice.Has(router.Id.ToString()).ShouldBeFalse();
        _cloud.Now.SegmentationIds["geneve"].OwnerOf(router.TransitVni).ShouldBeNull();
    }

    [Fact]
    public void What_is_not_there_is_not_found()
    {
        Guid id = _cloud.NewId();
        Action update = () => RouterRules.Update(_cloud.Edit, id, new RouterRequest(), CloudSettings.Default);
        update.ShouldBeRefused(404, "RouterNotFound", $"Router {id} could not be found");
        Action delete = () => RouterRules.Delete(_cloud.Edit, id);
        delete.ShouldBeRefused(404, "RouterNotFound", $"Router {id} could not be found");
    }

    [Theory]
    [InlineData("172.31.0.1", "the nexthop is not connected with router")]
    [InlineData("10.50.0.1", "the nexthop is used by router")]
    public void Next_hops_are_neighbours(string nextHop, string reason)
    {
        (Router router, _, _, _) = _cloud.Routed();
        Action set = () => _cloud.Update(router, new RouterRequest { Routes = Routes(("192.168.0.0/24", nextHop)) });
        set.ShouldBeRefused(400, "InvalidRoutes",
            $"Invalid format for routes: [{{'destination': '192.168.0.0/24', 'nexthop': '{nextHop}'}}], {reason}");
    }

    [Fact]
    public void Next_hops_are_of_the_destination_s_family()
    {
        (Router router, _, _, _) = _cloud.Routed();
        NeutronFault fault = Should.Throw<NeutronFault>(
            () => _cloud.Update(router, new RouterRequest { Routes = Routes(("2001:db8::/64", "10.50.0.7")) }));
        (fault.Status, fault.Type).ShouldBe((400, "InvalidRoutes"));
    }

    [Fact]
    public void A_router_has_at_most_30_routes()
    {
        (Router router, _, _, _) = _cloud.Routed();
        (string, string)[] routes = [.. Enumerable.Range(0, 31).Select(i => ($"192.168.{i}.0/24", "10.50.0.7"))];
        Action set = () => _cloud.Update(router, new RouterRequest { Routes = Routes(routes) });
        set.ShouldBeRefused(400, "RoutesExhausted",
            $"Unable to complete operation for {router.Id}. The number of routes exceeds the maximum 30.");
        _cloud.Update(router, new RouterRequest { Routes = Routes(routes[1..]) }).Routes.Count.ShouldBe(30);
    }

    private static ValueList<HostRoute> Routes(params (string Destination, string NextHop)[] routes) =>
        routes.Select(static r => new HostRoute(IpPrefix.Parse(r.Destination), IpAddress.Parse(r.NextHop))).ToValueList();
}
