using Vicinal.Datapath.Tests.Fabric;
using Vicinal.Forwarding;
using Vicinal.Packets;

namespace Vicinal.Datapath.Tests.Pipeline;

public sealed class TraceTests
{
    private readonly RoutedCloud _cloud = new();

    [Fact]
    public void A_trace_names_each_stage_its_reason_and_what_it_changed()
    {
        TraceResult trace = Trace(_cloud.C.Address);

        trace.Disposition.ShouldBe(Disposition.Tunnelled);
        trace.Steps.Select(s => s.Stage).ShouldBe(
            [Stage.Receive, Stage.PortSecurity, Stage.EgressFilter, Stage.Router, Stage.Neighbor, Stage.Switch, Stage.Tunnel]);
        trace.Steps[2].Origin.Kind.ShouldBe(OriginKind.SecurityGroupRule);
        trace.Steps[3].What.ShouldContain("10.0.2.0/24 is on the link");
        trace.Steps[3].Before!.ShouldContain("ttl 64");
        trace.Steps[3].After!.ShouldContain("ttl 63");
        trace.Steps[5].Origin.ShouldBe(new Origin(OriginKind.Port, _cloud.C.Id));
        TraceOutput output = trace.Outputs.ShouldHaveSingleItem();
        (output.Kind, output.Remote).ShouldBe((OutputKind.Tunnel, _cloud.C2.Settings.TunnelAddress));
    }

    [Fact]
    public void A_refusal_names_the_port_and_the_reason()
    {
        _cloud.D.Change(p => p with { SecurityGroups = [] });
        TraceResult trace = Trace(_cloud.D.Address);
        (trace.Disposition, trace.DropReason).ShouldBe((Disposition.Dropped, DropReason.FilterIngress));
        trace.Steps[^1].Stage.ShouldBe(Stage.IngressFilter);
        trace.Steps[^1].What.ShouldContain(_cloud.D.Row.DeviceName);
    }

    [Fact]
    public void An_answer_is_among_the_outputs()
    {
        TraceResult trace = Trace(IpAddress.Parse("10.0.1.1"));
        trace.Disposition.ShouldBe(Disposition.Answered);
        TraceOutput output = trace.Outputs.ShouldHaveSingleItem();
        output.Port.ShouldBe(_cloud.A.Id);
        PacketHeaders.Parse(output.Bytes.Span, out PacketHeaders h).ShouldBe(ParseResult.Ok);
        h.IcmpType.ShouldBe(Icmpv4Type.EchoReply);
    }

    [Fact]
    public void Tracing_changes_nothing()
    {
        _cloud.Forget();
        long received = _cloud.C1.Node.Counters.Received;
        for (int i = 0; i < 3; i++)
        {
            Trace(_cloud.C.Address);
            Trace(_cloud.Internet.Address);
        }

        _cloud.Run();
        _cloud.C1.Tunnelled.ShouldBeEmpty();
        (_cloud.C1.Node.ConnectionCount, _cloud.C1.Node.FlowCount).ShouldBe((0, 0));
        _cloud.C1.Node.Counters.Received.ShouldBe(received);
    }

    [Fact]
    public void What_is_traced_on_each_node_in_turn_is_the_path_of_the_packet()
    {
        TraceResult source = Trace(_cloud.Internet.Address);
        TraceOutput transit = source.Outputs.ShouldHaveSingleItem();
        TraceResult gateway = _cloud.G1.Node.Trace(PacketSource.Tunnel(_cloud.C1.Settings.TunnelAddress, 0), transit.Bytes.Span, 0);
        gateway.Disposition.ShouldBe(Disposition.Held, "the upstream has not been asked yet");

        _cloud.Pings(_cloud.B.Host, _cloud.Internet.Address).ShouldBeTrue();
        gateway = _cloud.G1.Node.Trace(PacketSource.Tunnel(_cloud.C1.Settings.TunnelAddress, 0), transit.Bytes.Span, 0);
        gateway.Disposition.ShouldBe(Disposition.Transmitted);
        gateway.Steps.ShouldContain(s => s.Stage == Stage.Nat && s.After!.Contains("198.51.100.2", StringComparison.Ordinal));
    }

    private TraceResult Trace(IpAddress destination)
    {
        byte[] frame = PacketBuilder.EchoRequest(
            new FrameEnds(_cloud.A.Mac, _cloud.Router1.Mac, _cloud.A.Address, destination), 1, 1, new byte[8]);
        return _cloud.C1.Node.Trace(_cloud.A.Source, frame, 0);
    }
}
