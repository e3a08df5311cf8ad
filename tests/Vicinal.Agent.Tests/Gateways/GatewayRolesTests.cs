using Vicinal.Agent.Gateways;
using Vicinal.Forwarding;
using Vicinal.Gateways;
using Vicinal.Gateways.Elections;
using Vicinal.Packets;
using Vicinal.Protocol.Gateways;
using GatewayRole = Vicinal.Protocol.Gateways.GatewayRole;

namespace Vicinal.Agent.Tests.Gateways;

public sealed class GatewayRolesTests
{
    private static readonly Guid s_router = new("00000001-0000-0000-0000-000000000001");

    private readonly List<GatewayRoleReport> _said = [];
    private readonly GatewayRoles _roles;

    public GatewayRolesTests() => _roles = new GatewayRoles("g1", _said.Add);

    [Fact]
    public void A_gateway_node_stands_by_until_it_serves_and_again_afterwards()
    {
        List("g1", "g2");
        Serves("g1", new Epoch(1, 1));
        Serves("g2", new Epoch(1, 2));
        _said.ShouldBe(
        [
            new GatewayRoleReport(s_router, GatewayRole.Standby, 0),
            new GatewayRoleReport(s_router, GatewayRole.Active, new Epoch(1, 1).Value),
            new GatewayRoleReport(s_router, GatewayRole.Standby, new Epoch(1, 2).Value),
        ]);
    }

    [Fact]
    public void The_same_is_said_once_and_a_node_that_only_follows_says_nothing()
    {
        List("g2", "g3");
        Serves("g2", new Epoch(1, 1));
        Serves("g3", new Epoch(1, 2));
        _said.ShouldBeEmpty();
        List("g1", "g2");
        List("g1", "g2", "g3");
        _said.Count.ShouldBe(1);
    }

    [Fact]
    public void Who_is_no_longer_listed_has_no_role_even_when_it_served()
    {
        List("g1", "g2");
        Serves("g1", new Epoch(1, 1));
        List("g2");
        _said[^1].Role.ShouldBe(GatewayRole.Active, "it serves until another does");
        Serves("g2", new Epoch(2, 1));
        _said[^1].ShouldBe(new GatewayRoleReport(s_router, GatewayRole.None, new Epoch(2, 1).Value));
    }

    [Fact]
    public void A_router_that_is_deleted_leaves_no_role()
    {
        List("g1", "g2");
        _roles.Apply([new RowChange(UnitId.Router(s_router), new RowKey(RowKind.Router, s_router), null)]);
        _said[^1].Role.ShouldBe(GatewayRole.None);
    }

    private void List(params string[] hosts)
    {
        ValueList<GatewayNode> nodes = [.. hosts.Select((host, i) => new GatewayNode(host, hosts.Length - i))];
        RouterRow row = new(s_router, 900, true, true, nodes, GatewayLease.Short, 1);
        _roles.Apply([new RowChange(row.Unit, row.Key, row)]);
    }

    private void Serves(string host, Epoch epoch) => _roles.Apply(new ActiveChange(s_router, host, epoch, host == "g1", ActiveReason.Claimed, 1));
}
