using Vicinal.Packets;
using Vicinal.Services;

namespace Vicinal.Datapath.Tests.Fabric;

/// <summary>A packet that a host got, with its headers parsed.</summary>
internal sealed record Received(PacketHeaders Headers, byte[] Frame)
{
    /// <summary>The packet that an ICMP error quotes.</summary>
    public PacketHeaders Quoted
    {
        get
        {
            PacketHeaders outer = Headers;
            PacketHeaders.TryParseEmbedded(Frame, in outer, out PacketHeaders quoted).ShouldBeTrue();
            return quoted;
        }
    }

    /// <summary>The ICMP error that a host sends about this packet.</summary>
    public byte[] ErrorFrom(SimHost host, IcmpErrorKind kind)
    {
        PacketHeaders about = Headers;
        PacketBuffer error = new();
        IcmpError.TryBuild(kind, Frame, in about, about.Destination, host.Mac, 0, error).ShouldBeTrue();
        return error.Span.ToArray();
    }
}

/// <summary>
/// A host with a small stack of its own: it resolves neighbours by ARP and neighbour discovery, answers for its addresses and to
/// pings, and remembers what it got.
/// </summary>
internal sealed class SimHost(string name, MacAddress mac, params InterfaceSetting[] addresses)
{
    private readonly PacketBuffer _answer = new();
    private readonly Dictionary<IpAddress, MacAddress> _neighbors = [];
    private readonly List<(IpAddress NextHop, byte[] Frame)> _waiting = [];

    public string Name { get; } = name;

    public MacAddress Mac { get; } = mac;

    public IReadOnlyList<InterfaceSetting> Addresses { get; } = addresses;

    public IpAddress Address => Addresses[0].Address;

    /// <summary>Static routes to other prefixes.</summary>
    public Dictionary<IpPrefix, IpAddress> Routes { get; } = [];

    public Action<byte[]> Transmit { get; set; } = _ => { };

    /// <summary>IP packets to one of its addresses, ICMP errors among them.</summary>
    public List<Received> Inbox { get; } = [];

    /// <summary>All frames that reached its NIC.</summary>
    public List<Received> Seen { get; } = [];

    public bool AnswersPings { get; set; } = true;

    /// <summary>Drops packets with wrong checksums as hosts do, instead of failing the test.</summary>
    public bool ExpectsDamage { get; set; }

    /// <summary>Sends datagrams to its well-known ports back to where they came from.</summary>
    public bool EchoesUdp { get; set; }

    public void Receive(byte[] frame)
    {
        if (PacketHeaders.Parse(frame, out PacketHeaders h) != ParseResult.Ok)
        {
            throw new InvalidOperationException($"{Name} got a malformed frame.");
        }

        Seen.Add(new Received(h, frame));
        Learn(in h, frame);
        if (AnswerNeighbor(in h, frame) || !(h.IsIp && h.DestinationMac == Mac && Owns(h.Destination)))
        {
            return;
        }

        if (!Checksum.IsTransportRight(frame, in h) && ExpectsDamage)
        {
            return;
        }

        Checksum.IsTransportRight(frame, in h).ShouldBeTrue($"checksum of what {Name} got: {h.Source} > {h.Destination} protocol {h.Protocol}");
        Inbox.Add(new Received(h, frame));
        Respond(in h, frame);
    }

    public FrameEnds EndsTo(IpAddress destination) => new(Mac, MacAddress.Zero, SourceFor(destination), destination);

    public void Ping(IpAddress destination, ushort id = 1, ushort sequence = 1, byte ttl = 64, int size = 32) =>
        SendIp(PacketBuilder.EchoRequest(EndsTo(destination), id, sequence, new byte[size], ttl));

    public void SendUdp(IpAddress destination, ushort sourcePort, ushort destinationPort, int size = 32, byte ttl = 64) =>
        SendIp(PacketBuilder.Udp(EndsTo(destination), sourcePort, destinationPort, new byte[size], ttl));

    public void SendTcp(IpAddress destination, ushort sourcePort, ushort destinationPort, TcpFlags flags, uint sequence = 1, uint acknowledgment = 0) =>
        SendIp(PacketBuilder.Tcp(EndsTo(destination), sourcePort, destinationPort, flags, sequence, acknowledgment));

    /// <summary>Fills in the next hop's MAC, asking for it first when it is not known.</summary>
    public void SendIp(byte[] frame)
    {
        PacketHeaders.Parse(frame, out PacketHeaders h).ShouldBe(ParseResult.Ok);
        IpAddress nextHop = NextHop(h.Destination);
        if (_neighbors.TryGetValue(nextHop, out MacAddress next))
        {
            next.Write(frame);
            Transmit(frame);
            return;
        }

        _waiting.Add((nextHop, frame));
        Ask(nextHop);
    }

