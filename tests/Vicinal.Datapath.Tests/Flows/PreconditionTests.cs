using Vicinal.Datapath.Flows;
using Vicinal.Datapath.Tests.Connections;
using Vicinal.Forwarding;
using Vicinal.Packets;

namespace Vicinal.Datapath.Tests.Flows;

/// <summary>What an entry must leave to the slow path although the key is the same.</summary>
public sealed class PreconditionTests
{
    [Theory]
    [InlineData(TcpFlags.Ack, true)]
    [InlineData(TcpFlags.Ack | TcpFlags.Psh, true)]
    [InlineData(TcpFlags.Ack | TcpFlags.Urg | TcpFlags.Ece, true)]
    [InlineData(TcpFlags.Syn, false)]
    [InlineData(TcpFlags.Syn | TcpFlags.Ack, false)]
    [InlineData(TcpFlags.Fin | TcpFlags.Ack, false)]
    [InlineData(TcpFlags.Rst, false)]
    public void The_turns_of_a_tcp_connection_are_seen_by_the_slow_path(TcpFlags flags, bool admitted)
    {
        FlowAction action = Routed(TrackerHarness.Tcp(TrackerHarness.Forward, TcpFlags.Ack), 1500);
        Admits(in action, TrackerHarness.Tcp(TrackerHarness.Forward, flags)).ShouldBe(admitted);
    }

    [Theory]
    [InlineData(64, true)]
    [InlineData(2, true)]
    [InlineData(1, false)]
    [InlineData(0, false)]
    public void What_is_routed_has_life_left_after_it(byte ttl, bool admitted)
    {
        FlowAction action = Routed(PacketBuilder.Udp(TrackerHarness.Forward, 1, 2, []), 1500);
        Admits(in action, PacketBuilder.Udp(TrackerHarness.Forward, 1, 2, [], ttl)).ShouldBe(admitted);
    }

    [Fact]
    public void What_is_switched_may_have_any_ttl()
    {
        byte[] udp = PacketBuilder.Udp(TrackerHarness.Forward, 1, 2, []);
        PacketHeaders h = TrackerHarness.Parse(udp);
        FlowAction action = FlowActions.FromDifference(in h, in h, new FlowOutput(FlowOutputKind.Port, 1, 1500));
        Admits(in action, PacketBuilder.Udp(TrackerHarness.Forward, 1, 2, [], 0)).ShouldBeTrue();
    }

    [Fact]
    public void A_packet_over_the_mtu_is_not_admitted_and_a_super_packet_is_measured_by_its_segments()
    {
        byte[] small = TrackerHarness.Tcp(TrackerHarness.Forward, TcpFlags.Ack, payload: 1400);
        FlowAction action = Routed(small, 1440);
        Admits(in action, small).ShouldBeTrue();
        Admits(in action, TrackerHarness.Tcp(TrackerHarness.Forward, TcpFlags.Ack, payload: 1401)).ShouldBeFalse();

        PacketHeaders super = TrackerHarness.Parse(TrackerHarness.Tcp(TrackerHarness.Forward, TcpFlags.Ack, payload: 9000));
        Offload fits = new() { Gso = GsoType.TcpV4, GsoSize = 1400 };
        Offload tooLong = new() { Gso = GsoType.TcpV4, GsoSize = 1401 };
        action.Admits(in super, in fits).ShouldBeTrue();
        action.Admits(in super, in tooLong).ShouldBeFalse();
    }

    [Fact]
    public void A_remembered_drop_of_a_stray_ack_does_not_hold_back_the_syn_after_it()
    {
        PacketHeaders ack = TrackerHarness.Parse(TrackerHarness.Tcp(TrackerHarness.Forward, TcpFlags.Ack));
        FlowAction drop = FlowActions.Drop(in ack, DropReason.InvalidConnectionState, 1000);
        Admits(in drop, TrackerHarness.Tcp(TrackerHarness.Forward, TcpFlags.Ack | TcpFlags.Psh)).ShouldBeTrue();
        Admits(in drop, TrackerHarness.Tcp(TrackerHarness.Forward, TcpFlags.Syn)).ShouldBeFalse();
        PacketHeaders syn = TrackerHarness.Parse(TrackerHarness.Tcp(TrackerHarness.Forward, TcpFlags.Syn));
        FlowAction refused = FlowActions.Drop(in syn, DropReason.FilterIngress, 1000);
        Admits(in refused, TrackerHarness.Tcp(TrackerHarness.Forward, TcpFlags.Syn)).ShouldBeTrue();
        Admits(in refused, TrackerHarness.Tcp(TrackerHarness.Forward, TcpFlags.Ack)).ShouldBeFalse();
    }

    private static FlowAction Routed(byte[] frame, int mtu)
    {
        PacketHeaders before = TrackerHarness.Parse(frame);
        PacketHeaders after = before;
        after.Ttl--;
        return FlowActions.FromDifference(in before, in after, new FlowOutput(FlowOutputKind.Port, 1, mtu));
    }

    private static bool Admits(in FlowAction action, byte[] frame)
    {
        PacketHeaders h = TrackerHarness.Parse(frame);
        Offload none = default;
        return action.Admits(in h, in none);
    }
}
