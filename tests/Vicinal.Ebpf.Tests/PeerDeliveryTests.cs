using System.Net;
using System.Runtime.InteropServices;
using Vicinal.Datapath.Flows;
using Vicinal.Ebpf.Tests.Support;
using Vicinal.Packets;

namespace Vicinal.Ebpf.Tests;

/// <summary>Out of the host side of a veth, where its counters and tcpdump see the packet, or past it on request.</summary>
[Collection(KernelCollection.Name)]
public sealed class PeerDeliveryTests : IDisposable
{
    private const ushort Port = 4242;

    private static readonly IpAddress s_instance = IpAddress.Parse("10.8.0.2");
    private static readonly IpAddress s_asked = IpAddress.Parse("10.8.0.1");

    private readonly VethPair _pair = new();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_packet_passes_the_host_side_unless_it_is_not_to(bool peerDelivery)
    {
        const int Packets = 20;
        _pair.Exchange(_pair.Receiver, _pair.Sender, 1).ShouldBe(1);
        using FastPath path = _pair.Near.Run(() => FastPath.Open(new FastPathSettings
        {
            TunnelAddress = IpAddress.Parse("192.0.2.1"),
            TunnelInterface = _pair.LinkIndex,
            Flows = 1 << 10,
            Connections = 1 << 8,
            PeerDelivery = peerDelivery,
        }));
        _pair.Near.Run(() => path.AttachPort("eth0"));
        (FlowKey key, FlowAction action) = BackToTheSender();
        path.Put(BytesOf(in key), BytesOf(in action), 0).ShouldBeTrue();
        long before = Transmitted();

        // What the instance sends comes back to it as if the other had sent it.
        byte[] bytes = new byte[8];
        for (int i = 0; i < Packets; i++)
        {
            _pair.Receiver.SendTo(bytes, new IPEndPoint(s_asked.ToIPAddress(), Port));
            EndPoint from = new IPEndPoint(IPAddress.Any, 0);
            _pair.Receiver.Poll(5_000_000, System.Net.Sockets.SelectMode.SelectRead).ShouldBeTrue();
            _pair.Receiver.ReceiveFrom(bytes, ref from).ShouldBe(bytes.Length);
            ((IPEndPoint)from).Address.ShouldBe(s_asked.ToIPAddress());
        }

        long seen = Transmitted() - before;
        (peerDelivery ? seen < Packets : seen >= Packets).ShouldBeTrue($"{seen} packets left by the host side");
    }

    public void Dispose() => _pair.Dispose();

    private (FlowKey Key, FlowAction Action) BackToTheSender()
    {
        MacAddress host = _pair.Route.GetLink("eth0").MacAddress;
        MacAddress instance = _pair.Route.Neighbours().First(n => n.Address == s_instance).MacAddress;
        PacketHeaders before = new()
        {
            DestinationMac = host,
            SourceMac = instance,
            EtherType = EtherType.Ipv4,
            L3 = L3Kind.Ipv4,
            Protocol = IpProtocol.Udp,
            Source = s_instance,
            Destination = s_asked,
            SourcePort = Port,
            DestinationPort = Port,
            Flags = HeaderFlags.Transport,
        };
        PacketHeaders after = before;
        (after.DestinationMac, after.SourceMac, after.Source, after.Destination) = (instance, host, s_asked, s_instance);
        FlowKey.TryFrom(in before, new FlowInput(FlowInputKind.LocalPort, (uint)_pair.LinkIndex), out FlowKey key).ShouldBeTrue();
        return (key, FlowActions.FromDifference(in before, in after, new FlowOutput(FlowOutputKind.Port, (uint)_pair.LinkIndex)));
    }

    private long Transmitted() => _pair.Near.Run(() => ReadStatistic("eth0"));

    /// <summary>/proc/net is that of the reading thread's namespace.</summary>
    private static long ReadStatistic(string device)
    {
        string line = File.ReadLines("/proc/thread-self/net/dev").Single(l => l.TrimStart().StartsWith(device + ":", StringComparison.Ordinal));
        return long.Parse(line.Split(':')[1].Split(' ', StringSplitOptions.RemoveEmptyEntries)[9], System.Globalization.CultureInfo.InvariantCulture);
    }

    private static ReadOnlySpan<byte> BytesOf<T>(in T value)
        where T : unmanaged => MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in value));
}
