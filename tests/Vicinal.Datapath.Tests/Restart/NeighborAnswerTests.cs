using Vicinal.Datapath.Flows;
using Vicinal.Datapath.Tests.Fabric;
using Vicinal.Packets;

namespace Vicinal.Datapath.Tests.Restart;

/// <summary>What the mirror may say about neighbours while the agent is away: what the agent said last, as long as it is true.</summary>
public sealed class NeighborAnswerTests
{
    private static readonly IpAddress s_fip = IpAddress.Parse("198.51.100.10");

    private readonly RoutedCloud _cloud = new();
    private readonly SimProcess _c1;

    public NeighborAnswerTests()
    {
        _c1 = new SimProcess(_cloud.C1, _cloud.Cloud);
        _c1.Start();
    }

    private FlowInput FromA => new(FlowInputKind.LocalPort, (uint)_cloud.C1.Node.Ports.Single(p => p.PortId == _cloud.A.Id).Device);

    [Theory]
    [InlineData("10.0.1.1")]
    [InlineData("2001:db8:1::1")]
    public void An_instance_is_told_its_router_again(string router)
    {
        IpAddress address = IpAddress.Parse(router);
        _cloud.Pings(_cloud.A.Host, address.IsIpv4 ? _cloud.C.Address : IpAddress.Parse("2001:db8:2::5")).ShouldBeTrue();
        NeighborAnswer answer = _c1.Mirror.AnswerFor(FromA, address).ShouldNotBeNull();
        answer.Owner.ShouldBe(_cloud.Router1.Mac);
        answer.IsRouter.ShouldBeTrue();
        _cloud.Cloud.Remove(_cloud.Router1);
        _c1.Mirror.AnswerFor(FromA, address).ShouldBeNull();
    }

    [Fact]
    public void An_instance_is_told_its_neighbour_again_until_that_one_changes()
    {
        _cloud.Pings(_cloud.A.Host, _cloud.B.Address).ShouldBeTrue();
        _c1.Mirror.AnswerFor(FromA, _cloud.B.Address).ShouldNotBeNull().Owner.ShouldBe(_cloud.B.Mac);
        _cloud.Cloud.Put(_cloud.B.Endpoint! with { Mac = new MacAddress(0xFA_16_3E_99_99_99) });
        _c1.Mirror.AnswerFor(FromA, _cloud.B.Address).ShouldBeNull();
    }

    [Fact]
    public void The_wire_is_told_a_floating_ip_again_until_it_goes()
    {
        var nat = _cloud.GiveFloatingIp("198.51.100.10", _cloud.A);
        _cloud.Pings(_cloud.Internet, s_fip).ShouldBeTrue();
        FlowInput wire = new(FlowInputKind.Physical, 0);
        _c1.Mirror.AnswerFor(wire, s_fip).ShouldNotBeNull().Owner.ShouldBe(nat.ExternalMac);
        _cloud.Cloud.Remove(nat);
        _c1.Mirror.AnswerFor(wire, s_fip).ShouldBeNull();
    }

    [Fact]
    public void What_is_still_true_after_a_change_is_said_again_without_a_question()
    {
        IpAddress router = IpAddress.Parse("10.0.1.1");
        _cloud.Pings(_cloud.A.Host, _cloud.C.Address).ShouldBeTrue();
        _cloud.A.Change(p => p with { SecurityGroups = [_cloud.Cloud.AddOpenGroup()] });
        _cloud.Router.AddInterface(_cloud.Cloud.AddNetwork(), "10.0.9.1/24");
        _c1.Mirror.AnswerFor(FromA, router).ShouldBeNull();
        _cloud.C1.Node.Tick(_cloud.Cloud.Fabric.Now);
        _c1.Mirror.AnswerFor(FromA, router).ShouldNotBeNull().Owner.ShouldBe(_cloud.Router1.Mac);
    }

    [Fact]
    public void Another_owner_is_said_in_place_of_the_former()
    {
        MacAddress other = new(0xFA_16_3E_99_99_99);
        _cloud.Pings(_cloud.A.Host, _cloud.B.Address).ShouldBeTrue();
        _cloud.Cloud.Put(_cloud.B.Endpoint! with { Mac = other });
        _cloud.C1.Node.Tick(_cloud.Cloud.Fabric.Now);
        _c1.Mirror.AnswerFor(FromA, _cloud.B.Address).ShouldNotBeNull().Owner.ShouldBe(other);
    }

    [Fact]
    public void Nothing_is_said_to_a_port_that_is_gone()
    {
        FlowInput from = FromA;
        _cloud.Pings(_cloud.A.Host, _cloud.B.Address).ShouldBeTrue();
        _cloud.A.Delete();
        _cloud.C1.Node.Tick(_cloud.Cloud.Fabric.Now);
        _c1.Mirror.AnswerFor(from, _cloud.B.Address).ShouldBeNull();
    }

    [Fact]
    public void The_next_process_says_what_is_still_true_of_what_was_said()
    {
        var nat = _cloud.GiveFloatingIp("198.51.100.10", _cloud.A);
        _cloud.Pings(_cloud.A.Host, _cloud.B.Address).ShouldBeTrue();
        _cloud.Pings(_cloud.Internet, s_fip).ShouldBeTrue();
        FlowInput from = FromA;
        NeighborAnswer[] said = [.. _c1.Mirror.Answers.Keys];
        _c1.Kill();
        _c1.Mirror.Answers.Clear();
        _cloud.Cloud.Remove(nat);
        _c1.Start();
        foreach (NeighborAnswer answer in said)
        {
            _cloud.C1.Node.AdoptAnswer(answer.Input, answer.Vlan, answer.Target, _cloud.Cloud.Fabric.Now);
        }

        _c1.Mirror.AnswerFor(from, _cloud.B.Address).ShouldNotBeNull().Owner.ShouldBe(_cloud.B.Mac);
        _c1.Mirror.AnswerFor(new FlowInput(FlowInputKind.Physical, 0), s_fip).ShouldBeNull();
    }
}
