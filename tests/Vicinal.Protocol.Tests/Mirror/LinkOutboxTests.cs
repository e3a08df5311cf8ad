using Vicinal.Forwarding;
using Vicinal.Protocol.Gateways;
using Vicinal.Protocol.Mirror;
using Vicinal.Protocol.Rows;
using Vicinal.Protocol.Units;

namespace Vicinal.Protocol.Tests.Mirror;

public sealed class LinkOutboxTests
{
    private static readonly Guid s_port = Guid.NewGuid();

    private readonly LinkOutbox _outbox = new();

    [Fact]
    public void Only_the_newest_word_on_a_port_and_the_newest_revision_are_sent()
    {
        _outbox.Port(s_port, up: false, "wiring");
        _outbox.Port(s_port, up: true, "wired");
        _outbox.Applied(3);
        _outbox.Applied(5);
        List<Wire.AgentMessage> messages = _outbox.Take();
        messages.Single(m => m.PortStatuses is not null).PortStatuses.Ports.ShouldHaveSingleItem().Up.ShouldBeTrue();
        messages.Single(m => m.Applied is not null).Applied.Revision.ShouldBe(5);
        _outbox.IsEmpty.ShouldBeTrue();
        _outbox.Take().ShouldBeEmpty();
    }

    [Fact]
    public void A_new_server_is_told_of_every_port_and_of_nothing_that_belonged_to_the_stream_before()
    {
        _outbox.Port(s_port, up: true, "wired");
        _outbox.Take();
        _outbox.Applied(9);
        _outbox.Resync(UnitId.Directory, "gap");
        _outbox.Restart();
        Wire.AgentMessage message = _outbox.Take().ShouldHaveSingleItem();
        WireValues.Id(message.PortStatuses.Ports.ShouldHaveSingleItem().Port).ShouldBe(s_port);
    }

    [Fact]
    public void A_port_whose_unit_was_renewed_is_told_again_and_one_that_went_is_not()
    {
        _outbox.Port(s_port, up: true, "wired");
        _outbox.Take();
        _outbox.Repeat(s_port);
        _outbox.Repeat(Guid.NewGuid());
        _outbox.Take().ShouldHaveSingleItem().PortStatuses.Ports.Count.ShouldBe(1);
        _outbox.Repeat(s_port);
        _outbox.Forget(s_port);
        _outbox.Take().ShouldBeEmpty();
    }

    [Fact]
    public void Many_ports_and_many_faults_stay_within_the_size_of_messages()
    {
        for (int i = 0; i < 100_000; i++)
        {
            _outbox.Port(Guid.NewGuid(), up: true, "wired");
            _outbox.Fault(new RowProblem(UnitId.Directory, default, "bad"), 1);
        }

        List<Wire.AgentMessage> messages = _outbox.Take();
        messages.Sum(m => m.PortStatuses?.Ports.Count ?? 0).ShouldBe(100_000);
        messages.Count(m => m.RowFault is not null).ShouldBeLessThanOrEqualTo(256);
        messages.Max(m => m.CalculateSize()).ShouldBeLessThan(1 << 20);
    }

    [Fact]
    public void A_new_server_is_told_all_gateway_roles_and_then_what_changes()
    {
        Guid served = Guid.NewGuid();
        Guid left = Guid.NewGuid();
        _outbox.Gateway(new GatewayRoleReport(served, GatewayRole.Standby, 1));
        _outbox.Gateway(new GatewayRoleReport(served, GatewayRole.Active, 2));
        _outbox.Gateway(new GatewayRoleReport(left, GatewayRole.Standby, 7));
        _outbox.Restart();
        Roles(all: true).ShouldBe([new(served, GatewayRole.Active, 2), new(left, GatewayRole.Standby, 7)], ignoreOrder: true);
        _outbox.IsEmpty.ShouldBeTrue();

        _outbox.Gateway(new GatewayRoleReport(left, GatewayRole.None, 7));
        Roles(all: false).ShouldBe([new(left, GatewayRole.None, 7)]);
        _outbox.Restart();
        Roles(all: true).ShouldBe([new(served, GatewayRole.Active, 2)]);
    }

    [Fact]
    public void The_first_of_many_messages_of_roles_alone_takes_the_place_of_all_that_was_said()
    {
        for (int i = 0; i < 20_000; i++)
        {
            _outbox.Gateway(new GatewayRoleReport(Guid.NewGuid(), GatewayRole.Standby, (ulong)i));
        }

        _outbox.Restart();
        List<Wire.AgentMessage> messages = _outbox.Take();
        messages.Select(m => m.GatewayRoles.All).ShouldBe([true, false, false]);
        messages.Sum(m => m.GatewayRoles.Roles.Count).ShouldBe(20_000);
        messages.Max(m => m.CalculateSize()).ShouldBeLessThan(1 << 20);
    }

    private IReadOnlyList<GatewayRoleReport> Roles(bool all)
    {
        Wire.GatewayRoles roles = _outbox.Take().ShouldHaveSingleItem().GatewayRoles;
        roles.All.ShouldBe(all);
        return GatewayRoleCodec.Decode(roles);
    }
}