    /// <summary>Sends a frame as it is.</summary>
    public void SendRaw(byte[] frame) => Transmit(frame);

    public MacAddress? NeighborOf(IpAddress address) => _neighbors.TryGetValue(address, out MacAddress found) ? found : null;

    public void ForgetNeighbors() => _neighbors.Clear();

    private IpAddress SourceFor(IpAddress destination) =>
        Addresses.Where(a => a.Address.IsIpv4 == destination.IsIpv4).OrderByDescending(a => a.Prefix.Contains(destination)).First().Address;

    private IpAddress NextHop(IpAddress destination)
    {
        foreach ((IpPrefix prefix, IpAddress hop) in Routes)
        {
            if (prefix.Contains(destination))
            {
                return hop;
            }
        }

        foreach (InterfaceSetting own in Addresses)
        {
            if (own.Prefix.Contains(destination))
            {
                return destination;
            }
        }

        return Addresses.First(a => a.Address.IsIpv4 == destination.IsIpv4 && a.Gateway is not null).Gateway!.Value;
    }

    private bool Owns(IpAddress address) => Addresses.Any(a => a.Address == address) || address == IpAddress.LinkLocalFor(Mac);

    private void Ask(IpAddress address)
    {
        PacketBuffer buffer = new(PacketBuffer.Headroom + 2048);
        if (address.IsIpv4)
        {
            ArpFrame.WriteRequest(buffer, Mac, SourceFor(address), address);
        }
        else
        {
            NeighborFrame.WriteSolicitation(buffer, Mac, SourceFor(address), address);
        }

        Transmit(buffer.Span.ToArray());
    }

    private void Learn(in PacketHeaders h, byte[] frame)
    {
        if (!NeighborEvidence.TryRead(in h, frame, out NeighborEvidence evidence))
        {
            return;
        }

        bool wanted = _waiting.Any(w => w.NextHop == evidence.Address);
        if (!wanted && !_neighbors.ContainsKey(evidence.Address))
        {
            return;
        }

        _neighbors[evidence.Address] = evidence.Mac;
        foreach ((IpAddress _, byte[] waiting) in _waiting.Where(w => w.NextHop == evidence.Address).ToList())
        {
            evidence.Mac.Write(waiting);
            Transmit(waiting);
        }

        _waiting.RemoveAll(w => w.NextHop == evidence.Address);
    }

    private bool AnswerNeighbor(in PacketHeaders h, byte[] frame)
    {
        PacketBuffer answer = _answer;
        if (h.IsArp)
        {
            if (Owns(h.Destination) && ArpResponder.TryAnswer(in h, Mac, answer))
            {
                Transmit(answer.Span.ToArray());
            }

            return true;
        }

        if (!h.IsIcmp || !Icmpv6Type.IsNeighborDiscovery(h.IcmpType) || !h.IsIpv6)
        {
            return false;
        }

        if (NeighborDiscoveryResponder.TryRead(in h, frame, out NeighborSolicitation asked) && Owns(asked.Target)
            && NeighborDiscoveryResponder.TryAnswer(in h, in asked, Mac, false, answer))
        {
            Transmit(answer.Span.ToArray());
        }

        return true;
    }

    private void Respond(in PacketHeaders h, byte[] frame)
    {
        PacketBuffer answer = _answer;
        if (AnswersPings && RouterEcho.TryAnswer(in h, frame, Mac, answer))
        {
            SendIp(answer.Span.ToArray());
        }
        else if (EchoesUdp && h.Protocol == IpProtocol.Udp && h.HasPorts && h.DestinationPort < 1024)
        {
            FrameEnds ends = new(Mac, MacAddress.Zero, h.Destination, h.Source);
            SendIp(PacketBuilder.Udp(ends, h.DestinationPort, h.SourcePort, frame.AsSpan(h.PayloadOffset, h.PayloadLength)));
        }
    }
}

/// <summary>An address with the prefix around it, and where to send what is beyond.</summary>
internal sealed record InterfaceSetting(IpAddress Address, IpPrefix Prefix, IpAddress? Gateway)
{
    public static InterfaceSetting Of(string addressAndLength, string? gateway = null)
    {
        int slash = addressAndLength.IndexOf('/');
        IpAddress address = IpAddress.Parse(addressAndLength[..slash]);
        return new InterfaceSetting(
            address,
            new IpPrefix(address, int.Parse(addressAndLength[(slash + 1)..])),
            gateway is null ? null : IpAddress.Parse(gateway));
    }
}
