using Vicinal.Datapath.Flows;
using Vicinal.Ebpf.Layout;
using Vicinal.Ebpf.Tests.Support;
using Vicinal.Forwarding;
using Vicinal.Packets;

namespace Vicinal.Ebpf.Tests.Differential;

/// <summary>How much of undecided traffic reaches the agent.</summary>
[Collection(KernelCollection.Name)]
public sealed class LimitTests : IDisposable
{
    private const uint Second = 1_000_000_000;

    private readonly VethPair _pair = new();
    private readonly KernelPrograms _kernel = new();

    [Fact]
    public void Of_an_undecided_flow_only_so_many_packets_go_up()
    {
        _kernel.SetConfig((ref KernelConfig c) => (c.PendingWindow, c.PendingPackets) = (4 * Second, 3));
        Fates(5, Udp(1)).ShouldBe([Fate.Up, Fate.Up, Fate.Up, Fate.Dropped, Fate.Dropped]);
        _kernel.Counter("LimitedFlow").ShouldBe(2);
        Fates(1, Udp(2)).ShouldBe([Fate.Up], "another flow waits for nobody");

        // The window has passed.
        _kernel.SetConfig((ref KernelConfig c) => c.PendingWindow = 0);
        Fates(1, Udp(1)).ShouldBe([Fate.Up]);
    }

    /// <summary>What no entry could carry is not held against a flow: fragments and the like go up as long as their source may.</summary>
    [Fact]
    public void Packets_that_have_no_key_are_limited_by_their_source_alone()
    {
        _kernel.SetConfig((ref KernelConfig c) => (c.PendingWindow, c.PendingPackets) = (4 * Second, 1));
        byte[] fragment = Udp(1);
        fragment[20] = 0x20;
        fragment.AsSpan(24, 2).Clear();
        Span<byte> ip = fragment.AsSpan(14, 20);
        OuterHeaders.Seal(ip);
        Fates(3, fragment).ShouldBe([Fate.Up, Fate.Up, Fate.Up]);
    }

    [Fact]
    public void A_source_that_has_had_its_share_waits_and_no_other_does()
    {
        _kernel.SetConfig((ref KernelConfig c) => (c.UpcallInterval, c.UpcallBurst) = (2 * Second, 3 * Second));
        Fates(4, Udp(1)).ShouldBe([Fate.Up, Fate.Up, Fate.Dropped, Fate.Dropped]);
        _kernel.Counter("LimitedSource").ShouldBe(2);
        Fate other = _pair.Near.Run(() => _kernel.Run(Oracle.FromPort(Udp(1), default, 1), 1).Fate);
        other.ShouldBe(Fate.Up, "another port has a share of its own");
    }

    [Fact]
    public void Outputs_that_the_programs_do_not_know_are_the_agents()
    {
        Case c = Oracle.FromPort(Udp(1), default, (uint)_pair.LinkIndex);
        FlowKey key = c.Key!.Value;
        foreach (FlowAction action in (FlowAction[])
            [
                new FlowAction { OutputKind = FlowOutputKind.Host },
                new FlowAction { OutputKind = FlowOutputKind.Tunnel, Encapsulation = (Encapsulation)7, TunnelRemote = IpAddress.Parse("192.0.2.2") },
                new FlowAction { OutputKind = (FlowOutputKind)9 },
            ])
        {
            _kernel.Put(in key, in action);
            Fates(1, Udp(1)).ShouldBe([Fate.Up]);
            _kernel.Read(in key, out _).Packets.ShouldBe(0UL);
        }
    }

    /// <summary>A tunnel of the host's between two nodes, say.</summary>
    [Fact]
    public void Gre_of_a_node_without_such_networks_is_the_hosts()
    {
        IpAddress local = IpAddress.Parse("192.0.2.1");
        IpAddress remote = IpAddress.Parse("192.0.2.2");
        byte[] frame = OuterHeaders.Gre(remote, local, 0, [0x20, 0, 0x65, 0x58, 0, 0, 0, 5, .. Udp(1)]);
        Case c = Oracle.FromTunnel(new TunnelPacket(frame, Encapsulation.Gre, remote, 5, 0, 34, 42, true), (uint)_pair.LinkIndex, 1);
        _kernel.SetPeer(remote, 1);
        foreach (bool has in (bool[])[true, false])
        {
            _kernel.SetConfig((ref KernelConfig config) =>
                (config.TunnelLocal, config.TunnelInterface, config.HasGre) = (local, (uint)_pair.LinkIndex, has ? (ushort)1 : (ushort)0));
            _pair.Near.Run(() => _kernel.Run(c, _pair.LinkIndex).Fate).ShouldBe(has ? Fate.Up : Fate.Passed);
        }
    }

    [Fact]
    public void What_the_host_sends_on_a_shared_nic_is_left_alone()
    {
        MacAddress own = MacAddress.Parse("02:00:00:00:00:01");
        _kernel.SetInput(_pair.LinkIndex, InputKinds.Physical, 3);
        _kernel.SetOwnMac(3, own);
        Case c = Oracle.FromWire(Udp(1), default, (uint)_pair.LinkIndex, 3, own);
        _pair.Near.Run(() => _kernel.Run(c, _pair.LinkIndex, KernelPrograms.HostPortMark).Fate).ShouldBe(Fate.Passed);
        _pair.Near.Run(() => _kernel.Run(c, _pair.LinkIndex).Fate).ShouldBe(Fate.Up);
    }

    public void Dispose()
    {
        _kernel.Dispose();
        _pair.Dispose();
    }

    private static byte[] Udp(ushort port) => PacketBuilder.Udp(Wire.Traffic.Ends(ipv4: true), port, 53, [1, 2, 3]);

    private Fate[] Fates(int count, byte[] frame) => _pair.Near.Run(
        () => Enumerable.Range(0, count).Select(_ => _kernel.Run(Oracle.FromPort(frame, default, (uint)_pair.LinkIndex), _pair.LinkIndex).Fate).ToArray());
}
